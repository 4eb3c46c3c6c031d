package dev.mokume.internal.kernel;

/// Finds the scales (and offsets) with which a group of values loses least when it is stored as
/// small whole numbers: the search of ggml's reference quantisers `make_qx_quants` and
/// `make_qkx2_quants`, so that the same levels come out.
///
/// One thread's; what it found is read from its fields.
final class ScaleSearch {
  /// Groups of smaller magnitudes are stored as zeros.
  private static final float NOTHING = 1e-15f;

  /// Steps to either side of the nearest scale that are tried for signed levels.
  private static final int SIGNED_STEPS = 9;

  /// The scales of a super-block's groups, for whoever searches them.
  final float[] scales = new float[16];

  final float[] offsets = new float[8];

  /// What [#offsetScale] found to be taken away from each value; not negative.
  float offset;

  private final float[] weights = new float[32];

  /// The scale for `count` values as levels from `-levels` to `levels - 1`, where large values
  /// weigh more, by their squares; 0 if they are nearly nothing.
  float signedScale(float[] from, int start, int count, int levels) {
    float greatest = 0;
    for (int i = 0; i < count; i++) {
      float value = from[start + i];
      greatest = Math.abs(value) > Math.abs(greatest) ? value : greatest;
    }
    if (Math.abs(greatest) < NOTHING) {
      return 0;
    }
    float scale = 0;
    float best = 0;
    for (int step = 0; step <= 2 * SIGNED_STEPS; step++) {
      float inverse = -(levels + 0.1f * signedStep(step)) / greatest;
      float product = 0;
      float squares = 0;
      for (int i = 0; i < count; i++) {
        float x = from[start + i];
        int level = nearest(inverse * x, -levels, levels - 1);
        float weight = x * x;
        product += weight * x * level;
        squares += weight * level * level;
      }
      boolean first = step == 0;
      if (first ? squares != 0 : squares > 0 && product * product > best * squares) {
        scale = product / squares;
        best = scale * product;
      }
    }
    return scale;
  }

  /// The nearest scale first, then from the lowest to the highest.
  private static int signedStep(int step) {
    if (step == 0) {
      return 0;
    }
    int signed = step - SIGNED_STEPS - 1;
    return signed < 0 ? signed : signed + 1;
  }

  /// The scale for 32 values as levels from 0 to `levels` above an offset, which is left in
  /// [#offset]. Values weigh by their magnitude and the group's quadratic mean.
  ///
  /// @param lowest how many levels more or less the first try spreads the values over
  /// @param steps tries after the first, each 0.1 levels further
  float offsetScale(float[] from, int start, int levels, float lowest, int steps) {
    weigh(from, start);
    float min = from[start];
    float max = from[start];
    float sumWeight = weights[0];
    float sumValue = sumWeight * from[start];
    for (int i = 1; i < weights.length; i++) {
      float x = from[start + i];
      min = x < min ? x : min;
      max = x > max ? x : max;
      sumWeight += weights[i];
      sumValue += weights[i] * x;
    }
    min = min > 0 ? 0 : min;
    if (max == min) {
      offset = -min;
      return 0;
    }
    float range = max - min;
    float scale = 1 / (levels / range);
    float chosenMin = min;
    float best = error(from, start, levels, levels / range, min, scale, min);
    for (int step = 0; step <= steps; step++) {
      float inverse = (lowest + 0.1f * step + levels) / range;
      float sumLevel = 0;
      float sumLevels = 0;
      float sumProduct = 0;
      for (int i = 0; i < weights.length; i++) {
        float x = from[start + i];
        int level = nearest(inverse * (x - min), 0, levels);
        float weighted = weights[i] * level;
        sumLevel += weighted;
        sumLevels += weighted * level;
        sumProduct += weighted * x;
      }
      float determinant = sumWeight * sumLevels - sumLevel * sumLevel;
      if (determinant > 0) {
        float triedScale = (sumWeight * sumProduct - sumValue * sumLevel) / determinant;
        float triedMin = (sumLevels * sumValue - sumLevel * sumProduct) / determinant;
        if (triedMin > 0) {
          triedMin = 0;
          triedScale = sumProduct / sumLevels;
        }
        float error = error(from, start, levels, inverse, min, triedScale, triedMin);
        if (error < best) {
          best = error;
          scale = triedScale;
          chosenMin = triedMin;
        }
      }
    }
    offset = -chosenMin;
    return scale;
  }

  private void weigh(float[] from, int start) {
    float squares = 0;
    for (int i = 0; i < weights.length; i++) {
      squares += from[start + i] * from[start + i];
    }
    float mean = (float) Math.sqrt(squares / weights.length);
    for (int i = 0; i < weights.length; i++) {
      weights[i] = mean + Math.abs(from[start + i]);
    }
  }

  /// What is lost, squared and weighed, if levels that were formed with `inverse` and `min` are
  /// read with `scale` and `offset`.
  private float error(
      float[] from, int start, int levels, float inverse, float min, float scale, float offset) {
    float error = 0;
    for (int i = 0; i < weights.length; i++) {
      float x = from[start + i];
      float difference = scale * nearest(inverse * (x - min), 0, levels) + offset - x;
      error += weights[i] * (difference * difference);
    }
    return error;
  }

  /// The nearest whole number, halves to even, within bounds.
  static int nearest(float value, int least, int most) {
    return Math.clamp((int) Math.rint(value), least, most);
  }
}
