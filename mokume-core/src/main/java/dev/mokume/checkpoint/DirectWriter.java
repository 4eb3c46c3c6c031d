package dev.mokume.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Writes a new file past the system's page cache (`O_DIRECT`), in a thread of its own: what is
/// written is copied into extents, and an extent that is full goes to the disk as a whole (decision
/// 0063).
///
/// The rest goes through the page cache: extents that never fill up, ranges that the system copies
/// itself, the last bytes of a file that do not make a block, and all that is left once the disk
/// turns out to be slow or to refuse.
final class DirectWriter implements AutoCloseable {
  /// The other way to write: through the page cache.
  @FunctionalInterface
  interface Cached {
    void write(long offset, MemorySegment part);
  }

  /// Disks and file systems want whole blocks of so many bytes, in memory that begins at one.
  static final int BLOCK = 4096;

  /// Of a file, and of memory. Shorter ones, one after the other, take a disk twice as long.
  static final int EXTENT = 1 << 20;

  private final long size;
  private final boolean durable;
  private final Cached cached;
  private final FileChannel channel;
  private final Thread thread;

  /// Of all that follows; told when any of it changes. Who waits does so for the disk, or for a
  /// thread that copies, and not longer when it is interrupted.
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();

  /// Extents that are being filled, by number, oldest first.
  private final Map<Integer, Extent> open = new LinkedHashMap<>();

  /// Extents that are not, or not any more: what comes for them goes through the page cache.
  private final BitSet settled = new BitSet();

  /// Those among the settled whose bytes are not in the file yet.
  private final BitSet leaving = new BitSet();

  private final Queue<Extent> full = new ArrayDeque<>();

  /// Whether the rest goes through the page cache; it stays so once it does, and needs no lock.
  private volatile boolean slow;

  /// Whether no more extents are to come.
  private boolean ended;

  private boolean givenUp;

  /// Noted by the writer's thread alone, which needs no lock for it.
  private volatile Rate ofDisk = Rate.UNKNOWN;

  private @Nullable Throwable failure;

  private DirectWriter(Path file, long size, boolean durable, Cached cached, FileChannel channel) {
    this.size = size;
    this.durable = durable;
    this.cached = cached;
    this.channel = channel;
    this.thread =
        Thread.ofPlatform()
            .name("mokume-writer-" + file.getFileName())
            .daemon()
            .unstarted(this::run);
  }

