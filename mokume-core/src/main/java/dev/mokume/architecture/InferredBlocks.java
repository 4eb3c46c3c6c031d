package dev.mokume.architecture;

/// Blocks of a model that Mokume does not know, from numbers in its tensors' names.
final class InferredBlocks {
  private InferredBlocks() {}

  /// The name up to its first segment that is a number (`encoder.layers.3` of
  /// `encoder.layers.3.weight`); without one, up to its first segment that ends in a number
  /// (`conv_46` of `conv_46.bias`); without one, its first segment.
  static String block(String name) {
    int start = 0;
    int endsInNumber = -1;
    while (start <= name.length()) {
      int dot = name.indexOf('.', start);
      int end = dot < 0 ? name.length() : dot;
      if (end > start) {
        if (Segments.number(name, start) >= 0) {
          return name.substring(0, end);
        }
        if (endsInNumber < 0 && Character.isDigit(name.charAt(end - 1))) {
          endsInNumber = end;
        }
      }
      start = end + 1;
    }
    if (endsInNumber > 0) {
      return name.substring(0, endsInNumber);
    }
    int first = name.indexOf('.');
    String segment = first < 0 ? name : name.substring(0, first);
    return segment.isBlank() ? "OTHER" : segment;
  }
}
