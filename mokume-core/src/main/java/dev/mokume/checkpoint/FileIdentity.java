package dev.mokume.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// What tells whether a path still leads to the bytes that were there before.
///
/// @param modifiedNanos since 1970
/// @param key device and inode where the file system has them, else empty
record FileIdentity(long size, long modifiedNanos, String key) {
  static FileIdentity of(Path path) throws IOException {
    return of(Files.readAttributes(path, BasicFileAttributes.class));
  }

  static FileIdentity of(BasicFileAttributes attributes) {
    return new FileIdentity(
        attributes.size(),
        attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
        Objects.toString(attributes.fileKey(), ""));
  }

  /// In what `now` differs, for a message.
  String differenceTo(FileIdentity now) {
    if (size != now.size) {
      return "its size was " + size + " bytes and is " + now.size + " now";
    }
    return key.equals(now.key)
        ? "its modification time is another"
        : "another file has taken its place";
  }
}
