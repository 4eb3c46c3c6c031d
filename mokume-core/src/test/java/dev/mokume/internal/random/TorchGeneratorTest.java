package dev.mokume.internal.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.internal.random.TorchGenerator.Draw;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// The expected values were recorded from torch 1.13.1 (Debian's python3-torch, CPU, AVX2).
class TorchGeneratorTest {
  private static final long SEED_ABOVE_32_BITS = 99_999_999_999L;

  @Test
  void words() {
    assertThat(words(0))
        .containsExactly(2357136044L, 2546248239L, 3071714933L, 3626093760L, 2588848963L);
    assertThat(words(42))
        .containsExactly(1608637542L, 3421126067L, 4083286876L, 787846414L, 3143890026L);
    assertThat(words(4294967295L))
        .containsExactly(419326371L, 479346978L, 3918654476L, 2416749639L, 3388880820L);
  }

  private static long[] words(long seed) {
    TorchGenerator generator = TorchGenerator.seeded(seed);
    return LongStream.generate(() -> generator.next32() & 0xFFFF_FFFFL).limit(5).toArray();
  }

  @Test
  void seedsKeepTheirLower32BitsOnly() {
    assertThat(words(SEED_ABOVE_32_BITS))
        .containsExactly(1989270590L, 1938144398L, 3165070923L, 1837546786L, 3601390710L);
    assertThat(words(1215752191)).isEqualTo(words(SEED_ABOVE_32_BITS));
  }

  @Test
  void theFirstOfTwoWordsIsTheUpperHalf() {
    assertThat(TorchGenerator.seeded(0).next64()).isEqualTo(2357136044L << 32 | 2546248239L);
  }

  @Test
  void uniform() {
    float[] out = new float[5];
    TorchGenerator.seeded(0).uniform(out, 5);
    assertBits(out, 0x3efe1558, 0x3f44aa2f, 0x3db533a8, 0x3e073300, 0x3e9d6686);
    TorchGenerator.seeded(SEED_ABOVE_32_BITS).uniform(out, 5);
    assertBits(out, 0x3f11dc3e, 0x3f05bc8e, 0x3f27264b, 0x3f06bd22, 0x3f28dc76);
  }

  @Test
  void bernoulli() {
    assertThat(kept(0, 0.1f)).isEqualTo("00100000000010000000");
    assertThat(kept(0, 0.5f)).isEqualTo("10111010101111100011");
    assertThat(kept(42, 0.9f)).isEqualTo("10101111010111111111");
    assertThat(kept(42, 0f)).isEqualTo("0".repeat(20));
    assertThat(kept(42, 1f)).isEqualTo("1".repeat(20));
  }

