package dev.mokume.internal.engine;

/// Sums of squares over the channels of an `outer x channels x inner` tensor, in f64 and in index
/// order: blocks must be added one after the other.
final class ChannelSums implements Accumulator {
  private final long channels;
  private final long inner;
  private final double[] sums;

  ChannelSums(ChannelNorms norms, long elements) {
    this.channels = norms.channels();
    this.inner = norms.inner();
    this.sums = new double[Math.toIntExact(elements / channels)];
  }

  @Override
  public void add(Workspace w, int a, int b) {
    float[] values = w.values[a];
    for (int i = 0; i < w.count; i++) {
      long element = w.first + i;
      int at = (int) (element / (channels * inner) * inner + element % inner);
      sums[at] += (double) values[i] * values[i];
    }
  }

  @Override
  public void finish() {}

  double[] sums() {
    return sums;
  }
}
