package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FusedProductsTest {
  private final FusedProducts products = Kernels.scalar().fusedProducts();

  @Test
  void addsAProductOfMatrices() {
    // (1 2 3; 4 5 6) * (1 10; 2 20; 3 30) = (14 140; 32 320)
    float[] a = {1, 2, 3, 4, 5, 6};
    float[] b = {1, 10, 2, 20, 3, 30};
    float[] c = {0.5f, 0, 0, -320};
    products.addProduct(a, 3, b, c, 2, 3, 2);
    assertThat(c).containsExactly(14.5f, 140, 32, 0);
  }

  @Test
  void theFirstMatrixMayBePartOfAWiderOne() {
    double[] a = {1, 2, 3, 99, 4, 5, 6, 99};
    double[] b = {1, 10, 2, 20, 3, 30};
    double[] c = new double[4];
    products.addProduct(a, 4, b, c, 2, 3, 2);
    assertThat(c).containsExactly(14, 140, 32, 320);
  }

  @Test
  void roundsEveryProductAndSumTogether() {
    // 0.1f * 3 is 0.30000001192…, of which rounding leaves 7.45e-9 over: it appears when as much is
    // taken away.
    float[] c = new float[1];
    float rounded = 0.1f * 3;
    products.addProduct(new float[] {-1, 0.1f}, 2, new float[] {rounded, 3}, c, 1, 2, 1);
    assertThat(c[0]).isEqualTo(Math.fma(0.1f, 3f, -rounded)).isNotZero();
  }

  @Test
  void sumsInTheOrderOfTheSharedIndex() {
    // From the left: 1e8 + 1 is 1e8, less 1e8 is 0. From the right it would be 1.
    float[] c = new float[1];
    products.addProduct(new float[] {1e8f, 1, -1e8f}, 3, new float[] {1, 1, 1}, c, 1, 3, 1);
    assertThat(c[0]).isZero();
  }

  @Test
  void sumsBeginAtZeroAndAreThenAdded() {
    // 1 and 1 are 2 before 2^24, to which a single 1 adds nothing, meets them.
    float[] c = {1 << 24};
    products.addProduct(new float[] {1, 1}, 2, new float[] {1, 1}, c, 1, 2, 1);
    assertThat(c[0]).isEqualTo((1 << 24) + 2);
  }

  @Test
  void addsEveryHundredAndTwentyEightProducts() {
    // The last 1 is alone in its sum, and lost beside 2^24.
    float[] ones = new float[FusedProducts.DEPTH + 1];
    Arrays.fill(ones, 1);
    float[] c = {(1 << 24) - FusedProducts.DEPTH};
    products.addProduct(ones, ones.length, ones, c, 1, ones.length, 1);
    assertThat(c[0]).isEqualTo(1 << 24);
  }
}
