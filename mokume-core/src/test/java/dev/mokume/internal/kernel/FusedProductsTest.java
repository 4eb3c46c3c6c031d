package dev.mokume.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FusedProductsTest {
  private final FusedProducts products = Kernels.scalar().fusedProducts();

  @Test
  void addsAProductOfMatrices() {
    // (1 2 3; 4 5 6) * (1 10; 2 20; 3 30) = (14 140; 32 320)
    float[] a = {1, 2, 3, 4, 5, 6};
    float[] b = {1, 10, 2, 20, 3, 30};
    float[] c = {0.5f, 0, 0, -320};
    products.addProduct(a, 3, 1, b, c, 2, 3, 2);
    assertThat(c).containsExactly(14.5f, 140, 32, 0);
  }

  @Test
  void readsTheFirstMatrixTransposed() {
    // (1 2 3; 4 5 6) as the transpose of what lies in memory.
    double[] a = {1, 4, 2, 5, 3, 6};
    double[] b = {1, 10, 2, 20, 3, 30};
    double[] c = new double[4];
    products.addProduct(a, 1, 2, b, c, 2, 3, 2);
    assertThat(c).containsExactly(14, 140, 32, 320);
  }

  @Test
  void roundsEveryProductAndSumTogether() {
    // 0.1f * 3 is 0.30000001192…, of which rounding leaves 7.45e-9 over.
    float[] c = {-(0.1f * 3)};
    products.addProduct(new float[] {0.1f}, 1, 1, new float[] {3}, c, 1, 1, 1);
    assertThat(c[0]).isEqualTo(Math.fma(0.1f, 3f, -(0.1f * 3))).isNotZero();
  }

  @Test
  void sumsInTheOrderOfTheSharedIndex() {
    // From the left: 1e8 + 1 is 1e8, less 1e8 is 0. From the right it would be 1.
    float[] c = new float[1];
    products.addProduct(new float[] {1e8f, 1, -1e8f}, 3, 1, new float[] {1, 1, 1}, c, 1, 3, 1);
    assertThat(c[0]).isZero();
  }
}
