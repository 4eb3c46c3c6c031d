package dev.mokume.internal.methods;

import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.Shape;

/// Tensors as rows along their last dimension.
final class Rows {
  /// Makes a row of the result in the place of the first input's.
  interface Change {
    /// @param rows one of each input
    /// @param length of a row
    void apply(float[][] rows, int length);
  }

  private Rows() {}

  /// Elements of a row.
  static int length(Shape shape) {
    return shape.rank() == 0 ? 1 : Math.toIntExact(shape.dimension(shape.rank() - 1));
  }

  /// Makes every row of the output of the rows of all inputs at its place.
  static void each(TensorCall call, Change change) {
    int length = length(call.setting().shape());
    float[][] rows = new float[call.setting().inputs()][length];
    WholeTensor out = call.output();
    for (long first = 0; first < out.count(); first += length) {
      for (int input = 0; input < rows.length; input++) {
        call.input(input).read(first, rows[input], 0, length);
      }
      change.apply(rows, length);
      out.write(first, rows[0], 0, length);
    }
  }
}
