package dev.mokume.internal.engine;

import dev.mokume.internal.random.Pcg64;
import dev.mokume.plugin.RandomNumbers;

/// numpy's uniform numbers, one after the other.
///
/// @param generator at its place
record NumpyNumbers(Pcg64 generator) implements RandomNumbers {
  @Override
  public void uniform(float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = (generator.next() >>> 40) * 0x1p-24f;
    }
  }

  @Override
  public void uniform(double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = generator.nextDouble();
    }
  }

  @Override
  public void normal(float[] out, int count) {
    throw new UnsupportedOperationException(
        "a method that draws as numpy does draws uniform numbers only");
  }
}
