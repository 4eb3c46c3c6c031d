package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReductionsTest {
  private final Reductions reductions = Kernels.scalar().reductions();

  @Test
  void addsSixteenLanesByAFixedTree() {
    // 2^60 swallows whatever is added to it alone. Lanes 0 and 8 meet first (8+8), so +2^60 and
    // -2^60 cancel there before
    // lane 4's 1 (4+4), lane 2's 2 (2+2) and lane 1's 4 (1+1) come in: nothing is lost.
    float[] a = new float[16];
    a[0] = 0x1p60f;
    a[8] = -0x1p60f;
    a[4] = 1;
    a[2] = 2;
    a[1] = 4;
    assertThat(reductions.sum(a, 16)).isEqualTo(7);

    // Here -2^60 sits in lane 4: lane 8's 1 is swallowed by lane 0 before the two meet, lane 12's
    // stays behind it too.
    a = new float[16];
    a[0] = 0x1p60f;
    a[8] = 1;
    a[4] = -0x1p60f;
    a[12] = 1;
    a[1] = 5;
    assertThat(reductions.sum(a, 16)).isEqualTo(5);
  }

  @Test
  void addsWithinALaneInIndexOrder() {
    // Lane 3 is a[3] + a[19] + a[35] = (2^60 + 1) - 2^60 = 0; in another order it would be 1.
    float[] a = new float[40];
    a[3] = 0x1p60f;
    a[19] = 1;
    a[35] = -0x1p60f;
    assertThat(reductions.sum(a, 40)).isZero();
    a[19] = -0x1p60f;
    a[35] = 1;
    assertThat(reductions.sum(a, 40)).isEqualTo(1);
  }

  @Test
  void combinesBlocksPairwiseInIndexOrder() {
    // Five blocks: (b0 + b1) + (b2 + b3), then + b4.
    assertThat(Reductions.combine(new double[] {0x1p60, -0x1p60, 1, 2, 4}, 0, 5)).isEqualTo(7);
    assertThat(Reductions.combine(new double[] {0x1p60, 1, -0x1p60, 2, 4}, 0, 5)).isEqualTo(4);
    assertThat(Reductions.combine(new double[] {}, 0, 0)).isZero();
  }

  @Test
  void formsProductsInDouble() {
    float[] a = {1e30f, 3};
    float[] b = {1e30f, -2};
    assertThat(reductions.dot(a, b, 2)).isEqualTo((double) 1e30f * 1e30f - 6);
    assertThat(reductions.sumOfSquares(new float[] {1e-30f}, 1))
        .isEqualTo((double) 1e-30f * 1e-30f);
    assertThat(reductions.sumOfMagnitudes(new float[] {-1, 2, -3}, 3)).isEqualTo(6);
  }

  @Test
  void countsSignsAndWhatIsNotFinite() {
    float[] a = {1, -1, 2, 0, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.MIN_VALUE};
    assertThat(reductions.sumOfSigns(a, a.length)).isEqualTo(3);
    assertThat(reductions.countNonFinite(a, a.length)).isEqualTo(2);
  }

  @Test
  void findsExtremes() {
    assertThat(reductions.min(new float[] {2, -3, 1}, 3)).isEqualTo(-3);
    assertThat(reductions.max(new float[] {2, -3, 1}, 3)).isEqualTo(2);
    assertThat(reductions.max(new float[] {2, Float.NaN, 1}, 3)).isNaN();
    assertThat(reductions.min(new float[0], 0)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(reductions.max(new float[0], 0)).isEqualTo(Float.NEGATIVE_INFINITY);
  }
}
