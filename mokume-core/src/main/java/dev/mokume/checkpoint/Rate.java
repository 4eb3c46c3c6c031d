package dev.mokume.checkpoint;

/// How fast a way of writing has been so far.
record Rate(long bytes, long nanoseconds) {
  static final Rate UNKNOWN = new Rate(0, 0);

  /// Bytes after which it is known.
  private static final long ENOUGH = 8L << 20;

  /// Bytes a second. A disk with heads, which it is slow to move between what is read and what is
  /// written, takes fewer one chunk at a time.
  private static final double LEAST = 200e6;

  Rate plus(long more, long time) {
    return new Rate(bytes + more, nanoseconds + time);
  }

  boolean isKnown() {
    return bytes >= ENOUGH;
  }

  private double perSecond() {
    return bytes / (nanoseconds / 1e9);
  }

  /// Whether rather than to wait for the disk one leaves what is to come to the page cache.
  ///
  /// @param durable whether one waits for the disk in the end all the same
  static boolean isSlow(Rate disk, Rate cache, boolean durable) {
    return disk.isKnown()
        && (disk.perSecond() < LEAST
            || !durable && cache.isKnown() && disk.perSecond() < cache.perSecond());
  }
}
