package dev.mokume.lowrank;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.linear.ElementSource;
import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// The difference of two stored tensors, formed in f32 as it is read; or one that is stored.
final class StoredDifference implements ElementSource {
  /// The most elements that a quantised dtype has in a block.
  private static final int LARGEST_BLOCK = 256;

  /// Elements that are read at a time.
  private static final int WINDOW = 1 << 16;

  /// Bytes of native memory that it needs, whatever the tensors' dtypes.
  static final long MEMORY = 2L * WINDOW * Double.BYTES;

  private final Kernels kernels;
  private final Operand tuned;
  private final Optional<Operand> base;
  private final long elements;
  private final float[] line = new float[Block.ELEMENTS];

  /// Where the window begins, and how long it is.
  private long first;

  private int length;

  /// One of the tensors.
  private record Operand(
      StoredTensor tensor, Codec codec, Packing packing, MemorySegment window, float[] blocks) {
    void read(long first, int count) {
      tensor
          .source()
          .read(tensor.offset() + packing.bytes(first), window.asSlice(0, packing.bytes(count)));
    }

    void decode(long at, float[] into, int count) {
      int skipped = (int) (at % packing.elements());
      if (skipped == 0 && packing.holds(count)) {
        codec.decode(window, packing.bytes(at), into, count);
      } else {
        int whole = Math.ceilDiv(skipped + count, packing.elements()) * packing.elements();
        codec.decode(window, packing.bytes(at - skipped), blocks, whole);
        System.arraycopy(blocks, skipped, into, 0, count);
      }
    }
  }

  /// @param memory of at least [#MEMORY]
  StoredDifference(Part part, MemorySegment memory, Kernels kernels) {
    this.kernels = kernels;
    this.tuned = operand(part.tuned(), memory.asSlice(0, MEMORY / 2), kernels);
    this.base =
        part.base().map(tensor -> operand(tensor, memory.asSlice(MEMORY / 2, MEMORY / 2), kernels));
    this.elements = part.tuned().spec().elementCount();
  }

  private static Operand operand(StoredTensor tensor, MemorySegment window, Kernels kernels) {
    return new Operand(
        tensor,
        kernels.codec(tensor.spec().dtype()),
        tensor.spec().dtype().packing(),
        window,
        new float[Block.ELEMENTS + 2 * LARGEST_BLOCK]);
  }

  @Override
  public void read(long from, float[] into, int count) {
    if (from < first || from + count > first + length) {
      first = from / LARGEST_BLOCK * LARGEST_BLOCK;
      length = (int) Math.min(WINDOW, elements - first);
      tuned.read(first, length);
      base.ifPresent(operand -> operand.read(first, length));
    }
    tuned.decode(from - first, into, count);
    if (base.isPresent()) {
      base.get().decode(from - first, line, count);
      kernels.arithmetic().subtract(into, line, into, count);
    }
  }

  /// @throws MokumeException `NON_FINITE_WEIGHTS` if any of a difference's elements is
  static void requireFinite(Part part, long nonFinite) {
    if (nonFinite > 0) {
      throw new MokumeException(
          ErrorCode.NON_FINITE_WEIGHTS,
          "tensor %s: the difference of %s has %s NaN or infinite, of which no factors can be made. Use sound copies of the models."
              .formatted(
                  Quoted.name(part.tuned().name()),
                  part.tuned().source().name()
                      + part.base().map(base -> " and " + base.source().name()).orElse(""),
                  Amount.count(nonFinite, "value that is", "values that are")));
    }
  }
}
