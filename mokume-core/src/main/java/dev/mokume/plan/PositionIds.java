package dev.mokume.plan;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The numbers 0, 1, 2, ... by which a text encoder finds the places of a prompt, as if they were
/// stored somewhere as I64.
///
/// @param count of numbers
record PositionIds(long count) implements ByteSource {
  /// Whether a tensor is called so.
  static boolean areIn(String tensor) {
    return tensor.equals("position_ids") || tensor.endsWith(".position_ids");
  }

  /// Under the name and in the shape of those that a model has.
  static StoredTensor like(TensorSpec damaged) {
    PositionIds ids = new PositionIds(damaged.elementCount());
    TensorSpec spec = new TensorSpec(damaged.name(), DType.I64, damaged.shape());
    return new StoredTensor(spec, ids, 0, ids.size());
  }

  @Override
  public String name() {
    return "the numbers from 0 to " + (count - 1);
  }

  @Override
  public long size() {
    return Long.BYTES * count;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    for (long i = 0; i < into.byteSize(); i++) {
      long at = offset + i;
      int shift = (int) (at % Long.BYTES) * Byte.SIZE;
      into.set(ValueLayout.JAVA_BYTE, i, (byte) (at / Long.BYTES >>> shift));
    }
  }

  /// It takes no bytes of any file.
  @Override
  public long fetched(long bytes) {
    return 0;
  }

  @Override
  public void verifyUnchanged() {}

  @Override
  public void close() {}
}
