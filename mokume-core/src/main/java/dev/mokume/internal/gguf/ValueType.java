package dev.mokume.internal.gguf;

import java.util.Optional;

/// What a value of the header is, in the order of the format's numbers.
enum ValueType {
  U8(1),
  I8(1),
  U16(2),
  I16(2),
  U32(4),
  I32(4),
  F32(4),
  BOOL(1),
  /// A length of 64 bits, then bytes of UTF-8.
  STRING(8),
  /// A type of 32 bits, a count of 64, then the values.
  ARRAY(12),
  U64(8),
  I64(8),
  F64(8);

  /// The bytes of a value, at the least.
  final int leastBytes;

  ValueType(int leastBytes) {
    this.leastBytes = leastBytes;
  }

  boolean hasFixedSize() {
    return this != STRING && this != ARRAY;
  }

  static Optional<ValueType> of(int number) {
    return number >= 0 && number < values().length
        ? Optional.of(values()[number])
        : Optional.empty();
  }
}
