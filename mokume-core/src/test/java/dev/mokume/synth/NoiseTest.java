package dev.mokume.synth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.internal.random.RandomKey;
import org.junit.jupiter.api.Test;

class NoiseTest {
  /// The deviation that makes the scale exactly 1, so that values are the bare sums.
  private static final float BARE = (float) (1 / 2.642_899_792_130_3e-5);

  private static final long KEY = RandomKey.of(7, "synth", "a.weight");

  /// Computed apart from this code, in whole numbers.
  @Test
  void valuesAreSumsOfTheQuartersOfAWord() {
    float[] values = new float[6];
    Noise.fill(KEY, 0, 0, BARE, values, 6);
    assertThat(values[0]).isEqualTo(-16551f);
    assertThat(values[1]).isEqualTo(-12965f);
    assertThat(values[5]).isEqualTo(-32580f);

    Noise.fill(KEY, 4096, 0, BARE, values, 1);
    assertThat(values[0]).isEqualTo(-3851f);
  }

  @Test
  void valuesAreNearlyNormal() {
    int count = 1 << 20;
    float[] values = new float[count];
    Noise.fill(KEY, 0, 0, 1, values, count);

    double sum = 0;
    double squares = 0;
    double fourths = 0;
    for (double z : values) {
      sum += z;
      squares += z * z;
      fourths += z * z * z * z;
    }
    // The mean's own deviation is 1/1024; the others' are of that size.
    assertThat(sum / count).isCloseTo(0, within(0.004));
    assertThat(squares / count).isCloseTo(1, within(0.005));
    assertThat(fourths / count).isCloseTo(2.7, within(0.03));
  }

  @Test
  void addingIsFillingOnTopOfAValue() {
    float[] added = {2, 2, 2};
    float[] filled = new float[3];
    Noise.add(KEY, 10, 0.5f, added, 3);
    Noise.fill(KEY, 10, 2, 0.5f, filled, 3);

    assertThat(added).containsExactly(filled);
  }
}
