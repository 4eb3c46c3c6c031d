package dev.mokume.tensor;

import java.util.Objects;

/// What is known of a tensor before its elements are read.
public record TensorSpec(String name, DType dtype, Shape shape) {
  public TensorSpec {
    // Models that are merged have the same names, tens of thousands of them: one string each.
    name = name.intern();
    Objects.requireNonNull(dtype);
    Objects.requireNonNull(shape);
  }

  public long elementCount() {
    return shape.elementCount();
  }
}
