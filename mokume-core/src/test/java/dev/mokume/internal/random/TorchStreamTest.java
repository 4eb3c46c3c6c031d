package dev.mokume.internal.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TorchStreamTest {
  private static final int BLOCK = 4096;

  /// Tensors smaller than a group, than a block, than a tile; with their last sixteen in one block
  /// and across two.
  private static final int[] SIZES = {
    1, 5, 15, 16, 17, 4095, 4096, 4097, 4101, 4111, 4112, 8192, 3 * 4096 + 7, 5 * 4096, 9 * 4096 + 3
  };

  @Test
  void blocksInAnyOrderEqualTheSerialCall() {
    for (int size : SIZES) {
      float[] uniform = new float[size];
      TorchGenerator.seeded(3).uniform(uniform, size);
      float[] normal = new float[size];
      TorchGenerator.seeded(3).normal(0.5, 2, normal, size, TorchNormal.AVX2_FMA);
      for (long tile : new long[] {BLOCK, 2 * BLOCK, 64 * BLOCK}) {
        TorchStream stream =
            new TorchStream(TorchGenerator.seeded(3), size, tile, TorchNormal.AVX2_FMA);
        assertThat(uniformByBlocks(stream, size)).as("%d, tile %d", size, tile).isEqualTo(uniform);
        assertThat(normalByBlocks(stream, size)).as("%d, tile %d", size, tile).isEqualTo(normal);
      }
    }
  }

  @Test
  void theStatesOfALargeTensorAreFurtherApart() {
    // 600 tiles: a state for every third.
    int size = 600 * BLOCK - 5;
    float[] uniform = new float[size];
    TorchGenerator.seeded(3).uniform(uniform, size);
    TorchStream stream =
        new TorchStream(TorchGenerator.seeded(3), size, BLOCK, TorchNormal.AVX2_FMA);
    assertThat(uniformByBlocks(stream, size)).isEqualTo(uniform);
    long state = 624 * 4 + 64;
    assertThat(TorchStream.heapBytes(size, BLOCK)).isEqualTo(200 * state);
    assertThat(TorchStream.heapBytes(100L << 32, BLOCK)).isEqualTo(256 * state);
    assertThat(TorchStream.heapBytes(5, BLOCK)).isEqualTo(state);
  }

  @Test
  void keepsAndQuartersAreThoseOfTheSerialCall() {
    int size = 2 * BLOCK + 100;
    TorchGenerator bernoulli = TorchGenerator.seeded(4);
    TorchGenerator integers = TorchGenerator.seeded(4);
    BitSet kept = new BitSet();
    BitSet second = new BitSet();
    for (int i = 0; i < size; i++) {
      kept.set(i, bernoulli.bernoulli((float) (1 - 0.9)));
      second.set(i, integers.integer(0, 4) == 2);
    }
    DrawSequence draws =
        new TorchStream(TorchGenerator.seeded(4), size, BLOCK, TorchNormal.AVX2_FMA).draws();
    long[] keepBits = new long[size / 64 + 1];
    long[] quarterBits = new long[size / 64 + 1];
    long[] words = new long[64];
    for (int first = 0; first < size; first += BLOCK) {
      int count = Math.min(BLOCK, size - first);
      draws.keep(first, 1 - 0.9, words, count);
      System.arraycopy(words, 0, keepBits, first / 64, (count + 63) / 64);
      draws.quarter(first, 2, words, count);
      System.arraycopy(words, 0, quarterBits, first / 64, (count + 63) / 64);
    }
    assertThat(BitSet.valueOf(keepBits)).isEqualTo(kept);
    assertThat(BitSet.valueOf(quarterBits)).isEqualTo(second);
  }

  @Test
  void startsWhereTheGeneratorStands() {
    TorchGenerator generator = TorchGenerator.seeded(5);
    generator.advance(TorchGenerator.Draw.NORMAL, 3);
    float[] expected = new float[4];
    generator.copy().normal(0, 1, expected, 4, TorchNormal.AVX2_FMA);
    float[] actual = new float[4];
    new TorchStream(generator, 4, BLOCK, TorchNormal.AVX2_FMA).draws().normal(0, 0, 1, actual, 4);
    assertThat(actual).isEqualTo(expected);
  }

  private static float[] uniformByBlocks(TorchStream stream, int size) {
    DrawSequence draws = stream.draws();
    float[] whole = new float[size];
    float[] block = new float[BLOCK];
    for (int first : shuffledBlocks(size)) {
      int count = Math.min(BLOCK, size - first);
      draws.uniform(first, block, count);
      System.arraycopy(block, 0, whole, first, count);
    }
    return whole;
  }

  private static float[] normalByBlocks(TorchStream stream, int size) {
    DrawSequence draws = stream.draws();
    float[] whole = new float[size];
    float[] block = new float[BLOCK];
    for (int first : shuffledBlocks(size)) {
      int count = Math.min(BLOCK, size - first);
      draws.normal(first, 0.5, 2, block, count);
      System.arraycopy(block, 0, whole, first, count);
    }
    return whole;
  }

  private static List<Integer> shuffledBlocks(int size) {
    List<Integer> blocks = new ArrayList<>();
    for (int first = 0; first < size; first += BLOCK) {
      blocks.add(first);
    }
    Collections.shuffle(blocks, new Random(1));
    return blocks;
  }
}
