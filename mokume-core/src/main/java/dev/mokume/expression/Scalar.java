package dev.mokume.expression;

import java.util.List;

/// One number for a whole tensor, in f64: a constant, a statistic of elements, or arithmetic on
/// such. It is rounded once to f32 where it meets elements.
public sealed interface Scalar {
  /// See [#isFoundBySample].
  long LEAST_SAMPLED = 1 << 20;

  record Constant(double value) implements Scalar {
    // The expressions of every tensor have them.
    private static final Constant ZERO = new Constant(0);
    private static final Constant ONE = new Constant(1);
  }

  /// A statistic that needs every element.
  record Statistic(Reduction reduction, Elements of) implements Scalar {}

  /// The dot product of two tensors of the same size.
  record Dot(Elements a, Elements b) implements Scalar {}

  /// How many bits are set.
  record Count(Bits of) implements Scalar {
    /// Whether it is how many magnitudes are less than an exact quantile of the very same ones:
    /// that is known with the quantile, without another look at any element.
    @SuppressWarnings("ReferenceEquality") // What is shared is one object; equals goes all the way.
    public boolean isKnownWithQuantile() {
      return of instanceof Bits.Compare(var comparison, Elements.Magnitude a, var threshold)
          && comparison == Bits.Comparison.LESS
          && threshold instanceof Quantile(Elements.Magnitude among, _, var rule, _)
          && rule == QuantileRule.EXACT
          && among == a;
    }
  }

  /// A sum of squares, a count and the like over a sample of the elements only. It is looked at in
  /// the last pass, which then goes over no more than the sample if nothing else is done in it.
  ///
  /// @param of a [Statistic] that adds up, or a [Count]
  record Sampled(Scalar of, Sample sample) implements Scalar {
    public Sampled {
      boolean addsUp =
          switch (of) {
            case Statistic(var reduction, _) ->
                reduction != Reduction.MIN && reduction != Reduction.MAX;
            case Count _ -> true;
            case Constant _,
                Dot _,
                Quantile _,
                Ranked _,
                Greatest _,
                RankedAmong _,
                Share _,
                Measured _,
                Sampled _,
                Computed _ ->
                false;
          };
      if (!addsUp) {
        throw new IllegalArgumentException("no sum over a sample: " + of);
      }
    }
  }

  /// The `q`-quantile of the magnitudes of `of`, by `rule`, of chunks of `chunk` elements.
  record Quantile(Elements of, double q, QuantileRule rule, long chunk) implements Scalar {}

  /// The magnitude of that rank among those of `of`, from 0 for the least; NaN is greatest.
  ///
  /// @param rank in [0, elements of `of`)
  record Ranked(Elements of, long rank) implements Scalar {
    public Ranked {
      if (rank < 0 || rank >= of.count()) {
        throw new IllegalArgumentException("no rank %s among %s".formatted(rank, of.count()));
      }
    }
  }

  /// The least of the greatest magnitudes of `of`, NaN being the greatest: as many as `share` of
  /// those that are not 0, rounded down. Infinite if that is none.
  ///
  /// @param share in [0, 1]
  record Greatest(Elements of, double share) implements Scalar {}

  /// The magnitude of that rank among those of all elements of several tensors together, from 0 for
  /// the least; NaN is greatest. It is measured before, over all of them: see [Share].
  ///
  /// @param parts of any sizes
  /// @param rank in [0, elements of all parts)
  record RankedAmong(List<Elements> parts, long rank) implements Scalar {
    public RankedAmong {
      parts = List.copyOf(parts);
    }
  }

  /// What one tensor gives to a number over several; measured twice, it has no value of its own.
  record Share(RankedAmong whole, int part) implements Scalar {
    /// The elements that it is about.
    public Elements of() {
      return whole.parts().get(part);
    }
  }

  /// A number about another tensor, even if that is of the same size: it is measured before.
  record Measured(Scalar of) implements Scalar {}

  /// A function of other numbers.
  record Computed(Formula function, List<Scalar> arguments) implements Scalar {
    public Computed {
      arguments = List.copyOf(arguments);
    }
  }

  /// Passes over its elements that the number itself takes, after those that the elements need.
  default int ownPasses() {
    return switch (this) {
      case Constant _, Computed _, Measured _ -> 0;
      case Statistic _, Dot _, Count _, Sampled _, Share _ -> 1;
      // The upper bits of the magnitudes first, then the lower ones.
      case Quantile _, Ranked _, Greatest _, RankedAmong _ -> 2;
    };
  }

  /// Whether a sample of the elements shows well enough where the first of its two passes would
  /// find it, so that only the second has to go over all of them. Few elements are counted sooner
  /// than a sample of them pays.
  default boolean isFoundBySample() {
    return switch (this) {
      case Ranked(var of, _) -> of.count() >= LEAST_SAMPLED;
      case Quantile(var of, _, var rule, _) ->
          rule == QuantileRule.EXACT && of.count() >= LEAST_SAMPLED;
      case Constant _, Computed _, Measured _ -> false;
      case Statistic _, Dot _, Count _, Sampled _, Share _ -> false;
      // The rank is known only once the zeros are counted; other tensors are no sample of it.
      case Greatest _, RankedAmong _ -> false;
    };
  }

  /// What is taken over all elements.
  enum Reduction {
    SUM,
    /// Positive elements minus negative ones.
    SUM_OF_SIGNS,
    SUM_OF_SQUARES,
    SUM_OF_MAGNITUDES,
    MIN,
    MAX
  }

  static Constant constant(double value) {
    if (value == 1) {
      return Constant.ONE;
    }
    boolean isZero = Double.doubleToRawLongBits(value) == 0;
    return isZero ? Constant.ZERO : new Constant(value);
  }

  /// The Euclidean norm.
  static Scalar norm(Elements of) {
    return new Computed(Function.SQUARE_ROOT, List.of(new Statistic(Reduction.SUM_OF_SQUARES, of)));
  }
}
