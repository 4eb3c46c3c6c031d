package dev.mokume.plan;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import java.util.List;

/// The work on one tensor: what is written where, and which of its statistics are wanted.
/// Everything is settled; running it needs no look-up by name.
///
/// @param tensor the output's name for it, for messages
/// @param count elements of every expression in it
/// @param writes what goes into the outputs
/// @param measures statistics to be reported, in this order
public record TensorTask(String tensor, long count, List<Write> writes, List<Scalar> measures) {
  private static final int MEASURED_BYTES = 2;

  public TensorTask {
    writes = List.copyOf(writes);
    measures = List.copyOf(measures);
  }

  /// The bytes of work that the task counts for in the progress: those it writes, or two an element
  /// if it only measures.
  public long work() {
    long copied = 0;
    for (Write write : writes) {
      copied += write instanceof Write.Copy copy ? copy.from().length() : 0;
    }
    return copied + computed(count);
  }

  /// The part of [#work] that computing the first `elements` elements stands for.
  public long computed(long elements) {
    long bytes = 0;
    boolean computes = false;
    for (Write write : writes) {
      computes |= !(write instanceof Write.Copy);
      bytes +=
          switch (write) {
            case Write.Values values -> values.dtype().packing().bytes(elements);
            case Write.Mask _ -> Packing.BITS.bytes(elements);
            case Write.Copy _ -> 0;
          };
    }
    return computes || measures.isEmpty() ? bytes : elements * MEASURED_BYTES;
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
