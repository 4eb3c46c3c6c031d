package dev.mokume.checkpoint;

import dev.mokume.tensor.TensorSpec;

/// A tensor that is to be written, and how many bytes it takes: for most dtypes its blocks times a
/// block's size, for a dtype that Mokume does not know what its source took.
///
/// @param length in bytes
public record TensorEntry(TensorSpec spec, long length) {
  public TensorEntry {
    if (length < 0) {
      throw new IllegalArgumentException(
          "tensor '" + spec.name() + "' cannot have " + length + " bytes");
    }
  }

  /// The entry of a tensor whose dtype's size is known.
  ///
  /// @throws IllegalArgumentException if the dtype's size is not known, or the elements are not
  ///   whole blocks
  public static TensorEntry of(TensorSpec spec) {
    if (!spec.dtype().fits(spec.shape())) {
      throw new IllegalArgumentException(
          "the length of tensor '" + spec.name() + "' does not follow from " + spec);
    }
    return new TensorEntry(spec, spec.dtype().packing().bytes(spec.elementCount()));
  }

  public String name() {
    return spec.name();
  }
}
