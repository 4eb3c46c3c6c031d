package dev.mokume.internal.engine;

/// A statistic in the making. Blocks are added by many workers at once, in any order; the result
/// does not depend on it.
interface Accumulator {
  /// Adds the block that the worker is at. `a` is a register of values, or of a mask for a count;
  /// `b` is only used by a statistic of two tensors.
  void add(Workspace w, int a, int b);

  /// Called once, when every block was added.
  void finish();
}
