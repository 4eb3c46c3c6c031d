package dev.mokume.internal.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against the sum that defines it.
class FourierTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 12, 13, 16, 17, 30, 34, 49, 97, 143, 320, 386})
  void everyLengthIsTheSum(int length) {
    SplittableRandom random = new SplittableRandom(length);
    double[] real = random.doubles(length, -1, 1).toArray();
    double[] imaginary = random.doubles(length, -1, 1).toArray();
    double[] x = real.clone();
    double[] y = imaginary.clone();

    new Fourier(length).transform(x, y);

    for (int k = 0; k < length; k++) {
      double sumReal = 0;
      double sumImaginary = 0;
      for (int j = 0; j < length; j++) {
        double angle = -2 * Math.PI * ((long) j * k % length) / length;
        sumReal += real[j] * Math.cos(angle) - imaginary[j] * Math.sin(angle);
        sumImaginary += real[j] * Math.sin(angle) + imaginary[j] * Math.cos(angle);
      }
      assertThat(x[k]).isEqualTo(sumReal, within(1e-11));
      assertThat(y[k]).isEqualTo(sumImaginary, within(1e-11));
    }
  }
}
