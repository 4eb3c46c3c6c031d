package dev.mokume.plan;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.tensor.DType;
import java.util.List;

/// The work on one tensor: what is written where, and which of its statistics are wanted.
/// Everything is settled; running it needs no look-up by name.
///
/// @param tensor the output's name for it, for messages
/// @param count elements of every expression in it
/// @param writes what goes into the outputs
/// @param measures statistics to be reported, in this order
public record TensorTask(String tensor, long count, List<Write> writes, List<Scalar> measures) {
  private static final int MEASURED_BITS = 16;

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
    long bits = 0;
    for (Write write : writes) {
      bits +=
          switch (write) {
            case Write.Values values -> values.dtype().bits();
            case Write.Mask _ -> 1;
            case Write.Number _, Write.Copy _ -> 0;
          };
    }
    boolean onlyMeasures = bits == 0 && !measures.isEmpty();
    return (elements * (onlyMeasures ? MEASURED_BITS : bits) + 7) / 8;
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

    /// One number, rounded to f32 and to `dtype`.
    record Number(int sink, long offset, Scalar value, DType dtype) implements Write {}

    /// Bytes as they are.
    record Copy(int sink, long offset, StoredTensor from) implements Write {}
  }
}
