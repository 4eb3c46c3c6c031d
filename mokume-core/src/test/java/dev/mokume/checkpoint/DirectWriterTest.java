package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On a file system that has no files past the page cache there is nothing to be tested.
class DirectWriterTest {
  private static final int EXTENT = DirectWriter.EXTENT;

  @TempDir Path folder;

  private Path file;
  private final ConcurrentLinkedQueue<String> cached = new ConcurrentLinkedQueue<>();
  private int free;

  @BeforeEach
  void countExtents() {
    file = folder.resolve("file");
    free = ExtentPool.SHARED.free();
  }

  @AfterEach
  void allExtentsAreBack() throws InterruptedException {
    // One that was given up has its last extent on the way to the disk.
    while (writersAtWork()) {
      Thread.sleep(1);
    }
    assertThat(ExtentPool.SHARED.free()).isEqualTo(free);
  }

  private static boolean writersAtWork() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith("mokume-writer-"));
  }

  private static byte[] content(int size) {
    byte[] content = new byte[size];
    new Random(size).nextBytes(content);
    return content;
  }

  /// To a file of zeros.
  private DirectWriter open(int size, boolean durable) throws IOException {
    Files.write(file, new byte[size]);
    FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
    Optional<DirectWriter> writer =
        DirectWriter.open(
            file,
            size,
            durable,
            (offset, part) -> {
              cached.add(offset + "+" + part.byteSize());
              try (Arena arena = Arena.ofConfined()) {
                MemorySegment bytes = arena.allocate(part.byteSize()).copyFrom(part);
                channel.write(bytes.asByteBuffer(), offset);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    assumeTrue(writer.isPresent());
    return writer.get();
  }

  private static void write(DirectWriter writer, byte[] content, long from, long to) {
    writer.write(from, MemorySegment.ofArray(content).asSlice(from, to - from));
  }

  @Test
  void fullExtentsGoPastTheCacheAndTheLastBytesThroughIt() throws IOException {
    byte[] content = content(3 * EXTENT + DirectWriter.BLOCK + 5);
    try (DirectWriter writer = open(content.length, true)) {
      write(writer, content, 0, EXTENT / 2);
      write(writer, content, EXTENT / 2, content.length);
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    assertThat(cached).containsExactly(3 * EXTENT + DirectWriter.BLOCK + "+5");
  }

  @Test
  void whatIsNotWrittenStaysZero() throws IOException {
    byte[] content = content(3 * EXTENT);
    Arrays.fill(content, 5, EXTENT + 7, (byte) 0);
    Arrays.fill(content, EXTENT + 9, 2 * EXTENT, (byte) 0);
    try (DirectWriter writer = open(content.length, true)) {
      write(writer, content, 0, 5);
      write(writer, content, EXTENT + 8, EXTENT + 9);
      write(writer, content, EXTENT + 7, EXTENT + 8);
      write(writer, content, 2 * EXTENT, 3 * EXTENT);
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    assertThat(cached).containsExactlyInAnyOrder("0+5", EXTENT + 7 + "+2");
  }

  @Test
  void partsComeInAnyOrderFromManyThreads() throws Exception {
    byte[] content = content(24 * EXTENT + 1234);
    Random random = new Random(1);
    List<long[]> parts = new ArrayList<>();
    for (long from = 0; from < content.length; ) {
      long to = Math.min(content.length, from + 1 + random.nextInt(EXTENT / 3));
      parts.add(new long[] {from, to});
      from = to;
    }
    Collections.shuffle(parts, random);
    try (DirectWriter writer = open(content.length, true)) {
      try (var threads = Executors.newFixedThreadPool(4)) {
        for (long[] part : parts) {
          threads.execute(() -> write(writer, content, part[0], part[1]));
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
      }
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
  }

  @Test
  void moreExtentsAtOnceThanThereIsMemoryFor() throws IOException {
    byte[] content = content(40 * EXTENT);
    try (DirectWriter writer = open(content.length, true)) {
      for (long start = 0; start < content.length; start += EXTENT) {
        write(writer, content, start, start + 3);
      }
      for (long start = 0; start < content.length; start += EXTENT) {
        write(writer, content, start + 3, start + EXTENT);
      }
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    // The oldest made room, half full.
    assertThat(cached).startsWith("0+3", EXTENT + "+3").contains("3+" + (EXTENT - 3));
  }

  @Test
  void whatIsWrittenTwiceIsAsWrittenLast() throws IOException {
    byte[] first = content(2 * EXTENT);
    byte[] second = content(2 * EXTENT + 1);
    try (DirectWriter writer = open(2 * EXTENT, true)) {
      write(writer, first, 0, 2 * EXTENT);
      write(writer, second, EXTENT - 1, EXTENT + 1);
      writer.finish();
    }
    System.arraycopy(second, EXTENT - 1, first, EXTENT - 1, 2);
    assertThat(file).hasBinaryContent(first);
  }

  @Test
  void theSystemWritesInBetween() throws IOException {
    byte[] content = content(3 * EXTENT);
    try (DirectWriter writer = open(content.length, true)) {
      write(writer, content, 0, EXTENT + 10);
      writer.giveWay(EXTENT + 10, EXTENT);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(
            MemorySegment.ofArray(content).asSlice(EXTENT + 10, EXTENT).asByteBuffer(),
            EXTENT + 10);
      }
      write(writer, content, 2 * EXTENT + 10, 3 * EXTENT);
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    assertThat(cached).containsExactly(EXTENT + "+10", 2 * EXTENT + 10 + "+" + (EXTENT - 10));
  }

  @Test
  void nobodyWaitsForADiskThatNobodyWillWaitFor() throws IOException {
    byte[] content = content(100 * EXTENT);
    try (DirectWriter writer = open(content.length, false)) {
      write(writer, content, 0, content.length);
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
  }

  @Test
  void whichDiskIsSlow() {
    Rate first = Rate.UNKNOWN.plus(1 << 20, 1_000_000_000);
    Rate hundredMegabytes = first.plus(99 << 20, 0);
    Rate threeHundredMegabytes = hundredMegabytes.plus(200 << 20, 0);
    assertThat(first.isSlow()).as("not known yet").isFalse();
    assertThat(hundredMegabytes.isSlow()).isTrue();
    assertThat(threeHundredMegabytes.isSlow()).isFalse();
  }

  @Test
  void whatTheOtherWaySaysIsSaid() throws IOException {
    Files.write(file, new byte[EXTENT + 1]);
    Optional<DirectWriter> opened =
        DirectWriter.open(
            file,
            EXTENT + 1,
            true,
            (offset, part) -> {
              throw new IllegalStateException("no room at " + offset);
            });
    assumeTrue(opened.isPresent());
    try (DirectWriter writer = opened.get()) {
      byte[] content = content(EXTENT + 1);
      assertThatThrownBy(
              () -> {
                write(writer, content, 0, EXTENT + 1);
                writer.finish();
              })
          .hasMessage("no room at " + EXTENT);
    }
  }

  @Test
  void whatTheOtherWayCannotDoIsNotTakenForDone() throws IOException {
    Files.write(file, new byte[2 * EXTENT + 1]);
    Optional<DirectWriter> opened =
        DirectWriter.open(
            file,
            2 * EXTENT + 1,
            true,
            (_, _) -> {
              throw new OutOfMemoryError("of the test");
            });
    assumeTrue(opened.isPresent());
    try (DirectWriter writer = opened.get()) {
      write(writer, content(2 * EXTENT + 1), 0, 2 * EXTENT + 1);
      assertThatThrownBy(writer::finish)
          .isInstanceOf(OutOfMemoryError.class)
          .hasMessage("of the test");
    }
  }

  @Test
  void aPartThatCannotBeReadHoldsUpNobody() throws IOException {
    byte[] content = content(2 * EXTENT);
    Arena closed = Arena.ofConfined();
    MemorySegment gone = closed.allocate(10);
    closed.close();
    try (DirectWriter writer = open(content.length, true)) {
      assertThatThrownBy(() -> writer.write(5, gone)).isInstanceOf(IllegalStateException.class);
      write(writer, content, 0, content.length);
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    assertThat(cached).isEmpty();
  }

  /// As an application may do with all the threads of a group.
  @Test
  void itsThreadIsInterrupted() throws Exception {
    byte[] content = content(30 * EXTENT + 1);
    ThreadGroup group = new ThreadGroup("of the test");
    Throwable[] failure = new Throwable[1];
    Thread merge =
        new Thread(
            group,
            () -> {
              try (DirectWriter writer = open(content.length, true)) {
                write(writer, content, 0, 5 * EXTENT);
                group.interrupt();
                // The test's own channel would be closed.
                Thread.interrupted();
                write(writer, content, 5 * EXTENT, content.length);
                writer.finish();
              } catch (Throwable e) {
                failure[0] = e;
              }
            });
    merge.start();
    merge.join();
    assertThat(failure[0]).isNull();
    assertThat(file).hasBinaryContent(content);
  }

  @Test
  void writersThatShareTheMemoryAndAreGivenUpAtAnyTime() throws Exception {
    byte[] content = content(20 * EXTENT + 7);
    Random random = new Random(2);
    for (int round = 0; round < 20; round++) {
      DirectWriter givenUp = open(content.length, true);
      try (var threads = Executors.newFixedThreadPool(6)) {
        Path other = folder.resolve("other");
        Files.write(other, new byte[content.length]);
        DirectWriter whole =
            DirectWriter.open(
                    other, content.length, true, (offset, part) -> writeTo(other, offset, part))
                .orElseThrow();
        for (int start = 0; start < content.length; start += EXTENT / 3) {
          long from = start;
          long to = Math.min(content.length, from + EXTENT / 3);
          threads.execute(() -> write(givenUp, content, from, to));
          threads.execute(() -> write(whole, content, from, to));
        }
        TimeUnit.MICROSECONDS.sleep(random.nextInt(5_000));
        givenUp.close();
        threads.shutdown();
        assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
        whole.finish();
        assertThat(other).hasBinaryContent(content);
      }
    }
  }

  private static void writeTo(Path path, long offset, MemorySegment part) {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      channel.write(arena.allocate(part.byteSize()).copyFrom(part).asByteBuffer(), offset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void givenUpHalfWay() throws IOException {
    byte[] content = content(4 * EXTENT);
    DirectWriter writer = open(content.length, true);
    write(writer, content, 0, 2 * EXTENT + 5);
    writer.close();
    writer.close();
    write(writer, content, 3 * EXTENT, 4 * EXTENT);
    assertThat(cached).containsExactly(3 * EXTENT + "+" + EXTENT);
    writer.finish();
  }

  @Test
  void thereIsNoSuchFile() {
    assertThat(DirectWriter.open(file, 1, true, (_, _) -> {})).isEmpty();
  }
}
