package dev.mokume.recipe;

import java.util.List;

/// A random value for each element, centred on zero when injected.
public sealed interface Noise {
  /// The ratios that it has.
  default List<Ratio> ratios() {
    return switch (this) {
      case Uniform _ -> List.of();
      case Gaussian(var mean, var deviation) -> List.of(mean, deviation);
    };
  }

  /// Uniform in [-0.5, 0.5).
  record Uniform() implements Noise {}

  /// Normal with the given mean and deviation; the mean is subtracted again, so it only moves the
  /// rounding.
  record Gaussian(Ratio mean, Ratio deviation) implements Noise {
    public Gaussian {
      Quantity.MEAN.of(mean);
      Quantity.DEVIATION.of(deviation);
    }

    /// The same for every tensor.
    public Gaussian(double mean, double deviation) {
      this(Quantity.MEAN.of(mean), Quantity.DEVIATION.of(deviation));
    }
  }
}
