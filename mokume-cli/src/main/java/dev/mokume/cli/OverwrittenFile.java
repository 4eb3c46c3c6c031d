package dev.mokume.cli;

import dev.mokume.checkpoint.ArrayFile;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A scratch file that is written over in place, as `dd conv=notrunc` does. For measuring only:
/// what a new file costs is the page cache's doing, and a merge never writes over a file of the
/// user's.
final class OverwrittenFile implements ByteSink {
  private final Path path;
  private final FileChannel channel;
  private final ArrayFile arrays;

  OverwrittenFile(Path path) {
    this.path = path;
    this.arrays = ArrayFile.toWrite(path);
    try {
      channel = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public boolean takesArrays() {
    return ArrayFile.isAvailable();
  }

  @Override
  public void write(long offset, MemorySegment part) {
    if (!part.isNative()) {
      if (!arrays.write(offset, part)) {
        throw failed(new IOException("a part was not written"));
      }
      return;
    }
    try {
      ByteBuffer buffer = part.asByteBuffer();
      long at = offset;
      while (buffer.hasRemaining()) {
        at += channel.write(buffer, at);
      }
    } catch (IOException e) {
      throw failed(e);
    }
  }

  @Override
  public void commit() {}

  @Override
  public void close() {
    arrays.close();
    try {
      channel.close();
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private MokumeException failed(IOException e) {
    return new MokumeException(
        ErrorCode.IO_FAILED, path + ": cannot be written over: " + Reason.of(e) + ".", e);
  }
}
