package dev.mokume.example;

import dev.mokume.tensor.DType;

/// The README's Java example.
final class MergeTwo {
  private MergeTwo() {}

  static int bitsPerWeight() {
    return DType.of("F16").bits();
  }
}
