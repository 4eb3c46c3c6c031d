package dev.mokume.internal.engine;

/// What tensors under way may take of the heap together: counters and random generators are arrays,
/// which the pool of native memory does not hold.
///
/// Not safe for concurrent use.
final class HeapAllowance {
  private final long bytes;
  private long free;

  HeapAllowance(long bytes) {
    this.bytes = bytes;
    this.free = bytes;
  }

  /// All of it, which a single tensor may take.
  long bytes() {
    return bytes;
  }

  /// Whether it was free; then it is taken.
  boolean take(long wanted) {
    if (wanted > free) {
      return false;
    }
    free -= wanted;
    return true;
  }

  /// Gives back what was taken.
  void giveBack(long taken) {
    free += taken;
  }
}
