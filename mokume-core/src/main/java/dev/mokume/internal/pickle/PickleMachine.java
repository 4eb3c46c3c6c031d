package dev.mokume.internal.pickle;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.format.Findings;
import dev.mokume.internal.pickle.Pickled.Bytes;
import dev.mokume.internal.pickle.Pickled.Constant;
import dev.mokume.internal.pickle.Pickled.Global;
import dev.mokume.internal.pickle.Pickled.Persistent;
import dev.mokume.internal.pickle.Pickled.Plain;
import dev.mokume.internal.pickle.Pickled.Text;
import dev.mokume.internal.pickle.Pickled.Whole;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// Follows the opcodes of pickles that lie one after the other, and notes what each describes.
///
/// Python's machine imports what a pickle names and calls it with what the pickle says, which is
/// why loading one can do anything. This one has no way to: a name stays a name, a call is written
/// down ([Call]), bytes stay where they are. What it takes is bounded: steps, nesting, the length
/// of texts and numbers, and the heap for what it has noted.
final class PickleMachine {
  private static final long MOST_STEPS = 50_000_000;
  private static final int MOST_MARKS = 1_000;
  private static final int LONGEST_TEXT = 65_536;
  private static final int LONGEST_WHOLE = 255;
  private static final int NEWEST_PROTOCOL = 5;

  /// What the heap takes, about.
  private static final int A_VALUE = 64;

  private static final int A_PLACE = 16;
  private static final long MOST_HELD = 128L << 20;

  private final SourceReader in;
  private final Imports imports;
  private final long mostHeld = Math.min(MOST_HELD, Runtime.getRuntime().maxMemory() / 3);
  private final List<Pickled> stack = new ArrayList<>();
  private final Deque<Integer> marks = new ArrayDeque<>();
  private final Map<Long, Pickled> memo = new HashMap<>();
  private final List<Persistent> persistent = new ArrayList<>();
  private long steps;
  private long held;

  /// Where the current opcode is.
  private long at;

  PickleMachine(SourceReader in, Imports imports) {
    this.in = in;
    this.imports = imports;
  }

  /// Everything outside of the pickles that they have referred to so far.
  List<Persistent> persistent() {
    return persistent;
  }

  /// Follows one pickle to its end.
  Pickled next() {
    stack.clear();
    marks.clear();
    memo.clear();
    while (true) {
      Opcode opcode = opcode();
      if (opcode == Opcode.STOP) {
        return pop();
      }
      follow(opcode);
    }
  }

  private Opcode opcode() {
    at = in.position();
    if (++steps > MOST_STEPS) {
      throw unsupported(
          "the pickle goes on after %s steps, which no checkpoint needs"
              .formatted(Amount.count(MOST_STEPS)));
    }
    int code = in.unsigned8();
    return Opcode.of(code)
        .orElseThrow(() ->
            damaged(
                "has 0x"
                    + HexFormat.of().toHexDigits((byte) code)
                    + " at byte "
                    + at
                    + ", which is no opcode"));
  }

