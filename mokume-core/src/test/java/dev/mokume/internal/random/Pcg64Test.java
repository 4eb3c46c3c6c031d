package dev.mokume.internal.random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against numpy 2.4.6: `numpy.random.default_rng(seed)`, then `integers(0, 2**64, 3,
/// dtype=numpy.uint64)` and `random(4)`.
class Pcg64Test {
  @Test
  void theWordsAreNumpys() {
    Pcg64 seven = Pcg64.seeded(7);
    assertThat(new long[] {seven.next(), seven.next(), seven.next()})
        .containsExactly(0xA00641A9F1E54A8BL, 0xE5AFCDBCAF266A95L, 0xC693565F940AF962L);
  }

  @Test
  void aSeedMayHaveTwoWords() {
    Pcg64 large = Pcg64.seeded((1L << 40) + 5);
    assertThat(new long[] {large.next(), large.next(), large.next()})
        .containsExactly(0x01369AEF039FEDEBL, 0x5F61B40473314316L, 0x9654AAEEEA6EBE77L);
  }

  @Test
  void theNumbersAreNumpys() {
    Pcg64 seven = Pcg64.seeded(7);
    assertThat(
            new double[] {
              seven.nextDouble(), seven.nextDouble(), seven.nextDouble(), seven.nextDouble()
            })
        .containsExactly(
            0.625095466604667, 0.8972138009695755, 0.7756856902451935, 0.22520718999059186);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3, 63, 64, 1000, 4097})
  void skippingIsDrawing(long count) {
    Pcg64 drawn = Pcg64.seeded(42);
    for (long i = 0; i < count; i++) {
      drawn.next();
    }
    Pcg64 skipped = Pcg64.seeded(42);
    skipped.skip(count);
    assertThat(skipped.next()).isEqualTo(drawn.next());
  }

  @Test
  void longWaysAddUp() {
    Pcg64 once = Pcg64.seeded(1);
    once.skip(3L << 40);
    Pcg64 thrice = Pcg64.seeded(1);
    for (int i = 0; i < 3; i++) {
      thrice.skip(1L << 40);
    }
    assertThat(once.next()).isEqualTo(thrice.next());
  }

  @Test
  void numpyHasNoSeedBelowZero() {
    assertThatThrownBy(() -> Pcg64.seeded(-1)).hasMessage("numpy has no seed below 0, as -1 is");
  }
}
