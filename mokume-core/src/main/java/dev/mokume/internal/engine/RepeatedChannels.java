package dev.mokume.internal.engine;

/// Where the channels of a tensor lie: from element `start` on, `repeats` times `channels` channels
/// of `inner` elements each.
record RepeatedChannels(long channels, long inner, long repeats, long start) {
  /// The first element after the last channel.
  long end() {
    return start + channels * inner * repeats;
  }

  /// The channel of an element that lies between start and end.
  int at(long element) {
    return (int) ((element - start) / inner % channels);
  }
}
