package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.internal.kernel.Block;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class MaskBytesTest {
  private final MemorySegment memory = Arena.ofAuto().allocate(Block.ELEMENTS / 8 + 8);
  private final long[] words = new long[Block.MASK_WORDS];

  private void put(int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      memory.set(ValueLayout.JAVA_BYTE, i, (byte) bytes[i]);
    }
  }

  @Test
  void bitsOfAByteCountFromTheLowest() {
    put(0b0000_0101, 0b1000_0000);
    MaskBytes.read(memory, 0, words, 16);
    assertThat(words[0]).isEqualTo(1L | 1L << 2 | 1L << 15);
  }

  @Test
  void whatPadsTheLastByteIsNotBelieved() {
    put(0xFF, 0xFF, 0xFF);
    Arrays.fill(words, -1);
    MaskBytes.read(memory, 0, words, 13);
    assertThat(words[0]).isEqualTo((1L << 13) - 1);
    assertThat(Arrays.copyOfRange(words, 1, words.length)).containsOnly(0);
  }

  @Test
  void readingBeginsAtAnyByte() {
    put(0, 0, 0, 0xAB, 0, 0, 0, 0, 0, 0, 0, 0x01);
    MaskBytes.read(memory, 3, words, 65);
    assertThat(words[0]).isEqualTo(0xAB);
    assertThat(words[1]).isEqualTo(1);
  }

  @Test
  void writingTouchesNoByteBehindTheLast() {
    memory.fill((byte) 0x55);
    words[0] = 0b1_0000_0011L;
    MaskBytes.write(words, memory, 0, 13);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 3);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 1)).isEqualTo((byte) 1);
    assertThat(memory.get(ValueLayout.JAVA_BYTE, 2)).isEqualTo((byte) 0x55);
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    for (int count : new int[] {1, 7, 8, 63, 64, 65, 127, 1000, 4095, 4096}) {
      for (int i = 0; i < words.length; i++) {
        words[i] = 0x9E37_79B9_7F4A_7C15L * (i + count);
      }
      MaskBytes.write(words, memory, 1, count);
      long[] read = new long[Block.MASK_WORDS];
      MaskBytes.read(memory, 1, read, count);
      for (int i = 0; i < count; i++) {
        assertThat(read[i >> 6] >> i & 1).isEqualTo(words[i >> 6] >> i & 1);
      }
    }
  }

  @Test
  void anyByteButZeroIsSet() {
    put(0, 1, 0x80, 0xFF, 0, 2);
    MaskBytes.nonZero(memory, 0, words, 6);
    assertThat(words[0]).isEqualTo(0b10_1110);
  }

  @Test
  void eightElementsAByte() {
    assertThat(MaskBytes.bytes(0)).isZero();
    assertThat(MaskBytes.bytes(8)).isEqualTo(1);
    assertThat(MaskBytes.bytes(9)).isEqualTo(2);
  }
}
