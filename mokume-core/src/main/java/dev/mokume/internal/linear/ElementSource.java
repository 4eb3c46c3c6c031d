package dev.mokume.internal.linear;

/// The elements of a matrix, row by row. Belongs to one thread.
public interface ElementSource {
  /// Puts elements `first` to `first + count` into `into[0..count)`; at most as many as a block
  /// has. They are asked for mostly in order.
  void read(long first, float[] into, int count);
}