  private void follow(Opcode opcode) {
    switch (opcode) {
      case PROTO -> {
        int protocol = in.unsigned8();
        if (protocol > NEWEST_PROTOCOL) {
          throw unsupported(
              "the pickle is of protocol " + protocol + ", but 5 is the newest known");
        }
      }
      case FRAME -> in.skip(Long.BYTES);
      case STOP -> throw new AssertionError("the caller ends there");

      case MARK -> {
        if (marks.size() == MOST_MARKS) {
          throw unsupported("the pickle is nested more than " + Amount.count(MOST_MARKS) + " deep");
        }
        marks.push(stack.size());
      }
      case POP -> {
        if (!marks.isEmpty() && marks.getFirst() == stack.size()) {
          marks.pop();
        } else {
          pop();
        }
      }
      case POP_MARK -> popToMark();

      case NONE -> push(Constant.NONE);
      case NEWTRUE -> push(Constant.TRUE);
      case NEWFALSE -> push(Constant.FALSE);
      case BININT -> push(in.signed32());
      case BININT1 -> push(in.unsigned8());
      case BININT2 -> push(in.unsigned16());
      case LONG1 -> push(whole(in.unsigned8()));
      case LONG4 -> push(whole(in.signed32()));
      case BINFLOAT -> {
        in.skip(Double.BYTES);
        push(Constant.OTHER);
      }
      case BINSTRING -> push(string(in.unsigned32()));
      case SHORT_BINSTRING -> push(string(in.unsigned8()));
      case BINUNICODE -> push(text(in.unsigned32()));
      case SHORT_BINUNICODE -> push(text(in.unsigned8()));
      case BINUNICODE8 -> push(text(in.signed64()));
      case BINBYTES -> push(bytes(in.unsigned32()));
      case SHORT_BINBYTES -> push(bytes(in.unsigned8()));
      case BINBYTES8, BYTEARRAY8 -> push(bytes(in.signed64()));

      case EMPTY_LIST, EMPTY_TUPLE, EMPTY_SET -> push(new Sequence(List.of()));
      case TUPLE, FROZENSET -> push(sequence(popToMark()));
      case TUPLE1 -> push(sequence(pop(1)));
      case TUPLE2 -> push(sequence(pop(2)));
      case TUPLE3 -> push(sequence(pop(3)));
      case APPEND -> append(pop(1));
      case APPENDS, ADDITEMS -> append(popToMark());
      case EMPTY_DICT -> push(new Dictionary());
      case SETITEM -> put(pop(2));
      case SETITEMS -> put(popToMark());

      case BINGET -> push(remembered(in.unsigned8()));
      case LONG_BINGET -> push(remembered(in.unsigned32()));
      case BINPUT -> remember(in.unsigned8());
      case LONG_BINPUT -> remember(in.unsigned32());
      case MEMOIZE -> remember(memo.size());

      case GLOBAL -> {
        String module = in.line();
        push(global(module, in.line()));
      }
      case STACK_GLOBAL -> {
        List<Pickled> names = pop(2);
        if (!(names.get(0) instanceof Text(var module)
            && names.get(1) instanceof Text(var member))) {
          throw damaged("names something by what is no text, at byte " + at);
        }
        push(global(module, member));
      }
      case REDUCE, NEWOBJ -> {
        List<Pickled> parts = pop(2);
        push(call(parts.get(0), parts.get(1)));
      }
      case NEWOBJ_EX -> {
        List<Pickled> parts = pop(3);
        push(call(parts.get(0), parts.get(1)));
      }
      case BUILD -> {
        Pickled state = pop();
        fill(top(), state);
      }
      case BINPERSID -> {
        Persistent outside = new Persistent(pop());
        persistent.add(outside);
        push(outside);
      }

      case INT, LONG, FLOAT, STRING, UNICODE, LIST, DICT, DUP, GET, PUT, INST, OBJ, PERSID ->
          throw unsupported(
              "the pickle uses the opcode "
                  + opcode
                  + " at byte "
                  + at
                  + ", which only the oldest protocols have and no tool saves weights with");
      case EXT1, EXT2, EXT4, NEXT_BUFFER, READONLY_BUFFER ->
          throw unsupported(
              "the pickle uses the opcode "
                  + opcode
                  + " at byte "
                  + at
                  + ", which stands for something outside of the file");
    }
  }

  private void push(long number) {
    push(new Whole(BigInteger.valueOf(number)));
  }

  private void push(Pickled value) {
    hold(A_VALUE);
    stack.add(value);
  }

