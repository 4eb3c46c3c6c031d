package dev.mokume.golden;

import dev.mokume.recipe.Weights;
import java.util.List;
import java.util.Set;

/// Expressions that leave some tensors as another expression has them.
final class Exclusions {
  private Exclusions() {}

  /// `weights`, but `otherwise` for the tensors of these names.
  static Weights byName(Weights weights, Weights otherwise, Set<String> names) {
    throw new UnsupportedOperationException("no exclusion by name: " + weights + otherwise + names);
  }

  /// `weights`, but `otherwise` for the tensors whose name ends so.
  static Weights bySuffix(Weights weights, Weights otherwise, List<String> suffixes) {
    throw new UnsupportedOperationException("no exclusion by suffix: " + weights + otherwise + suffixes);
  }
}
