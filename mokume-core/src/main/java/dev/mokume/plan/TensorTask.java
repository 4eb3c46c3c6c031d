package dev.mokume.plan;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import java.util.List;

/// The work on one tensor, or on tensors of several outputs that are made of the same inputs: what
/// is written where, and which statistics are wanted. Everything is settled; running it needs no
/// look-up by name.
///
/// @param tensor the output's name for it, for messages; the first output's
/// @param count elements of every expression in it
/// @param writes what goes into the outputs
/// @param measures statistics to be reported, in this order
public record TensorTask(String tensor, long count, List<Write> writes, List<Scalar> measures) {
  /// An element of a statistic counts for as much as one that is written as F16.
  private static final int MEASURED_BYTES = 2;

  public TensorTask {
    writes = List.copyOf(writes);
    measures = List.copyOf(measures);
  }

  /// The bytes of work that the task counts for in the progress: those it writes, and two an
  /// element for each statistic.
  public long work() {
    long bytes = measuredBytes(count) * measures.size();
    for (Write write : writes) {
      bytes +=
          switch (write) {
            case Write.Values values -> values.dtype().packing().bytes(count);
            case Write.Mask _ -> Packing.BITS.bytes(count);
            case Write.Number _ -> 0;
            case Write.Copy copy -> copy.from().length();
          };
    }
    return bytes;
  }

  /// What a statistic of so many elements counts for.
  public static long measuredBytes(long elements) {
    return elements * MEASURED_BYTES;
  }

  /// Whether [#halves] makes less of it.
  public boolean isDivisible() {
    return writes.size() + measures.size() > 1;
  }

  /// The same work as two tasks, each of half of the writes and of the statistics.
  public List<TensorTask> halves() {
    int writesOfFirst = (writes.size() + 1) / 2;
    // One write and one statistic are divided too.
    int measuresOfFirst = measures.size() / 2;
    return List.of(
        new TensorTask(
            tensor, count, writes.subList(0, writesOfFirst), measures.subList(0, measuresOfFirst)),
        new TensorTask(
            tensor,
            count,
            writes.subList(writesOfFirst, writes.size()),
            measures.subList(measuresOfFirst, measures.size())));
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
