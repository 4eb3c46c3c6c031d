package dev.mokume.cli;

/// How long it takes to read and write so many bytes, before anything is measured.
record Moving(long bytes) {
  /// A merge of files in the page cache moves about this many bytes a second on two threads; a
  /// common SSD about a tenth.
  private static final double CACHED_BYTES_A_SECOND = 8e9;

  private static final double DISK_BYTES_A_SECOND = 1e9;
  private static final double START_SECONDS = 0.5;

  private double cachedSeconds() {
    return START_SECONDS + bytes / CACHED_BYTES_A_SECOND;
  }

  private double diskSeconds() {
    return START_SECONDS + bytes / DISK_BYTES_A_SECOND;
  }

  String words() {
    return "about "
        + ProgressLine.duration(cachedSeconds())
        + " if the files are in memory, "
        + ProgressLine.duration(diskSeconds())
        + " from a disk of 1 GB/s";
  }

  void describe(Json out) {
    out.number("secondsCached", cachedSeconds());
    out.number("secondsFromDisk", diskSeconds());
  }
}
