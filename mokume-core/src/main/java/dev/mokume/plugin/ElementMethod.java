package dev.mokume.plugin;

import java.util.List;

/// A method whose every element follows from the inputs' elements at the same place, from the
/// parameters, and from numbers that are measured over the whole inputs before.
///
/// Inputs are never in memory whole. Statistics cost one pass over the inputs more.
public non-sealed interface ElementMethod extends MergeMethod {
  /// The numbers that the kernel needs; they are measured in one pass, before it is made.
  default List<Statistic> statistics(Setting setting) {
    return List.of();
  }

  /// The arithmetic of one tensor.
  ///
  /// @param statistics in the order in which they were asked for, f64
  ElementKernel kernel(Setting setting, double[] statistics);
}
