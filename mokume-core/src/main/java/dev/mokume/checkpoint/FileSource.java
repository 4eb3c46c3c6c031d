package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A file, read by position into native memory, or into arrays where [ArrayFile] can. At most 64
/// files are held open at once for the whole process; the others are opened again when they are
/// read.
public final class FileSource implements ByteSource {
  /// A buffer's length is an `int`, so a longer read goes in pieces.
  private static final long LONGEST_READ = 1L << 30;

  private static final int ATTEMPTS = 16;
  private static final int NEIGHBOURS = 2_000;

  private final String name;
  private final Path path;
  private final FileIdentity identity;
  private final OpenChannels channels;
  private volatile boolean closed;

  private FileSource(String name, Path path, FileIdentity identity, OpenChannels channels) {
    this.name = name;
    this.path = path;
    this.identity = identity;
    this.channels = channels;
  }

  /// Opens a regular file (through symbolic links) and remembers its size, modification time and
  /// identity.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if there is none, if it is something else, or if it
  ///   may not be read
  public static FileSource open(Path path) {
    return open(path, OpenChannels.SHARED);
  }

  static FileSource open(Path path, OpenChannels channels) {
    String name = path.toString();
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (attributes.isDirectory()) {
        throw unreadable(
            name + ": is a directory, but a file was wanted; name a file in it.", null);
      }
      if (!attributes.isRegularFile()) {
        throw unreadable(
            name
                + ": is a pipe, a device or a socket, but a file that can be read at any place was"
                + " wanted; copy it to a file first.",
            null);
      }
      FileSource source =
          new FileSource(name, path.toAbsolutePath(), FileIdentity.of(attributes), channels);
      channels.release(channels.acquire(source));
      return source;
    } catch (NoSuchFileException e) {
      throw unreadable(name + ": there is no such file" + nearestNeighbour(path), e);
    } catch (AccessDeniedException e) {
      throw unreadable(
          name
              + ": may not be read by this user; change its permissions, or those of the folders"
              + " above it.",
          e);
    } catch (IOException e) {
      throw unreadable(name + ": cannot be opened: " + Reason.of(e) + ".", e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  /// Absolute; symbolic links are not resolved.
  public Path path() {
    return path;
  }

  @Override
  public long size() {
    return identity.size();
  }

  FileIdentity identity() {
    return identity;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    long length = into.byteSize();
    if (offset < 0) {
      throw new IllegalArgumentException("a read needs an offset that is not negative");
    }
    if (length > size() - offset) {
      throw new MokumeException(
          ErrorCode.IO_FAILED,
          name
              + ": has "
              + size()
              + " bytes, but "
              + length
              + " were to be read at offset "
              + offset
              + ".");
    }
    if (into.isNative()) {
      readThroughChannel(offset, into);
    } else if (!readIntoArray(offset, into)) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment between = arena.allocate(length);
        readThroughChannel(offset, between);
        into.copyFrom(between);
      }
    }
  }

  @Override
  public boolean fillsArrays() {
    return ArrayFile.isAvailable();
  }

  private boolean readIntoArray(long offset, MemorySegment into) {
    try {
      OpenChannels.Lease lease = channels.acquire(this);
      try {
        return lease.arrays.read(offset, into);
      } finally {
        channels.release(lease);
      }
    } catch (IOException e) {
      return false;
    }
  }

  private void readThroughChannel(long offset, MemorySegment into) {
    for (int attempt = 1; ; attempt++) {
      try {
        readOnce(offset, into);
        return;
      } catch (ClosedByInterruptException e) {
        throw new MokumeException(ErrorCode.CANCELLED, name + ": reading was interrupted.", e);
      } catch (ClosedChannelException e) {
        // Another thread was interrupted while it read through the same channel: take a new one.
        if (attempt == ATTEMPTS) {
          throw readFailed(offset, e);
        }
      } catch (IOException e) {
        throw readFailed(offset, e);
      }
    }
  }

  private void readOnce(long offset, MemorySegment into) throws IOException {
    if (closed) {
      throw new IllegalStateException(name + ": is closed");
    }
    OpenChannels.Lease lease = channels.acquire(this);
    try {
      for (long done = 0; done < into.byteSize(); ) {
        long piece = Math.min(into.byteSize() - done, LONGEST_READ);
        readFully(lease.channel, offset + done, into.asSlice(done, piece).asByteBuffer());
        done += piece;
      }
    } finally {
      channels.release(lease);
    }
  }

  private void readFully(FileChannel channel, long offset, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      long place = offset + into.position();
      if (channel.read(into, place) < 0) {
        throw new MokumeException(
            ErrorCode.INPUT_CHANGED,
            name
                + ": ended at offset "
                + place
                + ", but had "
                + size()
                + " bytes when it was opened: something has cut it"
                + " off since. Run again when nothing writes to it any more.");
      }
    }
  }

  /// Moves bytes to where `to` stands, by the system's own means.
  ///
  /// @return how many; fewer than `length` where the system cannot go on
  long transfer(long offset, long length, FileChannel to) throws IOException {
    OpenChannels.Lease lease = channels.acquire(this);
    try {
      long done = 0;
      while (done < length) {
        long piece = Math.min(length - done, LONGEST_READ);
        long moved = lease.channel.transferTo(offset + done, piece, to);
        if (moved <= 0) {
          break;
        }
        done += moved;
      }
      return done;
    } finally {
      channels.release(lease);
    }
  }

  @Override
  public void verifyUnchanged() {
    FileIdentity now;
    try {
      now = FileIdentity.of(path);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.INPUT_CHANGED,
          name
              + ": was there when it was opened, but is not any more: "
              + Reason.of(e)
              + ". Put it back, and run again when nothing moves or removes it.",
          e);
    }
    if (!now.equals(identity)) {
      throw new MokumeException(
          ErrorCode.INPUT_CHANGED,
          name
              + ": changed while it was in use: "
              + identity.differenceTo(now)
              + ". Run again when nothing writes to it any more.");
    }
  }

  @Override
  public void close() {
    closed = true;
    channels.retire(this);
  }

  private MokumeException readFailed(long offset, IOException e) {
    return new MokumeException(
        ErrorCode.IO_FAILED,
        name + ": reading at offset " + offset + " failed: " + Reason.of(e) + ".",
        e);
  }

  private static MokumeException unreadable(String message, @Nullable Throwable cause) {
    return new MokumeException(ErrorCode.UNREADABLE_INPUT, message, cause);
  }

  private static String nearestNeighbour(Path path) {
    Path folder = path.toAbsolutePath().getParent();
    Path file = path.getFileName();
    if (folder == null || file == null) {
      return ".";
    }
    if (!Files.isDirectory(folder)) {
      return ", nor is there a folder '" + folder + "'.";
    }
    try (Stream<Path> entries = Files.list(folder)) {
      List<String> names =
          entries.limit(NEIGHBOURS).map(entry -> entry.getFileName().toString()).sorted().toList();
      return Nearest.ending(file.toString(), names);
    } catch (IOException e) {
      return ".";
    }
  }
}
