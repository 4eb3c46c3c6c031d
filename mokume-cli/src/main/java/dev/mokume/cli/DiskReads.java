package dev.mokume.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many bytes the disk was read for, which the page cache did not have. Only Linux counts them.
final class DiskReads {
  private static final Path COUNTERS = Path.of("/proc/self/io");
  private static final String COUNTER = "read_bytes: ";

  private DiskReads() {}

  /// By this process, so far; 0 where nobody counts them.
  static long ofProcess() {
    try {
      return Files.readAllLines(COUNTERS).stream()
          .filter(line -> line.startsWith(COUNTER))
          .mapToLong(line -> Long.parseLong(line.substring(COUNTER.length()).strip()))
          .findFirst()
          .orElse(0);
    } catch (IOException | NumberFormatException e) {
      return 0;
    }
  }
}
