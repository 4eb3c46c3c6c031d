package dev.mokume.lowrank;

import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/// Stores the difference of a bias or a norm as it is, if there is one.
///
/// @param stored counts those that are
record SmallTensorJob(
    SmallTensor small, ExtractionOptions options, FactorStore store, AtomicInteger stored)
    implements Job {
  @Override
  public String tensor() {
    return small.tuned().name();
  }

  @Override
  public long size() {
    return small.tuned().spec().elementCount();
  }

  @Override
  public long leastMemory() {
    return Math.addExact(StoredDifference.MEMORY, Math.multiplyExact(size(), (long) width()));
  }

  @Override
  public long mostMemory() {
    return leastMemory();
  }

  private int width() {
    return options.dtype().bits() / Byte.SIZE;
  }

  @Override
  public void run(MemorySegment memory) {
    Kernels kernels = Kernels.best();
    Codec codec = kernels.codec(options.dtype());
    StoredDifference difference = new StoredDifference(small, memory, kernels);
    MemorySegment bytes = memory.asSlice(StoredDifference.MEMORY, size() * width());
    float[] line = new float[Block.ELEMENTS];
    long nonFinite = 0;
    double magnitudes = 0;
    for (long at = 0; at < size(); at += line.length) {
      int length = (int) Math.min(line.length, size() - at);
      difference.read(at, line, length);
      magnitudes += kernels.reductions().sumOfMagnitudes(line, length);
      nonFinite += codec.encode(line, bytes, at * width(), length);
    }
    StoredDifference.requireFinite(small, nonFinite);
    if (magnitudes != 0) {
      store.put(new TensorSpec(small.name(), options.dtype(), small.tuned().spec().shape()), bytes);
      stored.incrementAndGet();
    }
  }
}
