package dev.mokume.expression;

/// Some of a tensor's elements: of every `part` runs of [#RUN] elements the one at `phase`.
///
/// Which elements they are follows from these two numbers alone, never from tiles or threads.
///
/// @param part at least 1, which is all of them
/// @param phase in [0, part)
public record Sample(int part, int phase) {
  /// Elements that are together in a sample or out of it: few enough that a small tensor has
  /// several runs, many enough that reading one is worth a call.
  public static final long RUN = 1 << 14;

  public Sample {
    if (part < 1 || phase < 0 || phase >= part) {
      throw new IllegalArgumentException("no sample is run %s of %s".formatted(phase, part));
    }
  }

  /// Whether an element is in the sample.
  public boolean has(long element) {
    return element / RUN % part == phase;
  }

  /// The first element of the sample from `element` on.
  public long next(long element) {
    long run = element / RUN;
    long ahead = Math.floorMod(phase - run % part, part);
    return ahead == 0 ? element : (run + ahead) * RUN;
  }

  /// The end of the run that an element of the sample lies in.
  public long end(long element) {
    return (element / RUN + 1) * RUN;
  }

  /// How many of a tensor's `count` elements are in the sample.
  public long elements(long count) {
    long elements = 0;
    for (long at = next(0); at < count; at = next(end(at))) {
      elements += Math.min(end(at), count) - at;
    }
    return elements;
  }
}