  /// A writer to a file that is there and has all its `size` bytes; nothing where it cannot be
  /// opened so.
  ///
  /// @param durable whether somebody waits in the end until the disk has all of it, in whichever
  ///   way it got there
  static Optional<DirectWriter> open(Path file, long size, boolean durable, Cached cached) {
    try {
      FileChannel channel = DirectIo.open(file, StandardOpenOption.WRITE);
      DirectWriter writer = new DirectWriter(file, size, durable, cached, channel);
      writer.thread.start();
      return Optional.of(writer);
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /// Takes over `part`, which may be native or an array; it is the caller's again afterwards.
  ///
  /// @throws RuntimeException what [Cached] threw, now or in the writer's thread
  void write(long offset, MemorySegment part) {
    for (long done = 0; done < part.byteSize(); ) {
      long at = offset + done;
      long from = at % EXTENT;
      long length = Math.min(part.byteSize() - done, EXTENT - from);
      MemorySegment piece = part.asSlice(done, length);
      Extent extent = enter((int) (at / EXTENT));
      if (extent == null) {
        cached.write(at, piece);
      } else {
        fill(extent, from, piece);
      }
      done += length;
    }
  }

  /// Before the system writes to a range itself: what these extents hold is in the file then, and
  /// what comes for them goes through the page cache.
  void giveWay(long offset, long length) {
    for (long number = offset / EXTENT; number * EXTENT < offset + length; number++) {
      settle((int) number);
    }
  }

  /// Returns once all that was written is in the file. Nothing may be written any more.
  void finish() {
    for (Integer number : openOnes()) {
      settle(number);
    }
    end();
    awaitThread();
    lock.lock();
    try {
      rethrow();
      if (!givenUp && !(open.isEmpty() && full.isEmpty() && leaving.isEmpty())) {
        throw new IllegalStateException("not all extents have been written");
      }
    } finally {
      lock.unlock();
    }
  }

  private List<Integer> openOnes() {
    lock.lock();
    try {
      return List.copyOf(open.keySet());
    } finally {
      lock.unlock();
    }
  }

  /// An extent to copy into; null if its bytes are to go through the page cache.
  private @Nullable Extent enter(int number) {
    while (true) {
      Extent oldest;
      lock.lock();
      try {
        Extent extent = begun(number);
        if (extent != null) {
          extent.enter();
          return extent;
        }
        if (settled.get(number)) {
          awaitLeaving(number);
          return null;
        }
        if (!leaving.isEmpty() && !isSlow()) {
          changed.awaitUninterruptibly();
          continue;
        }
        oldest = slow || ended ? null : oldestAtRest();
        if (oldest == null) {
          settled.set(number);
          return null;
        }
      } finally {
        lock.unlock();
      }
      settle(oldest.number());
    }
  }

  /// The extent of that number; null if it is settled, or is to be, or there is no memory for it.
  private @Nullable Extent begun(int number) {
    rethrow();
    Extent extent = open.get(number);
    if (extent != null || settled.get(number) || slow || ended) {
      return extent;
    }
    MemorySegment memory = ExtentPool.SHARED.take();
    if (memory != null) {
      extent = new Extent(number, memory, Math.min(EXTENT, size - (long) number * EXTENT));
      open.put(number, extent);
    }
    return extent;
  }

  /// Asked where somebody would have to wait for the disk.
  private boolean isSlow() {
    if (!durable || ended || ofDisk.isSlow()) {
      slow = true;
    }
    return slow;
  }

  private @Nullable Extent oldestAtRest() {
    for (Extent extent : open.values()) {
      if (extent.isAtRest()) {
        return extent;
      }
    }
    return null;
  }

  private void fill(Extent extent, long from, MemorySegment piece) {
    boolean copied = false;
    try {
      MemorySegment.copy(piece, 0, extent.memory(), from, piece.byteSize());
      copied = true;
    } finally {
      lock.lock();
      try {
        extent.leave();
        if (copied) {
          extent.fill(new Extent.Piece(from, from + piece.byteSize()));
        }
        handOn(extent);
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// To the writer's thread, if it is full and nobody has done so.
  private void handOn(Extent extent) {
    if (givenUp) {
      giveBackAtRest(extent);
    } else if (extent.isFull() && extent.isAtRest() && open.remove(extent.number(), extent)) {
      settled.set(extent.number());
      leaving.set(extent.number());
      full.add(extent);
    }
  }

  private void settle(int number) {
    Extent extent;
    lock.lock();
    try {
      extent = open.get(number);
      while (extent != null && !extent.isAtRest()) {
        changed.awaitUninterruptibly();
        extent = open.get(number);
      }
      settled.set(number);
      if (extent == null) {
        awaitLeaving(number);
        return;
      }
      open.remove(number);
      leaving.set(number);
    } finally {
      lock.unlock();
    }
    try {
      writeCached(extent);
    } finally {
      left(extent);
    }
  }

  private void writeCached(Extent extent) {
    for (Extent.Piece piece : extent.filled()) {
      cached.write(
          extent.offset() + piece.from(),
          extent.memory().asSlice(piece.from(), piece.to() - piece.from()));
    }
  }

  private void left(Extent extent) {
    lock.lock();
    try {
      ExtentPool.SHARED.giveBack(extent.memory());
      leaving.clear(extent.number());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitLeaving(int number) {
    while (leaving.get(number) && !givenUp) {
      changed.awaitUninterruptibly();
    }
    rethrow();
  }

  private void rethrow() {
    switch (failure) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {
        // Nothing else can be thrown.
      }
    }
  }

  private void run() {
    for (Extent extent = next(); extent != null; extent = next()) {
      try {
        writeOut(extent);
      } catch (Throwable e) {
        fail(e);
      } finally {
        left(extent);
      }
    }
    closeChannel();
  }

  /// The next full extent; null once there will be none any more.
  private @Nullable Extent next() {
    lock.lock();
    try {
      while (full.isEmpty() && !ended) {
        changed.awaitUninterruptibly();
      }
      return full.poll();
    } finally {
      lock.unlock();
    }
  }

  private void writeOut(Extent extent) {
    long written = slow ? 0 : writeBlocks(extent);
    if (written < extent.bytes().byteSize()) {
      // Whoever interrupts this thread does not mean it, but the other channel would be closed.
      Thread.interrupted();
      cached.write(extent.offset() + written, extent.bytes().asSlice(written));
    }
  }

  /// @return how many bytes were written
  private long writeBlocks(Extent extent) {
    long blocks = extent.bytes().byteSize() / BLOCK * BLOCK;
    ByteBuffer bytes = extent.memory().asSlice(0, blocks).asByteBuffer();
    long start = System.nanoTime();
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes, extent.offset() + bytes.position());
      }
    } catch (IOException e) {
      // If the disk is at fault and not the way to it, the other way finds out what is wrong.
      slow = true;
      return 0;
    }
    ofDisk = ofDisk.plus(blocks, System.nanoTime() - start);
    return blocks;
  }

  /// The first one is the cause of those after it.
  private void fail(Throwable e) {
    lock.lock();
    try {
      failure = failure == null ? e : failure;
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitThread() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException e) {
      // What the system has taken, it has.
    }
  }

  /// Gives up what is not in the file yet, and does not wait for the disk.
  @Override
  public void close() {
    lock.lock();
    try {
      if (!givenUp) {
        givenUp = true;
        open.values().forEach(DirectWriter::giveBackAtRest);
        full.forEach(DirectWriter::giveBackAtRest);
        open.clear();
        full.clear();
        ended = true;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void giveBackAtRest(Extent extent) {
    if (extent.isAtRest()) {
      ExtentPool.SHARED.giveBack(extent.memory());
    }
  }
}
