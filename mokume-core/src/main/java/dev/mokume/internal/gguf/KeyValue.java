package dev.mokume.internal.gguf;

import java.util.Arrays;

/// A key of a header and where its value stands.
///
/// @param offset of the value's type in the file
/// @param length of the type and the value, in bytes
/// @param text the value as a person reads it; of a long array or text only what it is
/// @param whole whether the text says all of the value
/// @param numbers the value, if it is a whole number or a short array of them; else empty
record KeyValue(
    String key,
    ValueType type,
    long offset,
    long length,
    String text,
    boolean whole,
    long... numbers) {
  static final String ALIGNMENT = "general.alignment";
  static final String ARCHITECTURE = "general.architecture";
  static final String FILE_TYPE = "general.file_type";
  static final String QUANTISATION_VERSION = "general.quantization_version";

  /// Before the name of a tensor whose shape the format could not hold: the dimensions, outermost
  /// first. Written by tools for image models.
  static final String ORIGINAL_SHAPE = "comfy.gguf.orig_shape.";

  /// What all keys of a file that is a part of a set begin with.
  static final String SPLIT = "split.";

  static final String SPLIT_NUMBER = "split.no";
  static final String SPLIT_COUNT = "split.count";

  @Override
  public boolean equals(Object other) {
    return other instanceof KeyValue value && key.equals(value.key) && offset == value.offset;
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  @Override
  public String toString() {
    return key + " = " + text + (numbers.length > 1 ? " " + Arrays.toString(numbers) : "");
  }
}
