package dev.mokume.checkpoint;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrayFileTest {
  @TempDir Path folder;

  @BeforeEach
  void onLinuxOnly() {
    assumeTrue(ArrayFile.isAvailable(), "arrays need Linux and native access");
  }

  private Path file(int... content) throws IOException {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < content.length; i++) {
      bytes[i] = (byte) content[i];
    }
    return Files.write(folder.resolve("f"), bytes);
  }

  @Test
  void readsIntoArraysOfAnyType() throws IOException {
    try (ArrayFile file = ArrayFile.toRead(file(0, 1, 0, 2, 0, 3))) {
      short[] shorts = new short[2];
      assertThat(file.read(1, MemorySegment.ofArray(shorts))).isTrue();
      assertThat(shorts).containsExactly(1, 2);
      int[] ints = {7, 7};
      assertThat(file.read(1, MemorySegment.ofArray(ints).asSlice(4, 4))).isTrue();
      assertThat(ints).containsExactly(7, 0x0002_0001);
    }
  }

  @Test
  void writesFromArrays() throws IOException {
    Path path = file(9, 9, 9, 9, 9);
    try (ArrayFile file = ArrayFile.toWrite(path)) {
      assertThat(file.write(1, MemorySegment.ofArray(new short[] {0x0201, 3}))).isTrue();
    }
    assertThat(path).hasBinaryContent(new byte[] {9, 1, 2, 3, 0});
  }

  @Test
  void reservesRoomOnTheDisk() throws IOException, InterruptedException {
    Path path = file(7);
    try (ArrayFile file = ArrayFile.toWrite(path)) {
      assumeTrue(file.reserve(1 << 20), "not every file system can");
    }
    assertThat(path).hasSize(1 << 20);
    Process stat = new ProcessBuilder("stat", "-c", "%b", path.toString()).start();
    long blocks =
        Long.parseLong(new String(stat.getInputStream().readAllBytes(), US_ASCII).strip());
    assertThat(blocks * 512).isGreaterThanOrEqualTo(1 << 20);
  }

  @Test
  void readsAsBeforeWhenItWasPrepared() throws IOException {
    ArrayFile.prepare();
    byte[] bytes = new byte[2];
    try (ArrayFile file = ArrayFile.toRead(file(1, 2, 3))) {
      assertThat(file.read(1, MemorySegment.ofArray(bytes))).isTrue();
    }
    assertThat(bytes).containsExactly(2, 3);
  }

  @Test
  void saysThatItFailedAndNotWhy() throws IOException {
    MemorySegment four = MemorySegment.ofArray(new int[1]);
    try (ArrayFile file = ArrayFile.toRead(file(1, 2, 3))) {
      assertThat(file.read(0, four)).as("the file is shorter").isFalse();
      assertThat(file.write(0, four)).as("it is open for reading").isFalse();
      assertThat(file.reserve(4)).as("it is open for reading").isFalse();
    }
    try (ArrayFile file = ArrayFile.toRead(folder.resolve("none"))) {
      assertThat(file.read(0, four)).isFalse();
    }
  }

  @Test
  void doesNothingOnceClosed() throws IOException {
    ArrayFile file = ArrayFile.toRead(file(1, 2, 3, 4));
    MemorySegment four = MemorySegment.ofArray(new int[1]);
    assertThat(file.read(0, four)).isTrue();
    file.close();
    assertThat(file.read(0, four)).isFalse();
    file.close();
  }

  @Test
  void leavesAnInterruptToTheChannel() throws IOException {
    try (ArrayFile file = ArrayFile.toRead(file(1, 2, 3, 4))) {
      Thread.currentThread().interrupt();
      assertThat(file.read(0, MemorySegment.ofArray(new int[1]))).isFalse();
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aNameMayHoldAnyLetter() throws IOException {
    Path path = Files.write(folder.resolve("mökume 木目"), new byte[] {1, 0, 0, 0});
    int[] one = new int[1];
    try (ArrayFile file = ArrayFile.toRead(path)) {
      assertThat(file.read(0, MemorySegment.ofArray(one))).isTrue();
    }
    assertThat(one).containsExactly(1);
  }
}
