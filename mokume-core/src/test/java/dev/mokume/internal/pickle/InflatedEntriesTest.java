package dev.mokume.internal.pickle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.MemorySource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Deflated files, read in any order.
class InflatedEntriesTest {
  private static final int LENGTH = 12_000_000;

  /// Bytes that deflate to about a third.
  private static byte[] data(long seed) {
    Random random = new Random(seed);
    byte[] data = new byte[LENGTH];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) random.nextInt(6);
    }
    return data;
  }

  private static byte[] read(ByteSource source, long offset, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(length);
      source.read(offset, into);
      return into.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static void assertRead(ByteSource source, byte[] data, int offset, int length) {
    assertThat(
            Arrays.equals(read(source, offset, length), 0, length, data, offset, offset + length))
        .as("%s bytes at %s", length, offset)
        .isTrue();
  }

  @Test
  void anyOrderGivesTheSameBytes() {
    byte[] first = data(1);
    byte[] second = data(2);
    byte[] third = data(3);
    MemorySource archive =
        new MemorySource(
            "m",
            new TestArchive()
                .deflated("1", first)
                .deflated("2", second)
                .deflated("3", third)
                .bytes());
    var entries = ZipArchive.entries(archive);
    InflatedEntries inflated = new InflatedEntries(archive);
    ByteSource one = inflated.source(entries.get("1"));
    ByteSource two = inflated.source(entries.get("2"));
    ByteSource three = inflated.source(entries.get("3"));
    assertThat(one.size()).isEqualTo(LENGTH);
    Random random = new Random(5);
    for (int round = 0; round < 40; round++) {
      int length = 1 + random.nextInt(2_000_000);
      int offset = random.nextInt(LENGTH - length + 1);
      switch (random.nextInt(3)) {
        case 0 -> assertRead(one, first, offset, length);
        case 1 -> assertRead(two, second, offset, length);
        default -> assertRead(three, third, offset, length);
      }
    }
    assertRead(one, first, 0, LENGTH);
    assertRead(one, first, LENGTH - 1, 1);
    inflated.close();
  }

  /// What threads do that take tiles one after the other.
  @Test
  void neighbouringTilesAreInflatedOnce() {
    byte[] data = data(1);
    MemorySource archive = new MemorySource("m", new TestArchive().deflated("1", data).bytes());
    var entry = ZipArchive.entries(archive).get("1");
    InflatedEntries inflated = new InflatedEntries(archive);
    ByteSource source = inflated.source(entry);
    long before = archive.bytesRead();
    int tile = 500_000;
    int tiles = LENGTH / tile;
    IntStream.range(0, tiles)
        .map(i -> i % 4 == 3 ? i - 3 : i % 4 == 0 ? Math.min(i + 3, tiles - 1) : i)
        .forEach(i -> assertRead(source, data, i * tile, tile));
    assertThat(archive.bytesRead() - before).isEqualTo(entry.compressed());
    inflated.close();
  }

  @Test
  void threadsReadAtOnce() {
    byte[] data = data(1);
    MemorySource archive = new MemorySource("m", new TestArchive().deflated("1", data).bytes());
    InflatedEntries inflated = new InflatedEntries(archive);
    ByteSource source = inflated.source(ZipArchive.entries(archive).get("1"));
    IntStream.range(0, 24).parallel().forEach(i -> assertRead(source, data, i * 500_000, 500_000));
    inflated.close();
  }
}
