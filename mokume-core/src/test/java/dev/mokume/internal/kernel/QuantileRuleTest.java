package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.internal.kernel.QuantileRule.Ranks;
import org.junit.jupiter.api.Test;

class QuantileRuleTest {
  @Test
  void theEndsAreTheExtremes() {
    for (QuantileRule rule : QuantileRule.values()) {
      assertThat(rule.ranks(0, 5)).isEqualTo(new Ranks(0, 0, 0));
      assertThat(rule.ranks(1, 5)).isEqualTo(new Ranks(4, 4, 0));
      assertThat(rule.ranks(0.5, 1)).isEqualTo(new Ranks(0, 0, 0));
    }
  }

  @Test
  void interpolatesBetweenNeighbours() {
    for (QuantileRule rule : QuantileRule.values()) {
      Ranks ranks = rule.ranks(0.375, 5);
      assertThat(ranks).isEqualTo(new Ranks(1, 2, 0.5));
      assertThat(rule.interpolate(ranks, 1, 2)).isEqualTo(1.5f);
    }
  }

  @Test
  void torchRoundsTheRankToF32() {
    assertThat(QuantileRule.TORCH.ranks(0.1, 8)).isEqualTo(new Ranks(0, 1, 0.1f * 7));
    assertThat(QuantileRule.EXACT.ranks(0.1, 8)).isEqualTo(new Ranks(0, 1, 0.1 * 7));
  }

  @Test
  void torchStartsFromTheNearerEnd() {
    float lower = 0.1f;
    float upper = 0.7f;
    assertThat(QuantileRule.TORCH.interpolate(new Ranks(0, 1, 0.25f), lower, upper))
        .isEqualTo(Math.fma(0.25f, upper - lower, lower));
    assertThat(QuantileRule.TORCH.interpolate(new Ranks(0, 1, 0.75f), lower, upper))
        .isEqualTo(Math.fma(-(upper - lower), 0.25f, upper));
  }

  @Test
  void exactKeepsInfinity() {
    float infinity = Float.POSITIVE_INFINITY;
    assertThat(QuantileRule.EXACT.interpolate(new Ranks(0, 1, 0.5), infinity, infinity))
        .isEqualTo(infinity);
    assertThat(QuantileRule.EXACT.interpolate(new Ranks(0, 1, 0.5), 1, infinity))
        .isEqualTo(infinity);
  }

  @Test
  void ranksStayInsideALargeTensor() {
    long count = (1L << 25) + 2;
    assertThat(QuantileRule.TORCH.ranks(1, count).upper()).isLessThan(count);
    assertThat(QuantileRule.EXACT.ranks(1, count)).isEqualTo(new Ranks(count - 1, count - 1, 0));
  }
}
