package dev.mokume.recipe;

/// How the numbers of several clients become one, element by element.
public sealed interface Pooling {
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
  record TrimmedMean(double share) implements Pooling {
    public TrimmedMean {
      if (!(share >= 0 && share < 0.5)) {
        throw new IllegalArgumentException(
            "the share to trim at each end must be in [0, 0.5) but was " + share);
      }
    }
  }
}
