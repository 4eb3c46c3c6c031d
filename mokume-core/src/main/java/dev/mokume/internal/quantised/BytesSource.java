package dev.mokume.internal.quantised;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;

/// The few bytes of a tensor that no file has.
public final class BytesSource implements ByteSource {
  private final String name;
  private final byte[] bytes;

  private BytesSource(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  /// ComfyUI's mark of scaled weights. Two elements tell it to multiply in the precision of the
  /// input; none, to round the input to 8 bits too, which needs scales of the input to be right.
  public static StoredTensor marker(String name, DType dtype, boolean hasInputScales) {
    byte[] bytes = new byte[hasInputScales ? 0 : 2];
    return new StoredTensor(
        new TensorSpec(name, dtype, Shape.of(bytes.length)),
        new BytesSource(name, bytes),
        0,
        bytes.length);
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
    MemorySegment.copy(MemorySegment.ofArray(bytes), offset, into, 0, into.byteSize());
  }

  @Override
  public void verifyUnchanged() {}

  @Override
  public void close() {}
}
