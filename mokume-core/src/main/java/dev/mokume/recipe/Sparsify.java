package dev.mokume.recipe;

import java.util.List;

/// Which elements of a task vector are kept; the others become zero.
///
/// A density is the share that is kept, tensor by tensor, in [0, 1]; 0 keeps none. Of `n` elements,
/// the share `x` is `floor(x n)` of them, and at least one where `x` is above 0.
public sealed interface Sparsify {
  /// The share of elements that is kept.
  Ratio density();

  /// The ratios that it has.
  default List<Ratio> ratios() {
    return switch (this) {
      case OfModel _ -> List.of();
      case Magnitude _, Random _ -> List.of(density());
      case Above(var dropRate) -> List.of(dropRate);
      case Outliers(var density, var gamma) -> List.of(density, gamma);
      case Ranked(var density, var epsilon, _) -> List.of(density, epsilon);
    };
  }

  /// The greatest magnitudes: all that are at least as great as the `density n`-th, so that of
  /// equal ones either all are kept or none. NaN is kept. Source: TIES, arXiv:2306.01708.
  record Magnitude(Ratio density) implements Sparsify {}

  /// Those greater than the `floor(drop rate * n)`-th smallest magnitude, so that all equal to it
  /// go too. Source: MergeLM, masks by magnitude.
  record Above(Ratio dropRate) implements Sparsify {
    @Override
    public Ratio density() {
      return new Ratio.Complement(dropRate);
    }
  }

  /// Those at least as great as the `floor(drop rate * N)`-th smallest magnitude among all `N`
  /// elements of the tensors that the result is made of, so that some tensors keep more than
  /// others. Source: MergeLM, TIES.
  ///
  /// @param dropRate in [0, 1]; the same for all tensors
  record OfModel(double dropRate) implements Sparsify {
    public OfModel {
      if (!(dropRate >= 0 && dropRate <= 1)) {
        throw new IllegalArgumentException(
            "drop rate must be in [0, 1] but was " + dropRate + "; 0 keeps all");
      }
    }

    @Override
    public Ratio density() {
      return new Ratio.Constant(1 - dropRate);
    }
  }

  /// The greatest magnitudes but for the `gamma n` greatest of all, which are taken for outliers.
  /// Where `density + gamma` exceeds 1, fewer outliers are dropped. Source: Model Breadcrumbs,
  /// arXiv:2312.06795.
  record Outliers(Ratio density, Ratio gamma) implements Sparsify {}

  /// Each element with probability `density`. Source: DARE, arXiv:2311.03099.
  record Random(Ratio density, long seed) implements Sparsify {}

  /// Each element with a probability that grows with the rank of its magnitude within its row, from
  /// `density - epsilon` to `density + epsilon`, both of which must lie inside (0, 1). Of equal
  /// magnitudes the later one ranks higher. Rows run along the second dimension of a tensor; a
  /// vector is one row. Source: DELLA, arXiv:2406.11617.
  record Ranked(Ratio density, Ratio epsilon, long seed) implements Sparsify {}
}
