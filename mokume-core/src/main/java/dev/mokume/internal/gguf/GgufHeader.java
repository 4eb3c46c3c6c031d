package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;

/// What a file's header says, every entry well-formed in itself, but not yet held against the file.
///
/// @param values in the header's order
/// @param tensors in the header's order
/// @param alignment what offsets of tensors are multiples of
/// @param dataStart the offset in the file that the tensors' offsets count from
record GgufHeader(
    SequencedMap<String, KeyValue> values, List<Entry> tensors, long alignment, long dataStart) {
  /// `GGUF`, read little-endian.
  static final int MAGIC = 0x46554747;

  static final int VERSION = 3;
  static final long USUAL_ALIGNMENT = 32;
  static final int MOST_DIMENSIONS = 4;

  /// Tokenizers of 262,144 tokens take 16 MB.
  static final long LONGEST = 256L << 20;

  private static final int MOST_TENSORS = 1_000_000;
  private static final int LONGEST_NAME = 65_535;

  /// A longer text is told by its length.
  private static final int LONGEST_TEXT = 1 << 20;

  /// An array of more is told by its length.
  private static final int MOST_SHOWN = 16;

  private static final int DEEPEST = 8;

  /// The bytes that a key takes at least: its length, a type, a value.
  private static final int LEAST_KEY = 13;

  /// The bytes that a tensor takes at least: its name's length, its rank, its type, its offset.
  private static final int LEAST_TENSOR = 24;

  /// A tensor and where it begins in the data; its length follows from dtype and shape.
  record Entry(TensorSpec spec, long offset, long length) {
    String name() {
      return spec.name();
    }

    long end() {
      return offset + length;
    }
  }

  static GgufHeader read(ByteSource source) {
    try (Cursor cursor = new Cursor(source, LONGEST)) {
      return new Reader(cursor).read();
    }
  }

  /// The value of a key, if it is a single whole number.
  OptionalLong number(String key) {
    KeyValue value = values.get(key);
    return value != null && value.type() != ValueType.ARRAY && value.numbers().length == 1
        ? OptionalLong.of(value.numbers()[0])
        : OptionalLong.empty();
  }

  /// Reads from the magic to the last tensor. The first mistake ends it, since nothing behind it
  /// can be relied on.
  private static final class Reader {
    private final Cursor cursor;
    private final SequencedMap<String, KeyValue> values = new LinkedHashMap<>();
    private final List<Entry> tensors = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /// Whether the text of the value at hand does not say all of it.
    private boolean shortened;

    // Thousands of tensors share a few dozen shapes.
    private final Map<Shape, Shape> shapes = new HashMap<>();

    Reader(Cursor cursor) {
      this.cursor = cursor;
    }

    GgufHeader read() {
      if (cursor.i32("the first four bytes") != MAGIC) {
        throw cursor.malformed("does not begin with 'GGUF': this is not a GGUF file.");
      }
      checkVersion(cursor.i32("the version of the format"));
      long tensorCount = cursor.count("its header names", "tensors", LEAST_TENSOR);
      if (tensorCount > MOST_TENSORS) {
        throw cursor.malformed(
            "its header names %s tensors, but at most %s are allowed: the file is damaged."
                .formatted(Amount.count(tensorCount), Amount.count(MOST_TENSORS)));
      }
      long valueCount = cursor.count("its header has", "keys", LEAST_KEY);
      for (long i = 0; i < valueCount; i++) {
        keyValue();
      }
      for (long i = 0; i < tensorCount; i++) {
        tensor();
      }
      long alignment = alignment();
      long dataStart = Math.ceilDiv(cursor.position(), alignment) * alignment;
      return new GgufHeader(values, tensors, alignment, dataStart);
    }

    private void checkVersion(int version) {
      if (version == 2 || version == VERSION) {
        return;
      }
      if (version == 1) {
        throw unsupported(
            "is a GGUF file of version 1, which was in use for a few weeks in 2023. Make it anew"
                + " with a current llama.cpp.");
      }
      if (Integer.reverseBytes(version) > 0 && Integer.reverseBytes(version) <= 0xFFFF) {
        throw unsupported(
            "is a big-endian GGUF file, which Mokume does not read. Convert it with gguf-py's"
                + " gguf_convert_endian, or fetch the little-endian one.");
      }
      throw unsupported(
          "is a GGUF file of version %s, but Mokume reads versions 2 and 3."
              .formatted(Integer.toUnsignedString(version)));
    }

    private MokumeException unsupported(String what) {
      return new MokumeException(ErrorCode.UNSUPPORTED_CHECKPOINT, cursor.file() + ": " + what);
    }

    private long alignment() {
      KeyValue value = values.get(KeyValue.ALIGNMENT);
      if (value == null) {
        return USUAL_ALIGNMENT;
      }
      long alignment = value.numbers().length == 1 ? value.numbers()[0] : 0;
      if (value.type() != ValueType.U32 || alignment <= 0 || Long.bitCount(alignment) != 1) {
        throw cursor.malformed(
            "its 'general.alignment' is %s, but a power of two as U32 was wanted: the file is damaged."
                .formatted(Quoted.printable(value.text())));
      }
      return alignment;
    }

    private void keyValue() {
      String key = cursor.text("a key of the header", LONGEST_NAME);
      long offset = cursor.position();
      String what = "the value of " + Quoted.name(key);
      ValueType type = type(what);
      StringBuilder text = new StringBuilder();
      shortened = false;
      long[] numbers = value(type, what, text, 0);
      KeyValue value =
          new KeyValue(
              key, type, offset, cursor.position() - offset, text.toString(), !shortened, numbers);
      if (values.put(key, value) != null) {
        throw cursor.malformed(
            "its header has %s twice, so it cannot be told which one is meant."
                .formatted(Quoted.name(key)));
      }
    }

    private ValueType type(String what) {
      int number = cursor.i32("the type of " + what);
      Optional<ValueType> type = ValueType.of(number);
      if (type.isEmpty()) {
        throw cursor.malformed(
            "%s has the type %s, but types go from 0 to %s: the file is damaged."
                .formatted(what, Integer.toUnsignedString(number), ValueType.values().length - 1));
      }
      return type.get();
    }

    /// Reads a value, tells it in `text`, and returns the whole numbers that it is.
    private long[] value(ValueType type, String what, StringBuilder text, int depth) {
      switch (type) {
        case U8 -> {
          return number(cursor.u8(what), text);
        }
        case I8 -> {
          return number((byte) cursor.u8(what), text);
        }
        case U16 -> {
          return number(cursor.u8(what) | cursor.u8(what) << 8, text);
        }
        case I16 -> {
          return number((short) (cursor.u8(what) | cursor.u8(what) << 8), text);
        }
        case U32 -> {
          return number(Integer.toUnsignedLong(cursor.i32(what)), text);
        }
        case I32 -> {
          return number(cursor.i32(what), text);
        }
        case I64 -> {
          return number(cursor.i64(what), text);
        }
        case U64 -> {
          long value = cursor.i64(what);
          text.append(Long.toUnsignedString(value));
          return value < 0 ? new long[0] : new long[] {value};
        }
        case F32 -> text.append(Float.intBitsToFloat(cursor.i32(what)));
        case F64 -> text.append(Double.longBitsToDouble(cursor.i64(what)));
        case BOOL -> text.append(bool(what));
        case STRING -> string(what, text);
        case ARRAY -> {
          return array(what, text, depth);
        }
      }
      return new long[0];
    }

    private static long[] number(long value, StringBuilder text) {
      text.append(value);
      return new long[] {value};
    }

    private boolean bool(String what) {
      int value = cursor.u8(what);
      if (value > 1) {
        throw cursor.malformed(
            "%s is the byte %s, but true is 1 and false is 0: the file is damaged."
                .formatted(what, value));
      }
      return value == 1;
    }

    private void string(String what, StringBuilder text) {
      long start = cursor.position();
      long length = cursor.count(what + " has", "bytes", 1);
      if (length > LONGEST_TEXT) {
        cursor.skip(length, what);
        shortened = true;
        text.append("(a text of ").append(Amount.bytes(length)).append(')');
      } else {
        cursor.back(start);
        text.append(cursor.text(what, LONGEST_TEXT));
      }
    }

    private long[] array(String what, StringBuilder text, int depth) {
      if (depth == DEEPEST) {
        throw cursor.malformed(
            "%s has arrays in arrays deeper than %s: the file is damaged."
                .formatted(what, DEEPEST));
      }
      ValueType type = type(what);
      long count = cursor.count(what + " has", "values", type.leastBytes);
      if (count > MOST_SHOWN) {
        skipArray(type, count, what, depth);
        shortened = true;
        text.append('(').append(Amount.count(count)).append(" values of type ").append(type);
        text.append(')');
        return new long[0];
      }
      long[] numbers = new long[(int) count];
      boolean whole = true;
      text.append('[');
      for (int i = 0; i < count; i++) {
        text.append(i == 0 ? "" : ", ");
        long[] number = value(type, what, text, depth + 1);
        whole &= number.length == 1 && type != ValueType.ARRAY;
        numbers[i] = whole ? number[0] : 0;
      }
      text.append(']');
      return whole ? numbers : new long[0];
    }

    private void skipArray(ValueType type, long count, String what, int depth) {
      if (type.hasFixedSize()) {
        cursor.skip(count * type.leastBytes, what);
        return;
      }
      for (long i = 0; i < count; i++) {
        if (type == ValueType.STRING) {
          cursor.skip(cursor.count(what + " has a text of", "bytes", 1), what);
        } else if (depth + 1 == DEEPEST) {
          throw cursor.malformed(
              "%s has arrays in arrays deeper than %s: the file is damaged."
                  .formatted(what, DEEPEST));
        } else {
          ValueType inner = type(what);
          skipArray(
              inner, cursor.count(what + " has", "values", inner.leastBytes), what, depth + 1);
        }
      }
    }

    private void tensor() {
      String name = cursor.text("the name of a tensor", LONGEST_NAME);
      String what = "tensor " + Quoted.name(name);
      if (!names.add(name)) {
        throw cursor.malformed(
            "two tensors are called %s, so it cannot be told which one is meant."
                .formatted(Quoted.name(name)));
      }
      long[] stored = dimensions(what);
      int number = cursor.i32("the type of " + what);
      DType dtype =
          TensorType.of(number)
              .orElseThrow(() ->
                  unsupported(
                      what
                          + " "
                          + TensorType.unknown(number)
                          + ". Fetch the model in another"
                          + " quantisation."));
      long offset = cursor.i64("the offset of " + what);
      if (offset < 0) {
        throw cursor.malformed(
            "%s begins at byte %s of the data, which is beyond 2^63: the file is damaged."
                .formatted(what, Long.toUnsignedString(offset)));
      }
      tensors.add(entry(name, what, stored, dtype, offset));
    }

    /// Outermost last, as the format has them.
    private long[] dimensions(String what) {
      int rank = cursor.i32("the number of dimensions of " + what);
      if (rank < 0 || rank > MOST_DIMENSIONS) {
        throw cursor.malformed(
            "%s has %s dimensions, but at most %s are allowed: the file is damaged."
                .formatted(what, Integer.toUnsignedString(rank), MOST_DIMENSIONS));
      }
      long[] dimensions = new long[rank];
      for (int i = 0; i < rank; i++) {
        dimensions[i] = cursor.i64("the dimensions of " + what);
        if (dimensions[i] < 0) {
          throw cursor.malformed(
              "%s has a dimension of %s: the file is damaged."
                  .formatted(what, Long.toUnsignedString(dimensions[i])));
        }
      }
      return dimensions;
    }

    private Entry entry(String name, String what, long[] stored, DType dtype, long offset) {
      long[] dimensions = new long[stored.length];
      for (int i = 0; i < stored.length; i++) {
        dimensions[i] = stored[stored.length - 1 - i];
      }
      try {
        Shape shape = Shape.of(dimensions);
        long length = dtype.packing().bytes(shape.elementCount());
        Math.addExact(offset, length);
        if (!dtype.fits(shape)) {
          throw cursor.malformed(
              "%s of dtype %s has rows of %s elements, which do not fall into blocks of %s: the file is damaged."
                  .formatted(
                      what,
                      dtype,
                      dimensions.length == 0 ? 1 : stored[0],
                      dtype.packing().elements()));
        }
        return new Entry(new TensorSpec(name, dtype, original(name, what, shape)), offset, length);
      } catch (ArithmeticException e) {
        throw cursor.malformed(
            "%s of dtype %s and shape %s would take more than 2^63 bytes: the file is damaged."
                .formatted(what, dtype, Arrays.toString(dimensions)));
      }
    }

    /// The shape that the tensor had before a tool fitted it to the format.
    private Shape original(String name, String what, Shape stored) {
      KeyValue value = values.get(KeyValue.ORIGINAL_SHAPE + name);
      if (value == null) {
        return shapes.computeIfAbsent(stored, shape -> shape);
      }
      try {
        Shape original = Shape.of(value.numbers());
        if (value.type() == ValueType.ARRAY && original.elementCount() == stored.elementCount()) {
          return shapes.computeIfAbsent(original, shape -> shape);
        }
      } catch (IllegalArgumentException | ArithmeticException e) {
        // It is told below.
      }
      throw cursor.malformed(
          "%s has shape %s, but its original shape would be %s, which is not of as many elements: the file is damaged."
              .formatted(what, stored, Quoted.printable(value.text())));
    }
  }
}
