package dev.mokume.method;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `torch.linalg.norm` and `torch.dot` of torch 1.13 on OpenBLAS 0.3.21 return, one thread,
/// AVX2, for the thirds, quarters, fifths and so on, and the odd ones of them from one on.
class TorchSumsTest {
  @ParameterizedTest(name = "of {0}")
  @CsvSource({
    "1, 0.33333334, 0.33333334",
    "4, 0.49131346, 0.4804762",
    "7, 0.5383008, 0.51625985",
    "8, 0.5475105, 0.5229265",
    "12, 0.57096046, 0.5394287",
    "31, 0.6042231, 0.5617485",
    "32, 0.6049385, 0.5622153",
    "33, 0.6056128, 0.5626549",
    "40, 0.6094307, 0.5651345",
    "100, 0.62062716, 0.5723204",
    "1000, 0.62764364, 0.57675946",
    "10000, 0.62835854, 0.5772081"
  })
  void sumsHaveTheBitsOfTorch(int count, float norm, float dot) {
    float[] x = new float[count];
    float[] y = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = 1f / (i + 3);
      y[i] = 1f / (2 * i + 1);
    }
    assertThat(TorchSums.norm(x)).isEqualTo(norm);
    assertThat(TorchSums.dot(x, y)).isEqualTo(dot);
  }
}
