package dev.mokume.lowrank;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.Shape;
import java.util.Optional;

/// A weight whose difference between two models becomes two factors: a matrix, or a convolution
/// read as the matrix of its outputs by all else.
///
/// @param module its name in the LoRA, without what tells the factors apart
record Layer(Component component, String module, StoredTensor tuned, Optional<StoredTensor> base)
    implements Part {
  Shape shape() {
    return tuned.spec().shape();
  }

  int rows() {
    return Math.toIntExact(shape().dimension(0));
  }

  int columns() {
    return Math.toIntExact(shape().elementCount() / shape().dimension(0));
  }

  /// Of a convolution the channels that go in.
  int inputs() {
    return Math.toIntExact(shape().dimension(1));
  }

  boolean isConvolution() {
    return shape().rank() == 4;
  }

  boolean isLargeConvolution() {
    return isConvolution() && (shape().dimension(2) > 1 || shape().dimension(3) > 1);
  }

  Shape upShape(int rank) {
    return isConvolution() ? Shape.of(rows(), rank, 1, 1) : Shape.of(rows(), rank);
  }

  Shape downShape(int rank) {
    return isConvolution()
        ? Shape.of(rank, shape().dimension(1), shape().dimension(2), shape().dimension(3))
        : Shape.of(rank, columns());
  }
}
