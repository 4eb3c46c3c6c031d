package dev.mokume.sweep;

/// What a sweep is to find out and to write.
///
/// @param part distances are measured over a sample of one in so many elements; 1 for all. It
///   changes no output
/// @param selection what is written
public record SweepOptions(int part, Selection selection) {
  /// One in 16 elements tells a distance to less than a thousandth of itself.
  public static final int USUAL_PART = 16;

  public SweepOptions {
    if (part < 1) {
      throw new IllegalArgumentException("no sample is one in " + part);
    }
  }

  /// The usual sample, everything written.
  public static SweepOptions defaults() {
    return new SweepOptions(USUAL_PART, new Selection.All());
  }

  public SweepOptions withPart(int value) {
    return new SweepOptions(value, selection);
  }

  public SweepOptions withSelection(Selection value) {
    return new SweepOptions(part, value);
  }
}
