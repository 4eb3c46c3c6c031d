package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.Findings;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// The deflated files of one archive, inflated while they are read.
///
/// Deflate can only be read from front to back. Of the two files that were read last, the newest 4
/// MiB of what they inflate to are held, so that threads which read neighbouring tiles in any order
/// find them; a read further back starts its file again. So an archive takes at most 8 MiB of heap,
/// a tensor is inflated once a pass, and one whose elements are read in another order than they lie
/// (a transposed one) is inflated once a tile: such a file is better packed again without
/// compression.
final class InflatedEntries {
  private static final int MOST_OPEN = 2;
  private static final int HISTORY = 4 << 20;
  private static final int PIECE = 1 << 16;

  private final ByteSource archive;
  private final Deque<Inflation> open = new ArrayDeque<>();
  private boolean closed;

  InflatedEntries(ByteSource archive) {
    this.archive = archive;
  }

  /// A file as a source. Closing it does nothing: [#close] does.
  ByteSource source(ArchiveEntry entry) {
    return new ByteSource() {
      @Override
      public String name() {
        return archive.name();
      }

      @Override
      public long size() {
        return entry.length();
      }

      @Override
      public void read(long offset, MemorySegment into) {
        inflate(entry, offset, into);
      }

      @Override
      public void verifyUnchanged() {
        archive.verifyUnchanged();
      }

      @Override
      public void close() {}
    };
  }

  private synchronized void inflate(ArchiveEntry entry, long offset, MemorySegment into) {
    if (closed) {
      throw new IllegalStateException(archive.name() + ": is closed");
    }
    @Nullable Inflation inflation = null;
    for (Inflation each : open) {
      if (each.entry.equals(entry)) {
        inflation = each;
      }
    }
    if (inflation != null) {
      open.remove(inflation);
      if (!inflation.holds(offset)) {
        inflation.close();
        inflation = null;
      }
    }
    if (inflation == null) {
      if (open.size() == MOST_OPEN) {
        open.removeLast().close();
      }
      inflation = new Inflation(entry);
    }
    open.addFirst(inflation);
    inflation.read(offset, into);
  }

  /// Gives back what is held. Nothing can be read afterwards.
  synchronized void close() {
    closed = true;
    open.forEach(Inflation::close);
    open.clear();
  }

  /// One file on its way through the inflater.
  private final class Inflation {
    private final ArchiveEntry entry;
    private final Inflater inflater = new Inflater(true);

    /// A ring: byte i of the file is at i modulo its length.
    private final byte[] history;

    private final byte[] piece = new byte[PIECE];

    /// Bytes taken from the archive, and made of them.
    private long taken;

    private long made;

    Inflation(ArchiveEntry entry) {
      this.entry = entry;
      this.history = new byte[Math.clamp(entry.length(), 1, HISTORY)];
    }

    boolean holds(long offset) {
      return offset >= made - history.length;
    }

    void read(long offset, MemorySegment into) {
      long end = offset + into.byteSize();
      for (long at = offset; at < end; ) {
        if (at >= made) {
          make();
        }
        if (at < made) {
          int place = (int) (at % history.length);
          long length = Math.min(Math.min(end, made) - at, history.length - place);
          MemorySegment.copy(
              history, place, into, ValueLayout.JAVA_BYTE, at - offset, (int) length);
          at += length;
        }
      }
    }

    /// At least one byte more; at the end of the file, makes sure that it is the end.
    private void make() {
      int place = (int) (made % history.length);
      int room = (int) Math.min(history.length - place, entry.length() - made);
      int count = inflate(history, place, Math.min(room, PIECE));
      if (count == 0) {
        throw wrong("inflates to only " + Amount.count(made) + " bytes");
      }
      made += count;
      if (made == entry.length() && (inflate(new byte[1], 0, 1) != 0 || !inflater.finished())) {
        throw wrong("inflates to more than that");
      }
    }

    private int inflate(byte[] into, int offset, int length) {
      try {
        while (true) {
          int count = inflater.inflate(into, offset, length);
          if (count > 0 || inflater.finished()) {
            return count;
          }
          if (inflater.needsDictionary() || taken == entry.compressed()) {
            return 0;
          }
          feed();
        }
      } catch (DataFormatException e) {
        throw wrong("cannot be inflated");
      }
    }

    private void feed() {
      int length = (int) Math.min(PIECE, entry.compressed() - taken);
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment compressed = arena.allocate(length);
        archive.read(entry.offset() + taken, compressed);
        MemorySegment.copy(compressed, ValueLayout.JAVA_BYTE, 0, piece, 0, length);
      }
      inflater.setInput(piece, 0, length);
      taken += length;
    }

    private RuntimeException wrong(String how) {
      return Findings.malformed(
          archive.name(),
          Quoted.name(entry.name())
              + " in it should have "
              + Amount.count(entry.length())
              + " bytes, but "
              + how
              + ": the file is damaged.");
    }

    void close() {
      inflater.end();
    }
  }
}
