package dev.mokume.internal.kernel;

/// How a quantile between two order statistics is defined: both interpolate linearly, in different
/// precision.
public enum QuantileRule {
  /// `torch.quantile` of f32: rank and interpolation in f32, the interpolation fused and taken from
  /// the nearer end. torch itself refuses more than 16 million values; beyond 2^24 its rank is not
  /// exact any more.
  TORCH {
    @Override
    public Ranks ranks(double quantile, long count) {
      float rank = (float) quantile * (float) (count - 1);
      long lower = Math.min((long) Math.floor(rank), count - 1);
      long upper = Math.min((long) Math.ceil(rank), count - 1);
      return new Ranks(lower, upper, rank - (float) lower);
    }

    @Override
    public float interpolate(Ranks ranks, float lower, float upper) {
      float weight = (float) ranks.weight;
      float difference = upper - lower;
      return weight < 0.5f
          ? Math.fma(weight, difference, lower)
          : Math.fma(-difference, 1 - weight, upper);
    }
  },

  /// Rank and interpolation in f64, one rounding to f32 at the end.
  EXACT {
    @Override
    public Ranks ranks(double quantile, long count) {
      double rank = quantile * (count - 1);
      long lower = Math.min((long) Math.floor(rank), count - 1);
      long upper = Math.min((long) Math.ceil(rank), count - 1);
      return new Ranks(lower, upper, rank - lower);
    }

    @Override
    public float interpolate(Ranks ranks, float lower, float upper) {
      // Equal ends give themselves, infinite ones too.
      return lower == upper ? lower : (float) (lower + ranks.weight * ((double) upper - lower));
    }
  };

  /// The two order statistics that a quantile lies between.
  ///
  /// @param lower rank, from 0 on
  /// @param upper rank: the same or the next
  /// @param weight share of the upper one, in [0, 1)
  public record Ranks(long lower, long upper, double weight) {}

  /// @param quantile in [0, 1]
  /// @param count of the values, at least 1
  public abstract Ranks ranks(double quantile, long count);

  /// The quantile, given the values at both ranks.
  public abstract float interpolate(Ranks ranks, float lower, float upper);
}
