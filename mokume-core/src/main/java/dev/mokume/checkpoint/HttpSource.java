package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// A file behind an address, read by ranges.
///
/// Until the tensors are known, exactly what is read is asked for. From then on a read brings what
/// follows it along, up to 2 MiB and to the end of its tensor; the reads of neighbouring tiles find
/// it there, whichever thread they are of. A byte is asked for once if it is read once and about in
/// order; at most four stretches are held, 8 MiB of heap.
final class HttpSource implements ByteSource {
  /// What the first answer brings: the shortest that tells the format and the length of a header.
  private static final int START = 1 << 10;

  private static final int STRETCH = 2 << 20;
  private static final int MOST_STRETCHES = 4;

  private final HttpAddress address;
  private final HttpRanges ranges;
  private final NavigableSet<Long> borders = new TreeSet<>();
  private final Deque<Stretch> stretches = new ArrayDeque<>();
  private boolean closed;

  /// Bytes that have come or are on their way, with how many of them were not read yet.
  private static final class Stretch {
    final long offset;
    final int length;
    final CompletableFuture<byte[]> bytes = new CompletableFuture<>();
    long left;

    Stretch(long offset, int length) {
      this.offset = offset;
      this.length = length;
      this.left = length;
    }

    boolean holds(long at) {
      return at >= offset && at < offset + length;
    }
  }

  private HttpSource(HttpAddress address) {
    this.address = address;
    this.ranges = new HttpRanges(address, START);
  }

  /// @throws MokumeException `UNREADABLE_INPUT` if there is no such file, or it cannot be read in
  ///   parts
  static HttpSource open(HttpAddress address) {
    return new HttpSource(address);
  }

  HttpAddress address() {
    return address;
  }

  /// Tells where the tensors lie, so that a read ahead ends with its tensor: the next one may be
  /// read much later, or never.
  synchronized void learn(Checkpoint checkpoint) {
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      if (tensor.source() == this) {
        borders.add(tensor.offset());
        borders.add(tensor.offset() + tensor.length());
      }
    }
  }

  @Override
  public String name() {
    return address.name();
  }

  @Override
  public long size() {
    return ranges.state().size();
  }

  @Override
  public Optional<String> version() {
    return Optional.of(ranges.state().tag());
  }

  @Override
  public void read(long offset, MemorySegment into) {
    long end = offset + into.byteSize();
    if (offset < 0 || end > size()) {
      throw new MokumeException(
          ErrorCode.IO_FAILED,
          name()
              + ": has "
              + size()
              + " bytes, but "
              + into.byteSize()
              + " were to be read at offset "
              + offset
              + ".");
    }
    byte[] start = ranges.start();
    for (long at = offset; at < end; ) {
      MemorySegment rest = into.asSlice(at - offset, end - at);
      if (at < start.length) {
        at += copy(start, (int) at, rest);
      } else {
        at += readStretch(at, end, rest);
      }
    }
  }

  private static int copy(byte[] bytes, int from, MemorySegment into) {
    int length = (int) Math.min(bytes.length - from, into.byteSize());
    MemorySegment.copy(bytes, from, into, ValueLayout.JAVA_BYTE, 0, length);
    return length;
  }

  private int readStretch(long at, long end, MemorySegment into) {
    boolean mine = false;
    Stretch stretch;
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException(name() + ": is closed");
      }
      stretch = find(at);
      if (stretch == null) {
        stretch = new Stretch(at, (int) (reach(at, end) - at));
        stretches.addLast(stretch);
        mine = true;
      }
    }
    if (mine) {
      fetch(stretch);
    }
    int length = copy(bytes(stretch), (int) (at - stretch.offset), into);
    release(stretch, length);
    return length;
  }

  private @Nullable Stretch find(long at) {
    for (Stretch stretch : stretches) {
      if (stretch.holds(at)) {
        return stretch;
      }
    }
    return null;
  }

  /// To where a stretch from `at` on goes: at least a byte further.
  private long reach(long at, long end) {
    Long border = borders.higher(at);
    long reach = Math.min(at + STRETCH, border == null ? end : Math.max(border, at + 1));
    for (Stretch stretch : stretches) {
      if (stretch.offset > at) {
        reach = Math.min(reach, stretch.offset);
      }
    }
    return reach;
  }

  private void fetch(Stretch stretch) {
    try {
      stretch.bytes.complete(ranges.read(stretch.offset, stretch.length));
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        stretches.remove(stretch);
      }
      stretch.bytes.completeExceptionally(e);
    }
  }

  private static byte[] bytes(Stretch stretch) {
    try {
      return stretch.bytes.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof MokumeException failure) {
        throw failure;
      }
      throw e;
    }
  }

  /// What was read to its end is let go, and so is the oldest of more than a few.
  private synchronized void release(Stretch stretch, int length) {
    stretch.left -= length;
    if (stretch.left <= 0) {
      stretches.remove(stretch);
    }
    while (stretches.size() > MOST_STRETCHES && stretches.getFirst().bytes.isDone()) {
      stretches.removeFirst();
    }
  }

  @Override
  public void verifyUnchanged() {
    ranges.verifyUnchanged();
  }

  @Override
  public synchronized void close() {
    closed = true;
    stretches.clear();
  }
}
