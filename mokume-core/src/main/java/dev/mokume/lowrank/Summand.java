package dev.mokume.lowrank;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.lora.Change;
import dev.mokume.tensor.Shape;

/// A product of two factors and what it is multiplied by.
///
/// @param weight of the LoRA
record Summand(Change.LowRank change, double weight) {
  /// What the product is multiplied by: the weight, and the LoRA's own scale.
  double factor() {
    return weight * change.scale();
  }

  int rows() {
    return Math.toIntExact(first(change.up()));
  }

  int columns() {
    return Math.toIntExact(change.down().spec().elementCount() / first(change.down()));
  }

  int rank() {
    return Math.toIntExact(change.rank());
  }

  /// Whether the products of the two can be added.
  boolean fits(Summand other) {
    return change.transposed() == other.change.transposed()
        && rows() == other.rows()
        && withoutRank(change.down()).equals(withoutRank(other.change.down()));
  }

  /// What a factor's shape is beside the rank: of one row of `down`.
  private static Shape withoutRank(StoredTensor down) {
    long[] shape = down.spec().shape().toArray();
    shape[0] = 1;
    return Shape.of(shape);
  }

  Shape upShape(int rank) {
    long[] shape = change.up().spec().shape().toArray();
    shape[1] = rank;
    return Shape.of(shape);
  }

  Shape downShape(int rank) {
    long[] shape = change.down().spec().shape().toArray();
    shape[0] = rank;
    return Shape.of(shape);
  }

  private static long first(StoredTensor tensor) {
    return tensor.spec().shape().dimension(0);
  }
}
