package dev.mokume.method;

/// Sums of F32 in the order in which torch and the OpenBLAS under it take them on a CPU with AVX2,
/// found by comparing the bits of what they return (torch 1.13, OpenBLAS 0.3.21).
///
/// OpenBLAS divides a dot product of more than [#ON_ONE_THREAD] elements among the threads that
/// there are: no order is that of every machine.
final class TorchSums {
  static final int ON_ONE_THREAD = 10_000;

  private static final int LANES = 8;
  private static final int REGISTERS = 4;

  private TorchSums() {}

  /// `sqrt(x_1^2 + x_2^2 + ...)`: lanes of every eighth element, then the elements left over.
  static float norm(float[] x) {
    float[] lanes = new float[LANES];
    int whole = x.length - x.length % LANES;
    for (int i = 0; i < whole; i++) {
      lanes[i % LANES] = Math.fma(x[i], x[i], lanes[i % LANES]);
    }
    float sum = lanes[0];
    for (int lane = 1; lane < LANES; lane++) {
      sum += lanes[lane];
    }
    // Four of those are squared at once and then added; only three and fewer are fused.
    int squared = whole + (x.length - whole) / 4 * 4;
    for (int i = whole; i < squared; i++) {
      sum += x[i] * x[i];
    }
    for (int i = squared; i < x.length; i++) {
      sum = Math.fma(x[i], x[i], sum);
    }
    return (float) Math.sqrt(sum);
  }

  /// `x_1 y_1 + x_2 y_2 + ...`: four registers of lanes, then the elements left over in f64.
  static float dot(float[] x, float[] y) {
    float[] lanes = new float[REGISTERS * LANES];
    int whole = x.length - x.length % lanes.length;
    for (int i = 0; i < whole; i++) {
      lanes[i % lanes.length] = Math.fma(x[i], y[i], lanes[i % lanes.length]);
    }
    int half = LANES / 2;
    float[] folded = new float[lanes.length / 2];
    for (int i = 0; i < folded.length; i++) {
      int lane = i / half * LANES + i % half;
      folded[i] = lanes[lane] + lanes[lane + half];
    }
    float[] sums = new float[half];
    for (int i = 0; i < half; i++) {
      sums[i] = (folded[i] + folded[half + i]) + (folded[2 * half + i] + folded[3 * half + i]);
    }
    double rest = 0;
    for (int i = whole; i < x.length; i++) {
      rest += x[i] * y[i];
    }
    return (float) (((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest);
  }
}
