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
import org.jspecify.annotations.Nullable;

/// Writes a new file past the system's page cache (`O_DIRECT`), in a thread of its own: what is
/// written is copied into chunks, and a chunk that is full goes to the disk as a whole (decision
/// 0063).
///
/// The rest goes through the page cache: chunks that never fill up, ranges that the system copies
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
  static final int CHUNK = 1 << 20;

  private final long size;
  private final boolean durable;
  private final Cached cached;
  private final FileChannel channel;
  private final Thread thread;

  /// Chunks that are being filled, by number, oldest first.
  private final Map<Integer, Chunk> open = new LinkedHashMap<>();

  /// Chunks that are not, or not any more: what comes for them goes through the page cache.
  private final BitSet settled = new BitSet();

  /// Those among the settled whose bytes are not in the file yet.
  private final BitSet leaving = new BitSet();

  private final Queue<Chunk> full = new ArrayDeque<>();

  /// Whether the rest goes through the page cache.
  private boolean slow;

  /// Whether no more chunks are to come.
  private boolean ended;

  private boolean givenUp;
  private Rate ofDisk = Rate.UNKNOWN;
  private @Nullable RuntimeException failure;

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
      return Optional.of(new DirectWriter(file, size, durable, cached, channel));
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
      long from = at % CHUNK;
      long length = Math.min(part.byteSize() - done, CHUNK - from);
      MemorySegment piece = part.asSlice(done, length);
      Chunk chunk = enter((int) (at / CHUNK));
      if (chunk == null) {
        cached.write(at, piece);
      } else {
        MemorySegment.copy(piece, 0, chunk.memory(), from, length);
        leave(chunk, new Chunk.Piece(from, from + length));
      }
      done += length;
    }
  }

  /// Before the system writes to a range itself: what these chunks hold is in the file then, and
  /// what comes for them goes through the page cache.
  void giveWay(long offset, long length) {
    for (long number = offset / CHUNK; number * CHUNK < offset + length; number++) {
      settle((int) number);
    }
  }

  /// Returns once all that was written is in the file. Nothing may be written any more.
  void finish() {
    List<Integer> rest;
    synchronized (this) {
      rest = List.copyOf(open.keySet());
    }
    rest.forEach(this::settle);
    end();
    awaitThread();
    synchronized (this) {
      rethrow();
    }
  }

  /// A chunk to copy into; null if its bytes are to go through the page cache.
  private @Nullable Chunk enter(int number) {
    while (true) {
      Chunk victim;
      synchronized (this) {
        rethrow();
        if (givenUp) {
          return null;
        }
        Chunk chunk = open.get(number);
        if (chunk == null && !settled.get(number) && !slow && !ended) {
          chunk = begin(number);
        }
        if (chunk != null) {
          chunk.enter();
          return chunk;
        }
        if (settled.get(number)) {
          awaitLeaving(number);
          return null;
        }
        if (!leaving.isEmpty() && !isSlow() && pause()) {
          continue;
        }
        victim = slow || ended ? null : evictable();
        if (victim == null) {
          settled.set(number);
          return null;
        }
      }
      settle(victim.number());
    }
  }

  private @Nullable Chunk begin(int number) {
    MemorySegment memory = ChunkPool.SHARED.take();
    if (memory == null) {
      return null;
    }
    Chunk chunk = new Chunk(number, memory, Math.min(CHUNK, size - (long) number * CHUNK));
    open.put(number, chunk);
    return chunk;
  }

  /// Asked where somebody would have to wait for the disk.
  private boolean isSlow() {
    slow |= !durable || ofDisk.isSlow();
    return slow;
  }

  private @Nullable Chunk evictable() {
    for (Chunk chunk : open.values()) {
      if (chunk.isAtRest()) {
        return chunk;
      }
    }
    return null;
  }

  private synchronized void leave(Chunk chunk, Chunk.Piece piece) {
    chunk.leave(piece);
    if (givenUp) {
      giveBackAtRest(chunk);
    } else if (chunk.isFull() && open.remove(chunk.number(), chunk)) {
      settled.set(chunk.number());
      leaving.set(chunk.number());
      full.add(chunk);
      if (thread.getState() == Thread.State.NEW) {
        thread.start();
      }
    }
    notifyAll();
  }

  private void settle(int number) {
    Chunk chunk;
    synchronized (this) {
      chunk = open.get(number);
      while (chunk != null && !chunk.isAtRest() && pause()) {
        chunk = open.get(number);
      }
      settled.set(number);
      if (chunk == null || !chunk.isAtRest()) {
        awaitLeaving(number);
        return;
      }
      open.remove(number);
      leaving.set(number);
    }
    try {
      writeCached(chunk);
    } finally {
      left(chunk);
    }
  }

  private void writeCached(Chunk chunk) {
    for (Chunk.Piece piece : chunk.filled()) {
      cached.write(
          chunk.offset() + piece.from(),
          chunk.memory().asSlice(piece.from(), piece.to() - piece.from()));
    }
  }

  private synchronized void left(Chunk chunk) {
    ChunkPool.SHARED.giveBack(chunk.memory());
    leaving.clear(chunk.number());
    notifyAll();
  }

  private void awaitLeaving(int number) {
    while (leaving.get(number) && !givenUp && pause()) {
      rethrow();
    }
  }

  /// Waits until anything has changed, with the lock held.
  ///
  /// @return false if the thread was interrupted; the page cache's channel makes an error of it
  private boolean pause() {
    try {
      wait();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void rethrow() {
    if (failure != null) {
      throw failure;
    }
  }

  private void run() {
    for (Chunk chunk = next(); chunk != null; chunk = next()) {
      try {
        writeDirect(chunk);
      } catch (RuntimeException e) {
        synchronized (this) {
          failure = e;
        }
      } finally {
        left(chunk);
      }
    }
    closeChannel();
  }

  /// The next full chunk; null if there will be none any more.
  private synchronized @Nullable Chunk next() {
    while (full.isEmpty() && !ended && pause()) {
      // Something has changed.
    }
    return full.poll();
  }

  private void writeDirect(Chunk chunk) {
    MemorySegment bytes = chunk.bytes();
    long blocks = isLeftToCache() ? 0 : bytes.byteSize() / BLOCK * BLOCK;
    try {
      long start = System.nanoTime();
      ByteBuffer whole = bytes.asSlice(0, blocks).asByteBuffer();
      while (whole.hasRemaining()) {
        channel.write(whole, chunk.offset() + whole.position());
      }
      noteDisk(blocks, System.nanoTime() - start);
    } catch (IOException e) {
      // If the disk is at fault and not the way to it, the other way finds out what is wrong.
      blocks = 0;
      leaveToCache();
    }
    if (blocks < bytes.byteSize()) {
      cached.write(chunk.offset() + blocks, bytes.asSlice(blocks));
    }
  }

  private synchronized boolean isLeftToCache() {
    return slow;
  }

  private synchronized void leaveToCache() {
    slow = true;
  }

  private synchronized void noteDisk(long bytes, long nanoseconds) {
    ofDisk = ofDisk.plus(bytes, nanoseconds);
  }

  private synchronized void end() {
    ended = true;
    if (thread.getState() == Thread.State.NEW) {
      closeChannel();
    }
    notifyAll();
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

  /// Gives up what is not in the file yet, and waits for nothing.
  @Override
  public synchronized void close() {
    if (!givenUp) {
      givenUp = true;
      open.values().forEach(DirectWriter::giveBackAtRest);
      full.forEach(DirectWriter::giveBackAtRest);
      open.clear();
      full.clear();
      end();
    }
  }

  private static void giveBackAtRest(Chunk chunk) {
    if (chunk.isAtRest()) {
      ChunkPool.SHARED.giveBack(chunk.memory());
    }
  }
}
