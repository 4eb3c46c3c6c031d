package dev.mokume.checkpoint;

/// How fast a disk has been so far.
record Rate(long bytes, long nanoseconds) {
  static final Rate UNKNOWN = new Rate(0, 0);

  /// Bytes after which it is known.
  private static final long ENOUGH = 8L << 20;

  /// Bytes a second. A disk with heads, which it is slow to move between what is read and what is
  /// written, takes fewer one extent at a time.
  private static final double LEAST = 200e6;

  Rate plus(long more, long time) {
    return new Rate(bytes + more, nanoseconds + time);
  }

  /// Whether, rather than to wait for such a disk, one leaves what is to come to the page cache.
  boolean isSlow() {
    return bytes >= ENOUGH && bytes / (nanoseconds / 1e9) < LEAST;
  }
}
