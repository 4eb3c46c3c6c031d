package dev.mokume.recipe;

import java.util.List;

/// How the numbers of several clients become one, element by element.
public sealed interface Pooling {
  /// The ratios that it has.
  default List<Ratio> ratios() {
    return switch (this) {
      case Mean _, Median _ -> List.of();
      case TrimmedMean(var share) -> List.of(share);
    };
  }

  /// The mean, weighted by the clients' example counts. Source: McMahan and others, federated
  /// averaging, arXiv:1602.05629.
  record Mean() implements Pooling {}

  /// The middle of the numbers, or the mean of the two in the middle; example counts do not matter.
  /// Source: Yin and others, coordinate-wise median, arXiv:1803.01498.
  record Median() implements Pooling {}

  /// The mean of what is left when `share` of the numbers at each end is left out, rounded down to
  /// whole clients; example counts do not matter. Source: Yin and others, coordinate-wise trimmed
  /// mean, arXiv:1803.01498.
  ///
  /// @param share at each end, from 0 to less than a half
  record TrimmedMean(Ratio share) implements Pooling {
    public TrimmedMean {
      Quantity.TRIMMED_MEAN.of(share);
    }

    /// With the same share for every tensor.
    public TrimmedMean(double share) {
      this(Quantity.TRIMMED_MEAN.of(share));
    }
  }
}
