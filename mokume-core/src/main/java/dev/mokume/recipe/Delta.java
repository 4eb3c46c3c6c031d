package dev.mokume.recipe;

import java.util.List;

/// A recipe node whose value is a task vector: fine-tuned weights minus base weights, or what is
/// made of such.
///
/// The methods that mergekit and the papers name (TIES, DARE, Breadcrumbs, DELLA) are compositions
/// of these nodes; [TaskVectorMethod] lists them.
public sealed interface Delta extends RecipeNode {
  @Override
  default List<RecipeNode> parts() {
    Parts parts =
        switch (this) {
          case Difference(var finetuned, var base) -> Parts.of(finetuned, base);
          case Sparse(var delta, var sparsify, _) -> Parts.of(delta).and(sparsify.ratios());
          case Combined(var terms, _, _) ->
              Parts.of().and(terms, Term::delta).and(terms, Term::coefficient);
        };
    return parts.list();
  }

  /// `finetuned - base`, element by element in f32. A tensor that either lacks has no delta.
  record Difference(Weights finetuned, Weights base) implements Delta {}

  /// `delta` with some of its elements set to zero, and the rest scaled as `rescale` says. A tensor
  /// whose density is 1 or more stays as it is.
  record Sparse(Delta delta, Sparsify sparsify, Rescale rescale) implements Delta {}

  /// The sum of weighted deltas; of each element, only those count whose sign wins the election. A
  /// delta that a tensor does not have plays no part in it.
  ///
  /// @param election how the sign of an element is elected among its weighted deltas
  /// @param normalise whether the sum is divided by the sum of the weights of the deltas that
  ///   count: of the element where signs are elected, of the tensor otherwise; not where that sum
  ///   is 0
  record Combined(List<Term> terms, Election election, boolean normalise) implements Delta {
    public Combined {
      terms = List.copyOf(terms);
      if (terms.isEmpty()) {
        throw new IllegalArgumentException("deltas that are combined need at least one term");
      }
    }
  }

  /// One term of [Combined]; a tensor that `coefficient` has no number for plays no part in it.
  record Term(Delta delta, Ratio coefficient) {}

  /// How the sign of an element is elected; a vote that comes to nothing elects plus. Zero has no
  /// sign and never counts. Source: TIES, arXiv:2306.01708.
  enum Election {
    /// No election: everything counts.
    NONE,
    /// The sign of the sum of the weighted deltas.
    MASS,
    /// The sign that more of the weighted deltas have.
    COUNT
  }
}
