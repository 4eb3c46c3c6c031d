package dev.mokume.recipe;

/// Which elements of a task vector are kept; the others become zero.
///
/// A density is the share that is kept, tensor by tensor, in [0, 1]; 0 keeps none. Of `n` elements,
/// the share `x` is `floor(x n)` of them, and at least one where `x` is above 0.
public sealed interface Sparsify {
  /// The share of elements that is kept.
  Ratio density();

  /// The greatest magnitudes: all that are at least as great as the `density n`-th, so that of equal
  /// ones either all are kept or none. NaN is kept. Source: TIES, arXiv:2306.01708.
  record Magnitude(Ratio density) implements Sparsify {}

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
