package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSourceTest {
  @TempDir Path folder;

  private Path file(String name, int... content) throws IOException {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < content.length; i++) {
      bytes[i] = (byte) content[i];
    }
    return Files.write(folder.resolve(name), bytes);
  }

  private static byte[] read(ByteSource source, long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(length);
      source.read(offset, into);
      return into.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void assertFails(ThrowingCallable call, ErrorCode code, String message) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(message);
  }

  @Test
  void fillsArraysToo() throws IOException {
    try (FileSource source = FileSource.open(file("a", 1, 2, 0, 4, 5))) {
      short[] array = new short[2];
      source.read(1, MemorySegment.ofArray(array));
      assertThat(array).containsExactly(2, 0x0504);
    }
  }

  @Test
  void readsAtAnyOffset() throws IOException {
    Path path = file("a", 1, 2, 3, 4, 5);
    try (FileSource source = FileSource.open(path)) {
      assertThat(source.name()).isEqualTo(path.toString());
      assertThat(source.path()).isEqualTo(path);
      assertThat(source.size()).isEqualTo(5);
      assertThat(read(source, 3, 2)).containsExactly(4, 5);
      assertThat(read(source, 0, 5)).containsExactly(1, 2, 3, 4, 5);
      assertThat(read(source, 5, 0)).isEmpty();
    }
  }

  @Test
  void readsAboveFourGibibytes() throws IOException {
    Path path = folder.resolve("sparse");
    long far = 5L << 30;
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {7, 8}), far);
    }
    try (FileSource source = FileSource.open(path)) {
      assertThat(source.size()).isEqualTo(far + 2);
      assertThat(read(source, far - 1, 3)).containsExactly(0, 7, 8);
    }
  }

  @Test
  void noSuchFile() throws IOException {
    file("model_a.safetensors");
    Path path = folder.resolve("model_b.safetensors");
    assertFails(
        () -> FileSource.open(path),
        ErrorCode.UNREADABLE_INPUT,
        path + ": there is no such file; did you mean 'model_a.safetensors'?");
  }

  @Test
  void noSuchFileAndNoneLikeIt() {
    Path path = folder.resolve("model_b.safetensors");
    assertFails(
        () -> FileSource.open(path), ErrorCode.UNREADABLE_INPUT, path + ": there is no such file.");
  }

  @Test
  void noSuchFolder() {
    Path path = folder.resolve("nowhere/model.safetensors");
    assertFails(
        () -> FileSource.open(path),
        ErrorCode.UNREADABLE_INPUT,
        path
            + ": there is no such file, nor is there a folder '"
            + folder.resolve("nowhere")
            + "'.");
  }

  @Test
  void aDirectory() {
    assertFails(
        () -> FileSource.open(folder),
        ErrorCode.UNREADABLE_INPUT,
        folder + ": is a directory, but a file was wanted; name a file in it.");
  }

  @Test
  void aDevice() {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "this system has no /dev/null");
    assertFails(
        () -> FileSource.open(device),
        ErrorCode.UNREADABLE_INPUT,
        "/dev/null: is a pipe, a device or a socket, but a file that can be read at any place was"
            + " wanted; copy it to a file first.");
  }

  @Test
  void noPermission() throws IOException {
    Path path = file("secret", 1);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("---------"));
    assumeFalse(
        Files.isReadable(path),
        "this user (root) may read every file, so there is nothing to be refused");
    assertFails(
        () -> FileSource.open(path),
        ErrorCode.UNREADABLE_INPUT,
        path
            + ": may not be read by this user; change its permissions, or those of the folders"
            + " above it.");
  }

  @Test
  void beyondTheEnd() throws IOException {
    Path path = file("a", 1, 2, 3);
    try (FileSource source = FileSource.open(path)) {
      assertFails(
          () -> read(source, 2, 2),
          ErrorCode.IO_FAILED,
          path + ": has 3 bytes, but 2 were to be read at offset 2.");
    }
  }

  @Test
  void cutOffWhileInUse() throws IOException {
    Path path = file("a", 1, 2, 3, 4);
    try (FileSource source = FileSource.open(path)) {
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
        channel.truncate(3);
      }
      assertFails(
          () -> read(source, 1, 3),
          ErrorCode.INPUT_CHANGED,
          path
              + ": ended at offset 3, but had 4 bytes when it was opened: something has cut it off"
              + " since. Run again when nothing writes to it any more.");
      assertFails(
          source::verifyUnchanged,
          ErrorCode.INPUT_CHANGED,
          path
              + ": changed while it was in use: its size was 4 bytes and is 3 now. Run again when"
              + " nothing writes to it any more.");
    }
  }

  @Test
  void unchanged() throws IOException {
    try (FileSource source = FileSource.open(file("a", 1))) {
      source.verifyUnchanged();
    }
  }

  @Test
  void touchedWhileInUse() throws IOException {
    Path path = file("a", 1);
    try (FileSource source = FileSource.open(path)) {
      Files.setLastModifiedTime(
          path, FileTime.from(Instant.parse("2001-02-03T04:05:06.000000007Z")));
      assertFails(
          source::verifyUnchanged,
          ErrorCode.INPUT_CHANGED,
          path
              + ": changed while it was in use: its modification time is another. Run again when"
              + " nothing writes to it any more.");
    }
  }

  @Test
  void replacedWhileInUse() throws IOException {
    Path path = file("a", 1);
    try (FileSource source = FileSource.open(path)) {
      Files.move(file("b", 2), path, StandardCopyOption.REPLACE_EXISTING);
      assertThat(read(source, 0, 1)).as("what was opened is still read").containsExactly(1);
      assertFails(
          source::verifyUnchanged,
          ErrorCode.INPUT_CHANGED,
          path
              + ": changed while it was in use: another file has taken its place. Run again when"
              + " nothing writes to it any more.");
    }
  }

  @Test
  void deletedWhileInUse() throws IOException {
    Path path = file("a", 1);
    try (FileSource source = FileSource.open(path)) {
      Files.delete(path);
      assertFails(
          source::verifyUnchanged,
          ErrorCode.INPUT_CHANGED,
          path
              + ": was there when it was opened, but is not any more: there is no file or folder '"
              + path
              + "'. Put it back, and run again when nothing moves or removes it.");
    }
  }

  @Test
  void readingAfterClosingIsMisuse() throws IOException {
    FileSource source = FileSource.open(file("a", 1));
    source.close();
    assertThatThrownBy(() -> read(source, 0, 1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void fewFilesAreOpenAtOnce() throws IOException {
    OpenChannels channels = new OpenChannels(3);
    List<FileSource> sources = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      sources.add(FileSource.open(file("f" + i, i), channels));
      assertThat(channels.size()).isLessThanOrEqualTo(3);
    }
    for (int i = 0; i < 30; i++) {
      int file = i * 7 % 10;
      assertThat(read(sources.get(file), 0, 1)).containsExactly(file);
      assertThat(channels.size()).isLessThanOrEqualTo(3);
    }
    sources.forEach(FileSource::close);
    assertThat(channels.size()).isZero();
  }

  @Test
  void aFileThatWasReplacedIsNotOpenedAgain() throws IOException {
    OpenChannels channels = new OpenChannels(1);
    Path path = file("a", 1);
    try (FileSource source = FileSource.open(path, channels)) {
      Files.move(file("b", 2), path, StandardCopyOption.REPLACE_EXISTING);
      FileSource.open(file("c", 3), channels).close();
      channels.retire(source);
      assertThatThrownBy(() -> read(source, 0, 1))
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_CHANGED));
    }
  }

  @Test
  void anInterruptedReaderDoesNotDisturbTheOthers() throws Exception {
    try (FileSource source = FileSource.open(file("a", 1, 2))) {
      AtomicInteger cancelled = new AtomicInteger();
      Thread reader =
          Thread.ofPlatform()
              .unstarted(() -> {
                Thread.currentThread().interrupt();
                try {
                  read(source, 0, 1);
                } catch (MokumeException e) {
                  assertThat(e).hasMessage(source.name() + ": reading was interrupted.");
                  cancelled.incrementAndGet();
                }
              });
      reader.start();
      reader.join();
      assertThat(cancelled).hasValue(1);
      assertThat(read(source, 0, 2)).containsExactly(1, 2);
    }
  }
}
