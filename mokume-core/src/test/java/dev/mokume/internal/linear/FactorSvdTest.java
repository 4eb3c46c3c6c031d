package dev.mokume.internal.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FactorSvdTest {
  /// `left * right^T` after a decomposition, cut to a rank.
  private record Cut(float[] product, int rank, double squares) {
    static Cut of(int rows, int columns, int width, float[] left, float[] right, int rank) {
      Kernels kernels = Kernels.scalar();
      try (Arena arena = Arena.ofConfined()) {
        FactorSvd svd =
            new FactorSvd(
                rows,
                columns,
                width,
                arena.allocate(FactorSvd.memory(rows, columns, width), 64),
                kernels);
        for (int block = 0; block * 128 < rows; block++) {
          svd.setLeft(block, part(left, block, rows, width));
        }
        for (int block = 0; block * 128 < columns; block++) {
          svd.setRight(block, part(right, block, columns, width));
        }
        Spectrum spectrum = svd.decompose();
        int kept = Math.min(rank, spectrum.rank());
        if (kept == 0) {
          return new Cut(new float[rows * columns], 0, 0);
        }
        MemorySegment up = arena.allocate(4L * rows * kept);
        MemorySegment down = arena.allocate(4L * columns * kept);
        svd.factors(spectrum, kept, kernels.codec(DType.F32), 4, up, down);
        return new Cut(
            productOf(floats(up), transposed(floats(down), kept), kept),
            kept,
            spectrum.squares(kept));
      }
    }

    private static float[] part(float[] factor, int block, int rows, int width) {
      int from = block * 128 * width;
      return Arrays.copyOfRange(factor, from, Math.min(rows * width, from + 128 * width));
    }

    private static float[] floats(MemorySegment stored) {
      float[] values = new float[(int) (stored.byteSize() / 4)];
      Kernels.scalar().codec(DType.F32).decode(stored, 0, values, values.length);
      return values;
    }

    private static float[] transposed(float[] down, int rank) {
      int columns = down.length / rank;
      float[] turned = new float[down.length];
      for (int k = 0; k < rank; k++) {
        for (int j = 0; j < columns; j++) {
          turned[j * rank + k] = down[k * columns + j];
        }
      }
      return turned;
    }
  }

  private static float[] productOf(float[] left, float[] right, int width) {
    int rows = left.length / width;
    int columns = right.length / width;
    float[] product = new float[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int k = 0; k < width; k++) {
          sum += (double) left[i * width + k] * right[j * width + k];
        }
        product[i * columns + j] = (float) sum;
      }
    }
    return product;
  }

  private static float[] random(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void keepsTheGreaterOfTwo() {
    // The product is (3 0; 0 1), its factors' columns in the other order.
    Cut cut = Cut.of(2, 2, 2, new float[] {0, 3, 1, 0}, new float[] {0, 1, 1, 0}, 1);
    assertThat(cut.product).containsExactly(new float[] {3, 0, 0, 0}, within(1e-6f));
    assertThat(cut.squares).isCloseTo(9, within(1e-12));
  }

  @Test
  void allColumnsGiveTheProduct() {
    float[] left = random(1, 300 * 12);
    float[] right = random(2, 140 * 12);
    Cut cut = Cut.of(300, 140, 12, left, right, 12);
    assertThat(cut.product).containsExactly(productOf(left, right, 12), within(2e-5f));
  }

  @Test
  void columnsThatSayTheSameAreOne() {
    // Twice the same column: the product has rank 1.
    Cut cut = Cut.of(2, 2, 2, new float[] {1, 1, 2, 2}, new float[] {3, 3, 4, 4}, 2);
    assertThat(cut.rank).isEqualTo(1);
    assertThat(cut.product).containsExactly(new float[] {6, 8, 12, 16}, within(1e-5f));
  }

  @Test
  void aFactorOfMoreColumnsThanRows() {
    float[] left = random(1, 3 * 8);
    float[] right = random(2, 5 * 8);
    Cut cut = Cut.of(3, 5, 8, left, right, 8);
    assertThat(cut.rank).isEqualTo(3);
    assertThat(cut.product).containsExactly(productOf(left, right, 8), within(1e-5f));
  }

  @Test
  void nothingHasNoColumns() {
    assertThat(Cut.of(2, 2, 1, new float[2], new float[2], 1).rank).isZero();
  }
}
