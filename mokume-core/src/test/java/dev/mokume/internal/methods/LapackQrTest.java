package dev.mokume.internal.methods;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LapackQrTest {
  /// What `torch.linalg.qr` of torch 1.13 on OpenBLAS 0.3.21 returns, AVX2: the ends of the
  /// diagonal of r, and the ends of the last column of q. The last column of the matrix is the sum
  /// of the others, less than nothing: its direction is what rounding leaves of it.
  @ParameterizedTest(name = "{0} by {1}")
  @CsvSource({
    "3, 2, -1.0728985, 3.332001e-08, 0.36125046, -0.41235897",
    "5, 2, -1.1922748, 0.0, -0.2795776, -0.063764274",
    "9, 3, -1.6195395, -8.4293696e-08, 0.6587278, -0.0951261",
    "13, 4, -1.7308426, -2.2518756e-07, -0.60367155, 0.3169585",
    "40, 5, -2.996749, -6.1987214e-07, 0.43330687, -0.0078063533",
    "11, 6, -1.6380831, 4.2965374e-07, -0.6906995, 0.13279146",
    "40, 6, -2.996749, -4.849543e-07, 0.22025472, -0.10327586",
    "33, 7, -2.7328937, -1.158381e-06, 0.43865302, 0.05047536",
    "100, 7, -4.7197747, 3.1147679e-06, 0.7963582, 0.02104933",
  })
  void factorsHaveTheBitsOfLapack(
      int rows, int columns, float r, float lastOfR, float q, float lastOfQ) {
    LapackQr factors = LapackQr.of(dependent(rows, columns));
    float[] last = factors.q()[columns - 1];
    assertThat(factors.r()[0][0]).isEqualTo(r);
    assertThat(factors.r()[columns - 1][columns - 1]).isEqualTo(lastOfR);
    assertThat(last[0]).isEqualTo(q);
    assertThat(last[rows - 1]).isEqualTo(lastOfQ);
  }

  private static float[][] dependent(int rows, int columns) {
    float[][] matrix = new float[columns][rows];
    for (int j = 0; j < columns - 1; j++) {
      for (int i = 0; i < rows; i++) {
        matrix[j][i] = 1f / (1 + (i * (j + 2) + j) % 7);
        matrix[columns - 1][i] -= matrix[j][i];
      }
    }
    return matrix;
  }

  @Test
  void aColumnOfZerosAtTheEndIsLeftOutBeforeTheOthersAreTakenTogether() {
    float[][] matrix = dependent(40, 4);
    float[][] r = LapackQr.of(matrix).r();
    float[][] wider = Arrays.copyOf(matrix, 5);
    wider[4] = new float[40];
    assertThat(first(4, LapackQr.of(wider).r())).isDeepEqualTo(r);
    Arrays.fill(wider[4], 1);
    assertThat(first(4, LapackQr.of(wider).r())[3]).isNotEqualTo(r[3]);
  }

  private static float[][] first(int count, float[][] square) {
    return Arrays.stream(square)
        .limit(count)
        .map(column -> Arrays.copyOf(column, count))
        .toArray(float[][]::new);
  }
}
