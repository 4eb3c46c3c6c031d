package dev.mokume.checkpoint;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/// Bytes in memory as a source, which counts what is read and how often.
public final class MemorySource implements ByteSource {
  private final String name;
  private final byte[] bytes;
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();

  public MemorySource(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes.clone();
  }

  /// Values in F32.
  public static MemorySource of(String name, float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return new MemorySource(name, bytes.array());
  }

  /// The bytes from `offset` on as a tensor.
  public StoredTensor tensor(String tensor, DType dtype, long offset, long... shape) {
    TensorSpec spec = new TensorSpec(tensor, dtype, Shape.of(shape));
    return new StoredTensor(spec, this, offset, dtype.packing().bytes(spec.elementCount()));
  }

  /// How often it was read from.
  public long reads() {
    return reads.get();
  }

  public long bytesRead() {
    return bytesRead.get();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    reads.incrementAndGet();
    bytesRead.addAndGet(into.byteSize());
    MemorySegment.copy(MemorySegment.ofArray(bytes), offset, into, 0, into.byteSize());
  }

  @Override
  public void verifyUnchanged() {}

  @Override
  public void close() {}
}
