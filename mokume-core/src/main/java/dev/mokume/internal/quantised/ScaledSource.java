package dev.mokume.internal.quantised;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// The values of a scaled weight, as if they were stored as F32. They are made while they are read:
/// what is stored is read into the end of the room for the values and grows into it, so that a read
/// needs no memory of its own.
///
/// The scales are read when the first value is, and kept.
final class ScaledSource implements ByteSource {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final ScaledTensor tensor;
  private final long size;
  private float @Nullable [] scales;

  ScaledSource(ScaledTensor tensor) {
    this.tensor = tensor;
    this.size = Math.multiplyExact(tensor.weight().length(), Float.BYTES);
  }

  ScaledTensor tensor() {
    return tensor;
  }

  @Override
  public String name() {
    return tensor.weight().source().name();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    long first = offset / Float.BYTES;
    long end = Math.ceilDiv(offset + into.byteSize(), Float.BYTES);
    if ((end - first) * Float.BYTES == into.byteSize()) {
      values(first, into);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment whole = arena.allocate((end - first) * Float.BYTES);
      values(first, whole);
      MemorySegment.copy(whole, offset - first * Float.BYTES, into, 0, into.byteSize());
    }
  }

  private void values(long first, MemorySegment into) {
    long count = into.byteSize() / Float.BYTES;
    MemorySegment codes = into.asSlice(into.byteSize() - count);
    tensor.weight().source().read(tensor.weight().offset() + first, codes);
    Codec codec = Kernels.best().codec(tensor.weight().spec().dtype());
    float[] scale = scales();
    float[] block = new float[Block.ELEMENTS];
    for (long start = 0; start < count; start += block.length) {
      int length = (int) Math.min(block.length, count - start);
      codec.decode(codes, start, block, length);
      multiply(block, length, first + start, scale);
      // Ends before the codes that are yet to be decoded begin.
      MemorySegment.copy(block, 0, into, FLOAT, start * Float.BYTES, length);
    }
  }

  private void multiply(float[] block, int length, long first, float[] scale) {
    for (int at = 0; at < length; ) {
      int end = (int) Math.min(length, at + tensor.grid().run(first + at));
      float factor = scale[tensor.grid().scale(first + at)];
      for (int i = at; i < end; i++) {
        block[i] *= factor;
      }
      at = end;
    }
  }

  private synchronized float[] scales() {
    if (scales == null) {
      scales = readScales(tensor.scale());
    }
    return scales;
  }

  private static float[] readScales(StoredTensor scale) {
    float[] values = new float[Math.toIntExact(scale.spec().elementCount())];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(scale.length());
      scale.source().read(scale.offset(), bytes);
      if (scale.spec().dtype().equals(DType.F8_E8M0)) {
        for (int i = 0; i < values.length; i++) {
          values[i] = powerOfTwo(bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF);
        }
      } else {
        Kernels.best().codec(scale.spec().dtype()).decode(bytes, 0, values, values.length);
      }
    }
    return values;
  }

  /// Source: OCP Microscaling Formats (MX) Specification: 2^(stored - 127), all bits set for NaN.
  private static float powerOfTwo(int stored) {
    return stored == 0xFF ? Float.NaN : Math.scalb(1f, stored - 127);
  }

  /// The few scales are not counted.
  @Override
  public long fetched(long bytes) {
    return bytes / Float.BYTES;
  }

  @Override
  public void verifyUnchanged() {
    tensor.weight().source().verifyUnchanged();
    tensor.scale().source().verifyUnchanged();
  }

  /// The sources are their owners' to close.
  @Override
  public void close() {}
}
