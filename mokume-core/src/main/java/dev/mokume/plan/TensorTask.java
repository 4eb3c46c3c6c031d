package dev.mokume.plan;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.tensor.DType;
import java.util.List;

/// The work on one tensor: what is written where, and which of its statistics are wanted. Everything is settled; running it
/// needs no look-up by name.
///
/// @param tensor the output's name for it, for messages
/// @param count elements of every expression in it
/// @param writes what goes into the outputs
/// @param measures statistics to be reported, in this order
public record TensorTask(String tensor, long count, List<Write> writes, List<Scalar> measures) {
  public TensorTask {
    writes = List.copyOf(writes);
    measures = List.copyOf(measures);
  }

  /// One thing that is written.
  public sealed interface Write {
    /// Which of the merge's outputs it goes to.
    int sink();

    /// The output's byte that it starts at.
    long offset();

    /// Computed values, rounded once to `dtype`.
    record Values(int sink, long offset, Elements value, DType dtype) implements Write {}

    /// Mask bits, packed little-endian.
    record Mask(int sink, long offset, Bits bits) implements Write {}

    /// Bytes as they are.
    record Copy(int sink, long offset, StoredTensor from) implements Write {}
  }
}
