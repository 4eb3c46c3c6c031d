package dev.mokume.internal;

/// How many bytes the current thread has allocated so far.
public final class AllocatedBytes {
  private AllocatedBytes() {}

  /// By reflection: the module of core does not read java.management, and only tests want it.
  public static long now() {
    try {
      Object threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      return (long)
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getCurrentThreadAllocatedBytes")
              .invoke(threads);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
