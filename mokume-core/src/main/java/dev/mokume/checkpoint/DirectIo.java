package dev.mokume.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.stream.Stream;

/// Files that are read and written past the system's page cache.
public final class DirectIo {
  private DirectIo() {}

  /// Opens a file that is there. Places, lengths and addresses of what goes through the channel
  /// have to be multiples of the file store's block size.
  ///
  /// @throws UnsupportedOperationException where the platform has no such files
  /// @throws IOException also where the file system has none
  public static FileChannel open(Path file, StandardOpenOption access) throws IOException {
    return FileChannel.open(file, Set.of(access, pastTheCache()));
  }

  /// What the JDK has in a module of its own, and the compiler warns of.
  private static OpenOption pastTheCache() {
    try {
      Object[] options = Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
      return Stream.of(options)
          .map(OpenOption.class::cast)
          .filter(option -> option.toString().equals("DIRECT"))
          .findFirst()
          .orElseThrow(UnsupportedOperationException::new);
    } catch (ClassNotFoundException e) {
      throw new UnsupportedOperationException(e);
    }
  }
}