  private void hold(long bytes) {
    held += bytes;
    if (held > mostHeld) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          in.name()
              + ": to list what its pickle describes takes more than "
              + Amount.bytes(mostHeld)
              + " of heap, from byte "
              + at
              + " on. Give more --memory; or save the weights alone, without what lies beside"
              + " them.");
    }
  }

  private Pickled pop() {
    return pop(1).getFirst();
  }

  private List<Pickled> pop(int count) {
    int floor = marks.isEmpty() ? 0 : marks.getFirst();
    if (stack.size() - count < floor) {
      throw damaged("takes from an empty stack at byte " + at);
    }
    return popTo(stack.size() - count);
  }

  private List<Pickled> popToMark() {
    if (marks.isEmpty()) {
      throw damaged("ends at byte " + at + " what it did not begin");
    }
    return popTo(marks.pop());
  }

  private List<Pickled> popTo(int size) {
    List<Pickled> above = stack.subList(size, stack.size());
    List<Pickled> values = List.copyOf(above);
    above.clear();
    return values;
  }

  private Pickled top() {
    int floor = marks.isEmpty() ? 0 : marks.getFirst();
    if (stack.size() == floor) {
      throw damaged("fills nothing at byte " + at);
    }
    return stack.getLast();
  }

  private Pickled whole(int length) {
    if (length < 0 || length > LONGEST_WHOLE) {
      throw unsupported("the pickle has a whole number of " + length + " bytes at byte " + at);
    }
    byte[] bytes = in.bytes(length);
    for (int i = 0, j = length - 1; i < j; i++, j--) {
      byte low = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = low;
    }
    return new Whole(length == 0 ? BigInteger.ZERO : new BigInteger(bytes));
  }

  private Pickled text(long length) {
    if (length < 0 || length > LONGEST_TEXT) {
      in.skip(length);
      return Constant.OTHER;
    }
    byte[] bytes = in.bytes((int) length);
    hold(length);
    try {
      return new Text(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException e) {
      return Constant.OTHER;
    }
  }

  /// Names and data alike: what is no longer than a name is read as one.
  private Pickled string(long length) {
    if (length > LONGEST_TEXT) {
      return bytes(length);
    }
    hold(length);
    return new Text(new String(in.bytes((int) length), StandardCharsets.ISO_8859_1));
  }

  private Bytes bytes(long length) {
    long offset = in.position();
    in.skip(length);
    return new Bytes(offset, length);
  }

  private Sequence sequence(List<Pickled> values) {
    hold((long) A_PLACE * values.size());
    return new Sequence(values);
  }

  private void append(List<Pickled> values) {
    hold((long) A_PLACE * values.size());
    switch (top()) {
      case Sequence sequence -> values.forEach(sequence::add);
      case Call _ -> {
        // Items of a list of some class: nothing that a weight is made of.
      }
      case Dictionary _, Plain _ -> throw damaged("adds an item to what has none, at byte " + at);
    }
  }

  private void put(List<Pickled> values) {
    if (values.size() % 2 != 0) {
      throw damaged("has a key without a value at byte " + at);
    }
    hold((long) A_VALUE * values.size());
    switch (top()) {
      case Dictionary dictionary -> {
        for (int i = 0; i < values.size(); i += 2) {
          dictionary.put(values.get(i), values.get(i + 1));
        }
      }
      case Call _ -> {
        // Items of a dict of some class.
      }
      case Sequence _, Plain _ -> throw damaged("sets an item of what has none, at byte " + at);
    }
  }

  private void fill(Pickled target, Pickled state) {
    switch (target) {
      case Call call -> call.fill(state);
      case Dictionary _, Sequence _ -> {
        // Attributes of a dict, such as the versions that a state dict carries.
      }
      case Plain _ -> throw damaged("fills what is no object, at byte " + at);
    }
  }

  private void remember(long place) {
    hold(A_VALUE);
    memo.put(place, top());
  }

  private Pickled remembered(long place) {
    Pickled value = memo.get(place);
    if (value == null) {
      throw damaged("refers at byte " + at + " to what it has not told");
    }
    return value;
  }

  private Global global(String module, String member) {
    hold(module.length() + member.length());
    Global global = new Global(module, member);
    imports.add(global);
    return global;
  }

  private Pickled call(Pickled callable, Pickled arguments) {
    if (!(arguments instanceof Sequence)) {
      throw damaged("calls something with what is no list of arguments, at byte " + at);
    }
    if (!Known.is(callable, Known.Role.DICTIONARY)) {
      return new Call(callable, arguments);
    }
    Dictionary made = new Dictionary();
    for (Pickled pairs : arguments.items()) {
      for (Pickled pair : pairs.items()) {
        if (pair.items().size() == 2) {
          hold(A_VALUE);
          made.put(pair.items().get(0), pair.items().get(1));
        }
      }
    }
    return made;
  }

  private MokumeException damaged(String what) {
    return Findings.malformed(in.name(), "the pickle " + what + ": the file is damaged.");
  }

  private MokumeException unsupported(String what) {
    return new MokumeException(
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        in.name() + ": " + what + imports.asked() + ". " + Imports.REFUSED);
  }
}
