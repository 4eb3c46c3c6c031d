package dev.mokume.checkpoint;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;

/// A file whose bytes go straight into arrays of the heap and from them, by the system's `pread`
/// and `pwrite`. A channel copies them through native memory, which costs a linear merge a fifth of
/// its processor time (decision 0045).
///
/// It is a short cut and reports nothing: where it fails, the caller does the same through a
/// channel, which says what is wrong. It is there on 64-bit Linux with numbers as files have them,
/// little-endian, where the module has native access (`--enable-native-access=dev.mokume.core`): a
/// call holds up the garbage collector until the system has moved the bytes, which is for the
/// application to decide.
public final class ArrayFile implements AutoCloseable {
  private static final int UNOPENED = -2;

  private final Path path;
  private final boolean writing;
  private int descriptor = UNOPENED;
  private int users;
  private boolean closed;

  private ArrayFile(Path path, boolean writing) {
    this.path = path;
    this.writing = writing;
  }

  /// Whether files can be opened so at all.
  public static boolean isAvailable() {
    return Available.HERE;
  }

  /// Has the system's calls linked, which takes tens of milliseconds that the first read or write
  /// would else wait for. Does nothing where they are not [#isAvailable()].
  public static void prepare() {
    if (isAvailable()) {
      Calls.rehearse();
    }
  }

  /// The file of that path, to be read. It is opened when it is first used.
  public static ArrayFile toRead(Path path) {
    return new ArrayFile(path, false);
  }

  /// The file of that path, which exists, to be written. It is opened when it is first used.
  public static ArrayFile toWrite(Path path) {
    return new ArrayFile(path, true);
  }

  /// Fills `into`, of at most 1 GiB, from `offset` on.
  ///
  /// @return whether all of it was read; if not, what `into` holds is undefined
  public boolean read(long offset, MemorySegment into) {
    return enter() && leaveAfter(Calls.read(descriptor, into, offset) == into.byteSize());
  }

  /// Writes `part`, of at most 1 GiB, at `offset`.
  ///
  /// @return whether all of it was written; if not, some of it may have been
  public boolean write(long offset, MemorySegment part) {
    return enter() && leaveAfter(Calls.write(descriptor, part, offset) == part.byteSize());
  }

  /// Makes a file to write `size` bytes long, with room on the disk for all of them.
  ///
  /// @return whether it was done; not every file system can
  public boolean reserve(long size) {
    return enter() && leaveAfter(Calls.reserve(descriptor, size) == 0);
  }

  /// An interrupted thread is to find out through the channel.
  private synchronized boolean enter() {
    if (closed || !isAvailable() || Thread.currentThread().isInterrupted()) {
      return false;
    }
    if (descriptor == UNOPENED) {
      descriptor = Calls.open(path.toAbsolutePath().toString(), writing);
    }
    if (descriptor < 0) {
      return false;
    }
    users++;
    return true;
  }

  private synchronized boolean leaveAfter(boolean done) {
    users--;
    closeIfUnused();
    return done;
  }

  /// Closes the file as soon as no call is under way: the system gives its number to the next file.
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      closeIfUnused();
    }
  }

  private void closeIfUnused() {
    if (closed && users == 0 && descriptor >= 0) {
      Calls.close(descriptor);
    }
  }

  /// Found out without linking anything, which takes a short merge a noticeable time.
  private static final class Available {
    static final boolean HERE =
        System.getProperty("os.name").equals("Linux")
            && ValueLayout.ADDRESS.byteSize() == Long.BYTES
            && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
            && ArrayFile.class.getModule().isNativeAccessEnabled();
  }

  /// The system's calls, all by one signature: Java writes a dozen classes for each, in 20 ms.
  ///
  /// On 64-bit Linux every argument that is no floating-point number is a register, so that a call
  /// may be given more than it takes, and what returns 32 bits leaves the upper ones undefined. The
  /// signature is that of `openat`, whose last argument is variadic.
  private static final class Calls {
    private static final int READ_ONLY = 0;
    private static final int WRITE_ONLY = 1;
    private static final int CLOSE_ON_EXEC = 0x80000;

    /// Paths are absolute.
    private static final int NO_FOLDER = -100;

    private static final MethodHandle OPEN = link("openat");
    private static final MethodHandle READ = link("pread");
    private static final MethodHandle WRITE = link("pwrite");
    private static final MethodHandle RESERVE = link("fallocate");
    private static final MethodHandle CLOSE = link("close");

    @SuppressWarnings("restricted")
    private static MethodHandle link(String name) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(
          linker.defaultLookup().findOrThrow(name),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.firstVariadicArg(3),
          Linker.Option.critical(true));
    }

    /// Calls each once, on a file that cannot be there: how a call is made is settled then.
    static void rehearse() {
      MemorySegment nothing = MemorySegment.ofArray(new byte[1]);
      int none = open("", false);
      read(none, nothing, 0);
      write(none, nothing, 0);
      close(none);
    }

    static int open(String path, boolean writing) {
      Charset names = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
      MemorySegment ended = MemorySegment.ofArray((path + '\0').getBytes(names));
      int flags = (writing ? WRITE_ONLY : READ_ONLY) | CLOSE_ON_EXEC;
      return (int) call(OPEN, NO_FOLDER, ended, flags, 0);
    }

    static long read(int descriptor, MemorySegment into, long offset) {
      return call(READ, descriptor, into, into.byteSize(), offset);
    }

    static long write(int descriptor, MemorySegment from, long offset) {
      return call(WRITE, descriptor, from, from.byteSize(), offset);
    }

    /// From the beginning on.
    static int reserve(int descriptor, long size) {
      return (int) call(RESERVE, descriptor, MemorySegment.NULL, 0, size);
    }

    static void close(int descriptor) {
      call(CLOSE, descriptor, MemorySegment.NULL, 0, 0);
    }

    private static long call(MethodHandle name, int a, MemorySegment b, long c, long d) {
      try {
        return (long) name.invokeExact(a, b, c, d);
      } catch (Throwable e) {
        // A call of the system throws nothing.
        throw new IllegalStateException("a call of the system failed", e);
      }
    }
  }
}
