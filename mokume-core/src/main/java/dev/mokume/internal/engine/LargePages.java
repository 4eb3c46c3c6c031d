package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ArrayFile;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Native memory that the system gives page by page as it is written to, in pages of 2 MiB where it
/// has them, until the arena is closed. What an [Arena] allocates is written to at once, all of it
/// by the thread that asks, in pages of 4 KiB (decision 0059).
record LargePages(Arena arena) implements SegmentAllocator {
  /// Where the system cannot be called, what the arena allocates.
  ///
  /// @param alignment at most a page
  @Override
  public MemorySegment allocate(long bytes, long alignment) {
    if (ArrayFile.isAvailable()) {
      MemorySegment mapped = Calls.map(bytes);
      if (mapped.address() != Calls.FAILED) {
        return Calls.until(arena, mapped, bytes);
      }
    }
    return arena.allocate(bytes, alignment);
  }

  /// The system's calls, by their signatures on 64-bit Linux.
  private static final class Calls {
    static final long FAILED = -1;

    private static final int READ_AND_WRITE = 3;
    private static final int PRIVATE_AND_OF_NO_FILE = 0x22;
    private static final int NO_FILE = -1;
    private static final int IN_LARGE_PAGES = 14;

    private static final MethodHandle MAP =
        link(
            "mmap",
            FunctionDescriptor.of(
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG));

    private static final MethodHandle ADVISE =
        link(
            "madvise",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));

    private static final MethodHandle UNMAP =
        link(
            "munmap",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));

    @SuppressWarnings("restricted")
    private static MethodHandle link(String name, FunctionDescriptor signature) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature);
    }

    static MemorySegment map(long bytes) {
      try {
        return (MemorySegment)
            MAP.invokeExact(
                MemorySegment.NULL, bytes, READ_AND_WRITE, PRIVATE_AND_OF_NO_FILE, NO_FILE, 0L);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    /// The mapped bytes, in large pages if the system heeds the advice.
    @SuppressWarnings({"restricted", "UnusedVariable"})
    static MemorySegment until(Arena arena, MemorySegment mapped, long bytes) {
      try {
        int ignored = (int) ADVISE.invokeExact(mapped, bytes, IN_LARGE_PAGES);
        return mapped.reinterpret(bytes, arena, memory -> unmap(memory, bytes));
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    @SuppressWarnings("UnusedVariable")
    private static void unmap(MemorySegment memory, long bytes) {
      try {
        int ignored = (int) UNMAP.invokeExact(memory, bytes);
      } catch (Throwable e) {
        throw unexpected(e);
      }
    }

    /// A call of the system throws nothing.
    private static IllegalStateException unexpected(Throwable e) {
      return new IllegalStateException("a call of the system failed", e);
    }
  }
}
