package dev.mokume.synth;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.kernel.Reductions;
import dev.mokume.internal.threads.Workers;
import dev.mokume.tensor.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The standard deviation of each of many stored tensors, summed in an order that does not depend
/// on the threads.
final class Deviations {
  private final List<StoredTensor> tensors;
  private final SynthOptions options;
  private final Kernels kernels = Kernels.best();
  private final Map<String, Double> byName = new ConcurrentHashMap<>();
  private final AtomicInteger next = new AtomicInteger();

  Deviations(List<StoredTensor> tensors, SynthOptions options) {
    this.tensors = tensors;
    this.options = options;
  }

  Map<String, Double> measure() {
    Workers.run(options.threads(), "mokume-synth-measure", this::work);
    return byName;
  }

  private void work(Workers.Failure failed) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate((long) SynthRun.TILE_ELEMENTS * Double.BYTES, 64);
      float[] block = new float[Block.ELEMENTS];
      for (int i = next.getAndIncrement();
          i < tensors.size() && !failed.isPresent();
          i = next.getAndIncrement()) {
        StoredTensor tensor = tensors.get(i);
        byName.put(tensor.name(), deviation(tensor, buffer, block));
      }
    }
  }

  private double deviation(StoredTensor tensor, MemorySegment buffer, float[] block) {
    long count = tensor.spec().elementCount();
    Packing packing = tensor.spec().dtype().packing();
    Codec codec = kernels.codec(tensor.spec().dtype());
    double[] sums = new double[(int) Block.count(count)];
    double[] squares = new double[sums.length];
    for (long first = 0; first < count; first += SynthRun.TILE_ELEMENTS) {
      SynthRun.checkCancelled(options);
      int elements = (int) Math.min(SynthRun.TILE_ELEMENTS, count - first);
      tensor
          .source()
          .read(tensor.offset() + packing.bytes(first), buffer.asSlice(0, packing.bytes(elements)));
      for (int at = 0; at < elements; at += Block.ELEMENTS) {
        int length = Math.min(Block.ELEMENTS, elements - at);
        codec.decode(buffer, packing.bytes(at), block, length);
        int index = (int) ((first + at) / Block.ELEMENTS);
        sums[index] = kernels.reductions().sum(block, length);
        squares[index] = kernels.reductions().sumOfSquares(block, length);
      }
    }
    double mean = count == 0 ? 0 : Reductions.combine(sums, 0, sums.length) / count;
    double square = count == 0 ? 0 : Reductions.combine(squares, 0, squares.length) / count;
    return finite(tensor, Math.sqrt(Math.max(0, square - mean * mean)));
  }

  private static double finite(StoredTensor tensor, double deviation) {
    if (!Double.isFinite(deviation)) {
      throw new MokumeException(
          ErrorCode.NON_FINITE_WEIGHTS,
          "%s: tensor %s has NaN or infinity, so noise in proportion to its values has no size. Choose a base with finite weights."
              .formatted(tensor.source().name(), Quoted.name(tensor.name())));
    }
    return deviation;
  }
}