  private static String kept(long seed, float probability) {
    TorchGenerator generator = TorchGenerator.seeded(seed);
    StringBuilder bits = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      bits.append(generator.bernoulli(probability) ? '1' : '0');
    }
    return bits.toString();
  }

  @Test
  void integers() {
    TorchGenerator generator = TorchGenerator.seeded(0);
    assertThat(IntStream.range(0, 10).mapToLong(i -> generator.integer(0, 4)))
        .containsExactly(0L, 3L, 1L, 0L, 3L, 3L, 3L, 3L, 1L, 3L);
    TorchGenerator other = TorchGenerator.seeded(42);
    assertThat(IntStream.range(0, 4).mapToLong(i -> other.integer(0, 1000)))
        .containsExactly(542L, 67L, 876L, 414L);
    assertThat(TorchGenerator.seeded(42).permutation(10))
        .containsExactly(2, 6, 1, 8, 4, 5, 0, 9, 3, 7);
  }

  @Test
  void normalBelowSixteenElements() {
    assertBits(normal(0, 0, 1, 5), 0x3fc53f5c, 0xbe963c50, 0xc00b7149, 0x3f1184b6, 0xbf8ad1a1);
    assertBits(normal(SEED_ABOVE_32_BITS, 0, 1, 1), 0xbf2a0aa8);
  }

  @Test
  void normalInGroupsOfSixteen() {
    assertBits(
        normal(0, 0, 1, 16),
        0xbf901b85,
        0xbf93808a,
        0xbe804bd6,
        0xbede255d,
        0x3f594515,
        0x3f312783,
        0xbea1cc6d,
        0xc0075fc1,
        0x3ea50138,
        0xbfa1b4f4,
        0x3eb330ff,
        0x3e9dc3bb,
        0x3df56f77,
        0x3f9e6b93,
        0x3f8ef28e,
        0xbe7d367c);
  }

  @Test
  void normalDrawsItsLastSixteenAnewIfTheyAreNoGroup() {
    assertBits(
        normal(0, 0.05, 0.01, 20),
        0x3d1eaf84,
        0x3d1d996e,
        0x3d42894b,
        0x3d3b0740,
        0x3d655416,
        0x3d0d1a73,
        0x3d3ed161,
        0x3d8c597d,
        0x3d5ff926,
        0x3d465711,
        0x3d83f756,
        0x3d57b288,
        0x3d82daae,
        0x3d86e35c,
        0x3d738f75,
        0x3d2a3e36,
        0x3d72f7b6,
        0x3d802f3c,
        0x3d8f7646,
        0x3d4f0046);
  }

  @Test
  void normalByTheScalarKernel() {
    float[] out = new float[20];
    TorchGenerator.seeded(0).normal(0, 1, out, 20, TorchNormal.SCALAR);
    assertBits(
        out,
        0xbf901b85,
        0xbf93808a,
        0xbe804bd6,
        0xbede255e,
        0x3f194d8b,
        0xbfc70d5b,
        0xbeaec6c7,
        0x3fed2f4e,
        0x3eefaa55,
        0xbe217f5f,
        0x3fb8c9db,
        0x3e8837a1,
        0x3fb1d6c0,
        0x3fcb0d01,
        0x3f72409c,
        0xbf57fb34,
        0x3f6e8c31,
        0x3fa12737,
        0x4000519a,
        0x3d5c1b39);
  }

  @Test
  void oneStreamOfSeveralCallsCarriesTheCachedNormal() {
    TorchGenerator generator = TorchGenerator.seeded(5);
    float[] three = new float[3];
    generator.uniform(three, 3);
    assertThat(three).containsExactly(0.830251873f, 0.126110911f, 0.90746969f);
    for (boolean expected : new boolean[] {false, false, true, true, false}) {
      assertThat(generator.bernoulli(0.5f)).isEqualTo(expected);
    }
    assertThat(next(generator, 5))
        .containsExactly(-0.197415099f, 1.94278347f, -1.40170205f, -0.762557149f, 0.631213427f);
    float[] two = new float[2];
    generator.uniform(two, 2);
    assertThat(two).containsExactly(0.669764817f, 0.261473119f);
    // The first is the sine half of the last pair above, although uniform values were drawn in
    // between.
    assertThat(next(generator, 2)).containsExactly(-0.899135172f, -0.823410511f);
    assertThat(next(generator, 20)).startsWith(0.352335453f, -0.0645514801f).endsWith(0.742589355f);
    generator.uniform(two, 2);
    assertThat(two).containsExactly(0.366219699f, 0.338395238f);
  }

  @Test
  void advanceGoesWhereTheCallWouldHaveGone() {
    for (int count : new int[] {0, 1, 2, 3, 15, 16, 17, 32, 700, 5000}) {
      TorchGenerator drawn = TorchGenerator.seeded(9);
      TorchGenerator advanced = drawn.copy();
      next(drawn, 3);
      advanced.advance(Draw.NORMAL, 3);
      next(drawn, count);
      advanced.advance(Draw.NORMAL, count);
      drawn.uniform(new float[count], count);
      advanced.advance(Draw.WORD_AN_ELEMENT, count);
      drawn.uniform(new double[count], count);
      advanced.advance(Draw.TWO_WORDS_AN_ELEMENT, count);
      assertThat(next(advanced, 5)).as("after %d", count).isEqualTo(next(drawn, 5));
    }
  }

  private static float[] normal(long seed, double mean, double deviation, int count) {
    float[] out = new float[count];
    TorchGenerator.seeded(seed).normal(mean, deviation, out, count, TorchNormal.AVX2_FMA);
    return out;
  }

  private static float[] next(TorchGenerator generator, int count) {
    float[] out = new float[count];
    generator.normal(0, 1, out, count, TorchNormal.AVX2_FMA);
    return out;
  }

  private static void assertBits(float[] values, int... bits) {
    assertThat(values.length).isEqualTo(bits.length);
    for (int i = 0; i < bits.length; i++) {
      assertThat(Integer.toHexString(Float.floatToRawIntBits(values[i])))
          .as("value %d", i)
          .isEqualTo(Integer.toHexString(bits[i]));
    }
  }
}
