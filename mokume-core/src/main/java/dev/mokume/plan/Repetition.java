package dev.mokume.plan;

import java.util.List;

/// A tensor whose inputs are gone through more than once: they stay in memory between passes, and
/// what does not fit is read again for each.
///
/// @param bytes of the inputs
/// @param passes over all of them, at least two. Where a magnitude of some rank lies, a sample
///   shows; if it should mislead, there are two more
public record Repetition(long bytes, int passes) {
  /// What is read again if so much memory can be held between passes.
  public long again(long memory) {
    return (passes - 1) * Math.max(0, bytes - memory);
  }

  /// What is read again of all of them, each having that memory for itself.
  static long again(List<Repetition> repetitions, long memory) {
    return repetitions.stream().mapToLong(repetition -> repetition.again(memory)).sum();
  }
}
