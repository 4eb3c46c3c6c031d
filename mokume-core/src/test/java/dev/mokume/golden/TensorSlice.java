package dev.mokume.golden;

import dev.mokume.tensor.Shape;

/// The indices `start` to `start + length` of one dimension of an F32 tensor, and all of the
/// others.
record TensorSlice(int dimension, int start, int length) {
  GoldenTensor of(GoldenTensor whole) {
    float[] part =
        new float[Math.toIntExact(whole.count() / whole.shape().dimension(dimension) * length)];
    copy(whole, floats(whole), part, true);
    return GoldenTensor.ofFloats(withSize(whole.shape(), length), part);
  }

  /// `whole` with this slice of it replaced.
  GoldenTensor putBack(GoldenTensor whole, GoldenTensor part) {
    float[] values = floats(whole);
    copy(whole, values, floats(part), false);
    return GoldenTensor.ofFloats(whole.shape(), values);
  }

  /// A tensor of `size` in the dimension, zero but for this slice.
  GoldenTensor embedded(GoldenTensor part, long size) {
    Shape shape = withSize(part.shape(), size);
    float[] zeros = new float[Math.toIntExact(shape.elementCount())];
    return putBack(GoldenTensor.ofFloats(shape, zeros), part);
  }

  private void copy(GoldenTensor whole, float[] values, float[] part, boolean fromWhole) {
    int size = Math.toIntExact(whole.shape().dimension(dimension));
    int inner = 1;
    for (int i = dimension + 1; i < whole.shape().rank(); i++) {
      inner *= Math.toIntExact(whole.shape().dimension(i));
    }
    int run = length * inner;
    for (int outer = 0; outer * size * inner < values.length; outer++) {
      int inWhole = (outer * size + start) * inner;
      int inPart = outer * run;
      System.arraycopy(
          fromWhole ? values : part,
          fromWhole ? inWhole : inPart,
          fromWhole ? part : values,
          fromWhole ? inPart : inWhole,
          run);
    }
  }

  private Shape withSize(Shape shape, long size) {
    long[] dimensions = shape.toArray();
    dimensions[dimension] = size;
    return Shape.of(dimensions);
  }

  private static float[] floats(GoldenTensor tensor) {
    double[] values = tensor.values();
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
