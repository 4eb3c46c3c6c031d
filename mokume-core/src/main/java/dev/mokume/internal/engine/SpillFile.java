package dev.mokume.internal.engine;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.event.SpillEvent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import jdk.jfr.FlightRecorder;

/// Values between two passes that do not fit into memory, in a temporary file that vanishes with
/// the run; on Linux it has no name from the start, so that a killed process leaves none.
public final class SpillFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;

  /// @param need a clause that says what needs it and what to do: "which this merge needs since a
  ///   tensor does not fit the memory budget. Give it more"
  public SpillFile(Path folder, String need) {
    try {
      path = Files.createTempFile(folder, ".mokume-spill-", ".tmp");
      channel =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.IO_FAILED,
          "cannot make a temporary file in " + folder + " (" + Reason.of(e) + "), " + need,
          e);
    }
  }

  public void read(long offset, MemorySegment into) {
    transfer("read", into.asByteBuffer(), offset);
  }

  public void write(long offset, MemorySegment from) {
    transfer("write", from.asByteBuffer(), offset);
  }

  private void transfer(String what, ByteBuffer buffer, long offset) {
    SpillEvent event = FlightRecorder.isInitialized() ? SpillEvent.begun(buffer.remaining()) : null;
    try {
      long at = offset;
      while (buffer.hasRemaining()) {
        int moved = what.equals("read") ? channel.read(buffer, at) : channel.write(buffer, at);
        if (moved < 0) {
          throw new IOException("it ends at byte " + at);
        }
        at += moved;
      }
      if (event != null) {
        event.commit();
      }
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.IO_FAILED,
          "cannot " + what + " the temporary file " + path + ": " + Reason.of(e) + ".",
          e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // The file is only ever a leftover; the folder's owner may remove it.
      System.getLogger(SpillFile.class.getName())
          .log(System.Logger.Level.DEBUG, () -> "cannot remove " + path, e);
    }
  }
}
