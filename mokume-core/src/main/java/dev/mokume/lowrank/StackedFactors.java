package dev.mokume.lowrank;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// The factors of several products side by side: their product is the sum of the products, each
/// multiplied by its number. Belongs to one thread.
final class StackedFactors {
  private final List<Part> parts = new ArrayList<>();
  private final Kernels kernels;
  private final int rows;
  private final int columns;
  private final int rank;
  private final float[] line;

  /// Factors as they are stored, in memory.
  ///
  /// @param first column of the stack that is its first
  private record Part(Summand summand, int first, Factor up, Factor down) {}

  private record Factor(MemorySegment bytes, Codec codec, int width) {
    void decode(long at, float[] into, int count) {
      codec.decode(bytes, at * width, into, count);
    }
  }

  /// Reads the factors.
  ///
  /// @param summands that fit each other
  /// @param memory of at least [#memory]
  /// @throws MokumeException `NON_FINITE_WEIGHTS` if one of them has NaN or infinity
  StackedFactors(List<Summand> summands, MemorySegment memory, Kernels kernels) {
    this.kernels = kernels;
    this.rows = summands.getFirst().rows();
    this.columns = summands.getFirst().columns();
    long at = 0;
    int column = 0;
    for (Summand summand : summands) {
      Factor up = read(summand.change().up(), memory.asSlice(at), kernels);
      at += padded(summand.change().up());
      Factor down = read(summand.change().down(), memory.asSlice(at), kernels);
      at += padded(summand.change().down());
      parts.add(new Part(summand, column, up, down));
      column += summand.rank();
    }
    this.rank = column;
    this.line = new float[column];
  }

  static long memory(List<Summand> summands) {
    return summands.stream()
        .mapToLong(summand -> padded(summand.change().up()) + padded(summand.change().down()))
        .sum();
  }

  private static long padded(StoredTensor tensor) {
    return Math.ceilDiv(tensor.length(), 64L) * 64;
  }

  private static Factor read(StoredTensor tensor, MemorySegment memory, Kernels kernels) {
    MemorySegment bytes = memory.asSlice(0, tensor.length());
    tensor.source().read(tensor.offset(), bytes);
    Factor factor =
        new Factor(
            bytes,
            kernels.codec(tensor.spec().dtype()),
            tensor.spec().dtype().bytes().orElseThrow());
    requireFinite(tensor, factor, kernels);
    return factor;
  }

  /// What a factor cannot be decomposed with, and what nobody wants in a LoRA.
  private static void requireFinite(StoredTensor tensor, Factor factor, Kernels kernels) {
    float[] values = new float[Block.ELEMENTS];
    long elements = tensor.spec().elementCount();
    long nonFinite = 0;
    for (long at = 0; at < elements; at += Block.ELEMENTS) {
      int count = (int) Math.min(Block.ELEMENTS, elements - at);
      factor.decode(at, values, count);
      nonFinite += kernels.reductions().countNonFinite(values, count);
    }
    if (nonFinite > 0) {
      throw new MokumeException(
          ErrorCode.NON_FINITE_WEIGHTS,
          "%s: tensor %s has %s NaN or infinite. Use a sound copy of that LoRA."
              .formatted(
                  tensor.source().name(),
                  Quoted.name(tensor.name()),
                  Amount.count(nonFinite, "value that is", "values that are")));
    }
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  int rank() {
    return rank;
  }

  /// The number of all summands, if it is the same.
  OptionalDouble common() {
    double factor = parts.getFirst().summand.factor();
    return parts.stream().allMatch(part -> part.summand.factor() == factor)
        ? OptionalDouble.of(factor)
        : OptionalDouble.empty();
  }

  /// Puts `count` rows of the left factor from `first` on, row by row, into `into`. They carry the
  /// summands' numbers, divided by `divisor`.
  void left(int first, int count, double divisor, float[] into) {
    for (Part part : parts) {
      int width = part.summand.rank();
      float factor = (float) (part.summand.factor() / divisor);
      for (int i = 0; i < count; i++) {
        part.up.decode((long) (first + i) * width, line, width);
        if (factor != 1) {
          kernels.arithmetic().scale(line, factor, line, width);
        }
        System.arraycopy(line, 0, into, i * rank + part.first, width);
      }
    }
  }

  /// Puts elements `first` to `first + count` of row `k` of the right factor, which has `rank` rows
  /// of `columns`, into `into`.
  void right(int k, int first, int count, float[] into) {
    Part part = parts.getFirst();
    for (Part next : parts) {
      part = next.first <= k ? next : part;
    }
    part.down.decode((long) (k - part.first) * columns + first, into, count);
  }
}
