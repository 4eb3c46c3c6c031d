package dev.mokume.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The elements of one tensor as f32, row-major.
///
/// They lie outside the heap, since a tensor may be larger than that, and are freed with this.
///
/// @param spec name, dtype and shape; the values are what that dtype holds
/// @param elements four bytes each, in the machine's byte order
public record TensorValues(TensorSpec spec, MemorySegment elements) {
  public TensorValues {
    if (elements.byteSize() != Float.BYTES * spec.elementCount()) {
      throw new IllegalArgumentException(
          spec.name()
              + " has "
              + spec.elementCount()
              + " elements, but "
              + elements.byteSize()
              + " bytes of f32 were given");
    }
    elements = elements.asReadOnly();
  }

  /// @param values as many as `spec` has elements; not copied
  public static TensorValues of(TensorSpec spec, float... values) {
    return new TensorValues(spec, MemorySegment.ofArray(values));
  }

  /// The element at `index` of the flattened tensor.
  public float value(long index) {
    return elements.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
  }
}
