package dev.mokume.cli;

import com.sun.management.OperatingSystemMXBean;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the process may take, in bytes, and what of it is left for the engine's buffers.
///
/// The resident set of a run is the heap, what the JVM takes besides (code, class data, collector,
/// thread stacks), and the engine's buffers outside the heap. The launcher sets the heap before the
/// JVM starts, so the buffers get the rest.
///
/// @param process the most that the process may have resident
/// @param heap the most that the heap may grow to
record MemoryBudget(long process, long heap) {
  static final long MIB = 1L << 20;

  /// Below this a JVM with the vector module has no room for buffers.
  static final long LEAST = 160 * MIB;

  static final long DEFAULT = 512 * MIB;

  /// Measured after merges with the vector module under SerialGC: 60 to 78 MiB, and 89 after a
  /// workflow of seven merges, whose plan and program take C2 longer; 114 after TIES of 7B models
  /// without the ahead-of-time cache. To that comes what large outputs wait in for the disk: 8 MiB
  /// with two processors.
  private static final long BESIDES_HEAP = 124 * MIB;

  /// A heap that was not sized for the budget (Mokume started without its launcher) is taken to
  /// grow to this.
  private static final long UNTENDED_HEAP = 96 * MIB;

  private static final long LEAST_BUFFERS = 16 * MIB;

  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})([KMGT]?)(I?B)?");

  /// The budget of this JVM for a process of `process` bytes.
  static MemoryBudget ofProcess(long process) {
    long heap = Runtime.getRuntime().maxMemory();
    return new MemoryBudget(process, heap < process ? heap : Math.min(UNTENDED_HEAP, process / 4));
  }

  /// What the engine may take for buffers.
  long buffers() {
    return Math.max(LEAST_BUFFERS, process - heap - BESIDES_HEAP);
  }

  /// `512M`, `2G`, a number of bytes, or `auto` for what the container or the machine has. Units
  /// are powers of 1,024, as in the JVM's own options.
  static long parse(String text) {
    String upper = text.strip().toUpperCase(Locale.ROOT);
    if (upper.equals("AUTO")) {
      return Math.max(LEAST, ofMachine());
    }
    long bytes = bytes(text);
    if (bytes < LEAST) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          text
              + " is too little: a Java process with the vector module needs most of that for"
              + " itself. Give at least 160M; 512M is the default.");
    }
    return bytes;
  }

  /// `512M`, `2G`, or a number of bytes.
  static long bytes(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE, "'" + text + "' is not an amount of bytes; write 512M or 2G.");
    }
    int power = " KMGT".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
    long number = Long.parseLong(matcher.group(1));
    return number > (Long.MAX_VALUE >> (10 * power)) ? Long.MAX_VALUE : number << (10 * power);
  }

  /// A container's limit, or the machine's memory, whichever is smaller.
  private static long ofMachine() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }
}
