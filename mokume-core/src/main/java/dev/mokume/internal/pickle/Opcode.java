package dev.mokume.internal.pickle;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What a pickle is made of. Source: the list in Python's `pickletools`, for protocols 0 to 5.
///
/// Those that protocol 2 and later write are followed. The rest are known by name only: those that
/// only protocols 0 and 1 write, and those that reach out of the file.
enum Opcode {
  MARK('('),
  STOP('.'),
  POP('0'),
  POP_MARK('1'),
  NONE('N'),
  NEWTRUE(0x88),
  NEWFALSE(0x89),
  BININT('J'),
  BININT1('K'),
  BININT2('M'),
  LONG1(0x8a),
  LONG4(0x8b),
  BINFLOAT('G'),
  BINSTRING('T'),
  SHORT_BINSTRING('U'),
  BINUNICODE('X'),
  SHORT_BINUNICODE(0x8c),
  BINUNICODE8(0x8d),
  BINBYTES('B'),
  SHORT_BINBYTES('C'),
  BINBYTES8(0x8e),
  BYTEARRAY8(0x96),
  EMPTY_LIST(']'),
  APPEND('a'),
  APPENDS('e'),
  EMPTY_TUPLE(')'),
  TUPLE('t'),
  TUPLE1(0x85),
  TUPLE2(0x86),
  TUPLE3(0x87),
  EMPTY_DICT('}'),
  SETITEM('s'),
  SETITEMS('u'),
  EMPTY_SET(0x8f),
  ADDITEMS(0x90),
  FROZENSET(0x91),
  BINGET('h'),
  LONG_BINGET('j'),
  BINPUT('q'),
  LONG_BINPUT('r'),
  MEMOIZE(0x94),
  GLOBAL('c'),
  STACK_GLOBAL(0x93),
  REDUCE('R'),
  NEWOBJ(0x81),
  NEWOBJ_EX(0x92),
  BUILD('b'),
  BINPERSID('Q'),
  PROTO(0x80),
  FRAME(0x95),

  INT('I'),
  LONG('L'),
  FLOAT('F'),
  STRING('S'),
  UNICODE('V'),
  LIST('l'),
  DICT('d'),
  DUP('2'),
  GET('g'),
  PUT('p'),
  INST('i'),
  OBJ('o'),
  PERSID('P'),
  EXT1(0x82),
  EXT2(0x83),
  EXT4(0x84),
  NEXT_BUFFER(0x97),
  READONLY_BUFFER(0x98);

  private static final Map<Integer, Opcode> BY_CODE = new HashMap<>();

  static {
    for (Opcode opcode : values()) {
      BY_CODE.put(opcode.code, opcode);
    }
  }

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  /// @param code an unsigned byte
  static Optional<Opcode> of(int code) {
    return Optional.ofNullable(BY_CODE.get(code));
  }
}
