package dev.mokume.recipe;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.yaml.Range;

/// A number of a method or a mask that a recipe may give tensor by tensor: what it is called and
/// what it may be.
///
/// A recipe's node holds it as a [Ratio]. One that is the same for every tensor is checked when the
/// node is made, any other one when the recipe is planned.
public enum Quantity {
  /// Of a method that takes a share only.
  ALPHA("alpha", Range.SHARE),
  CLEAR_SHARE("clear_share", Range.SHARE),
  DENSITY("density", Range.SHARE),
  DEVIATION("deviation", Range.NOT_NEGATIVE),
  DROP_RATE("drop_rate", Range.SHARE),
  EPSILON("epsilon", Range.NOT_NEGATIVE),
  EXAMPLES("examples", new Range("a positive number", x -> x > 0 && x < Double.POSITIVE_INFINITY)),
  GAIN("gain", Range.NOT_NEGATIVE),
  ITERATIONS("iterations", Range.whole(1, 100)),
  /// The iterations of a search for a mean.
  STEPS("iterations", Range.whole(1, AngleRule.Karcher.MOST_ITERATIONS)),
  MEAN("mean", Range.FINITE),
  MINIMUM("minimum", Range.NOT_NEGATIVE),
  MOST("most", Range.NOT_NEGATIVE),
  NOISE("alpha", Range.FINITE),
  PARALLEL("parallel", new Range("a number from 0 up to but without 1", x -> x >= 0 && x < 1)),
  /// The page of clip_simple calls its alpha so.
  RATIO("ratio", Range.SHARE),
  REACH("reach", Range.NOT_NEGATIVE),
  SCALE("scale", Range.FINITE),
  THRESHOLD("threshold", Range.SHARE),
  TOLERANCE(
      "tolerance",
      new Range("a finite number above 0", x -> x > 0 && x < Double.POSITIVE_INFINITY)),
  TRIMMED_MEAN(
      "trimmed_mean", new Range("a number from 0 to less than 0.5", x -> x >= 0 && x < 0.5));

  private final String id;
  private final Range range;

  Quantity(String id, Range range) {
    this.id = id;
    this.range = range;
  }

  /// As recipes call it.
  String id() {
    return id;
  }

  Range range() {
    return range;
  }

  /// `ratio`, if it is not a bad number for every tensor.
  ///
  /// @throws IllegalArgumentException if it is
  Ratio of(Ratio ratio) {
    if (ratio instanceof Ratio.Constant(double value) && !range.allows().test(value)) {
      throw new IllegalArgumentException(
          "%s must be %s but was %s".formatted(id, range.words(), value));
    }
    return ratio;
  }

  /// The same number for every tensor.
  ///
  /// @throws IllegalArgumentException if the quantity cannot have it
  Ratio of(double value) {
    return of(new Ratio.Constant(value));
  }

  /// Refuses a number that the quantity cannot have.
  ///
  /// @param tensor that it is for
  /// @throws MokumeException `INVALID_RECIPE` that names the tensor
  public void check(double value, String tensor) {
    if (!range.allows().test(value)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "%s must be %s but is %s for tensor '%s'. Change the recipe's ratio there."
              .formatted(id, range.words(), value, tensor));
    }
  }
}
