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
  private static final int CHUNK = DirectWriter.CHUNK;

  @TempDir Path folder;

  private Path file;
  private final ConcurrentLinkedQueue<String> cached = new ConcurrentLinkedQueue<>();
  private int free;

  @BeforeEach
  void countChunks() {
    file = folder.resolve("file");
    free = ChunkPool.SHARED.free();
  }

  @AfterEach
  void allChunksAreBack() {
    assertThat(ChunkPool.SHARED.free()).isEqualTo(free);
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
  void fullChunksGoPastTheCacheAndTheLastBytesThroughIt() throws IOException {
    byte[] content = content(3 * CHUNK + DirectWriter.BLOCK + 5);
    try (DirectWriter writer = open(content.length, true)) {
      write(writer, content, 0, CHUNK / 2);
      write(writer, content, CHUNK / 2, content.length);
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    assertThat(cached).containsExactly(3 * CHUNK + DirectWriter.BLOCK + "+5");
  }

  @Test
  void whatIsNotWrittenStaysZero() throws IOException {
    byte[] content = content(3 * CHUNK);
    Arrays.fill(content, 5, CHUNK + 7, (byte) 0);
    Arrays.fill(content, CHUNK + 9, 2 * CHUNK, (byte) 0);
    try (DirectWriter writer = open(content.length, true)) {
      write(writer, content, 0, 5);
      write(writer, content, CHUNK + 8, CHUNK + 9);
      write(writer, content, CHUNK + 7, CHUNK + 8);
      write(writer, content, 2 * CHUNK, 3 * CHUNK);
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    assertThat(cached).containsExactlyInAnyOrder("0+5", CHUNK + 7 + "+2");
  }

  @Test
  void partsComeInAnyOrderFromManyThreads() throws Exception {
    byte[] content = content(24 * CHUNK + 1234);
    Random random = new Random(1);
    List<long[]> parts = new ArrayList<>();
    for (long from = 0; from < content.length; ) {
      long to = Math.min(content.length, from + 1 + random.nextInt(CHUNK / 3));
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
  void moreChunksAtOnceThanThereIsMemoryFor() throws IOException {
    byte[] content = content(40 * CHUNK);
    try (DirectWriter writer = open(content.length, true)) {
      for (long start = 0; start < content.length; start += CHUNK) {
        write(writer, content, start, start + 3);
      }
      for (long start = 0; start < content.length; start += CHUNK) {
        write(writer, content, start + 3, start + CHUNK);
      }
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    // The oldest made room, half full.
    assertThat(cached).startsWith("0+3", CHUNK + "+3").contains("3+" + (CHUNK - 3));
  }

  @Test
  void whatIsWrittenTwiceIsAsWrittenLast() throws IOException {
    byte[] first = content(2 * CHUNK);
    byte[] second = content(2 * CHUNK + 1);
    try (DirectWriter writer = open(2 * CHUNK, true)) {
      write(writer, first, 0, 2 * CHUNK);
      write(writer, second, CHUNK - 1, CHUNK + 1);
      writer.finish();
    }
    System.arraycopy(second, CHUNK - 1, first, CHUNK - 1, 2);
    assertThat(file).hasBinaryContent(first);
  }

  @Test
  void theSystemWritesInBetween() throws IOException {
    byte[] content = content(3 * CHUNK);
    try (DirectWriter writer = open(content.length, true)) {
      write(writer, content, 0, CHUNK + 10);
      writer.giveWay(CHUNK + 10, CHUNK);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(
            MemorySegment.ofArray(content).asSlice(CHUNK + 10, CHUNK).asByteBuffer(), CHUNK + 10);
      }
      write(writer, content, 2 * CHUNK + 10, 3 * CHUNK);
      writer.finish();
    }
    assertThat(file).hasBinaryContent(content);
    assertThat(cached).containsExactly(CHUNK + "+10", 2 * CHUNK + 10 + "+" + (CHUNK - 10));
  }

  @Test
  void nobodyWaitsForADiskThatNobodyWillWaitFor() throws IOException {
    byte[] content = content(100 * CHUNK);
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
    Files.write(file, new byte[CHUNK + 1]);
    Optional<DirectWriter> opened =
        DirectWriter.open(
            file,
            CHUNK + 1,
            true,
            (offset, part) -> {
              throw new IllegalStateException("no room at " + offset);
            });
    assumeTrue(opened.isPresent());
    try (DirectWriter writer = opened.get()) {
      byte[] content = content(CHUNK + 1);
      assertThatThrownBy(
              () -> {
                write(writer, content, 0, CHUNK + 1);
                writer.finish();
              })
          .hasMessage("no room at " + CHUNK);
    }
  }

  @Test
  void givenUpHalfWay() throws IOException {
    byte[] content = content(4 * CHUNK);
    DirectWriter writer = open(content.length, true);
    write(writer, content, 0, 2 * CHUNK + 5);
    writer.close();
    writer.close();
    write(writer, content, 3 * CHUNK, 4 * CHUNK);
    assertThat(cached).containsExactly(3 * CHUNK + "+" + CHUNK);
    writer.finish();
  }

  @Test
  void thereIsNoSuchFile() {
    assertThat(DirectWriter.open(file, 1, true, (_, _) -> {})).isEmpty();
  }
}
