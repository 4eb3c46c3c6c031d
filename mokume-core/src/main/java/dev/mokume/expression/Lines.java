package dev.mokume.expression;

/// How the elements of a tensor lie in lines, the vectors that a method looks at one by one:
/// element i belongs to line `i / inner % count`.
///
/// @param count how many lines there are
/// @param inner neighbouring elements of one line
/// @param repeats how often the lines come round
public record Lines(long count, long inner, long repeats) {
  public Lines {
    if (count < 1 || inner < 1 || repeats < 1) {
      throw new IllegalArgumentException(
          "lines of %s x %s x %s hold nothing".formatted(repeats, count, inner));
    }
    Math.multiplyExact(Math.multiplyExact(count, inner), repeats);
  }

  /// The whole tensor as one line.
  public static Lines whole(long elements) {
    return new Lines(1, elements, 1);
  }

  /// The rows of a tensor: what lies along its last dimension, of `length` elements.
  public static Lines rows(long elements, long length) {
    return new Lines(elements / length, length, 1);
  }

  /// The columns of a tensor: what lies along its first dimension, of `length` elements.
  public static Lines columns(long elements, long length) {
    return new Lines(elements / length, 1, length);
  }

  /// How many elements the lines have together.
  public long elements() {
    return count * inner * repeats;
  }

  /// The line of an element.
  public int of(long element) {
    return (int) (element / inner % count);
  }
}
