package dev.mokume.architecture;

/// Some of a tensor's rows, in equal parts of them: parts `first` to `first + count - 1` of
/// `parts`.
public record Rows(int first, int count, int parts) {
  public static final Rows ALL = new Rows(0, 1, 1);

  public Rows {
    if (first < 0 || count < 1 || parts < first + count) {
      throw new IllegalArgumentException(
          "there are no parts " + first + " to " + (first + count - 1) + " of " + parts);
    }
  }

  /// One of equal parts, counted from 0.
  static Rows part(int number, int parts) {
    return new Rows(number, 1, parts);
  }

  public boolean isAll() {
    return count == parts;
  }
}
