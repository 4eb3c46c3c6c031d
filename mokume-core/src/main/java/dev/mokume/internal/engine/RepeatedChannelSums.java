package dev.mokume.internal.engine;

/// Sums of squares of each channel, in f64 and in index order: blocks must be added one after the
/// other.
final class RepeatedChannelSums implements Accumulator {
  private final RepeatedChannels channels;
  private final double[] sums;

  RepeatedChannelSums(RepeatedChannels channels) {
    this.channels = channels;
    this.sums = new double[Math.toIntExact(channels.channels())];
  }

  @Override
  public void add(Workspace w, int a, int b) {
    float[] values = w.values[a];
    int end = w.before(channels.end());
    for (int i = w.before(channels.start()); i < end; i++) {
      sums[channels.at(w.first + i)] += (double) values[i] * values[i];
    }
  }

  @Override
  public void finish() {}

  double[] sums() {
    return sums;
  }
}
