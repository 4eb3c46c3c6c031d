package dev.mokume.synth;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import dev.mokume.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// One worker's buffers, and how tiles get their bytes.
final class TileFiller {
  private static final int WIDEST_ELEMENT = 8;

  private final Kernels kernels;
  private final MemorySegment output;
  private final MemorySegment input;
  private final float[] block = new float[Block.ELEMENTS];

  TileFiller(Kernels kernels, Arena arena) {
    this.kernels = kernels;
    this.output = arena.allocate((long) SynthRun.TILE_ELEMENTS * WIDEST_ELEMENT, 64);
    this.input = arena.allocate((long) SynthRun.TILE_ELEMENTS * WIDEST_ELEMENT, 64);
  }

  /// The bytes of elements `first` to `first + count` (of bytes for a copy), valid until the next
  /// call. `first` is a multiple of [SynthRun#TILE_ELEMENTS].
  MemorySegment fill(SynthTensor tensor, long first, int count) {
    DType dtype = tensor.entry().spec().dtype();
    MemorySegment tile = output.asSlice(0, SynthRun.packing(tensor).bytes(count));
    switch (tensor.content()) {
      case Content.Copy(StoredTensor from) -> from.source().read(from.offset() + first, tile);
      case Content.Sibling(StoredTensor base, float deviation) ->
          fillSibling(base, deviation, tensor.key(), first, count, dtype);
      case Content.Random(float mean, float deviation) ->
          encode(
              dtype,
              count,
              (at, length) -> Noise.fill(tensor.key(), first + at, mean, deviation, block, length));
      case Content.Values(float[] values) ->
          encode(
              dtype,
              count,
              (at, length) -> System.arraycopy(values, (int) first + at, block, 0, length));
      case Content.Constant(float value) ->
          encode(dtype, count, (_, length) -> Arrays.fill(block, 0, length, value));
      case Content.Zeros() -> tile.fill((byte) 0);
      case Content.Positions() ->
          fillPositions(tile, dtype, tensor.entry().spec().shape(), first, count);
    }
    return tile;
  }

  /// Puts elements `at` to `at + length` of the tile into `block`.
  @FunctionalInterface
  private interface BlockFiller {
    void fill(int at, int length);
  }

  private void encode(DType dtype, int count, BlockFiller filler) {
    Codec codec = kernels.codec(dtype);
    for (int at = 0; at < count; at += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - at);
      filler.fill(at, length);
      codec.encode(block, output, dtype.packing().bytes(at), length);
    }
  }

  private void fillSibling(
      StoredTensor base, float deviation, long key, long first, int count, DType dtype) {
    Packing packing = base.spec().dtype().packing();
    base.source()
        .read(base.offset() + packing.bytes(first), input.asSlice(0, packing.bytes(count)));
    Codec codec = kernels.codec(base.spec().dtype());
    encode(
        dtype,
        count,
        (at, length) -> {
          codec.decode(input, packing.bytes(at), block, length);
          Noise.add(key, first + at, deviation, block, length);
        });
  }

  /// Little-endian integers that count each row from 0.
  private static void fillPositions(
      MemorySegment tile, DType dtype, Shape shape, long first, int count) {
    int width = dtype.packing().bytes();
    long row = shape.rank() == 0 ? 1 : shape.dimension(shape.rank() - 1);
    ValueLayout.OfLong wide = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      long position = (first + i) % row;
      if (width == Long.BYTES) {
        tile.set(wide, (long) i * width, position);
      } else {
        for (int b = 0; b < width; b++) {
          tile.set(ValueLayout.JAVA_BYTE, (long) i * width + b, (byte) (position >>> 8 * b));
        }
      }
    }
  }
}
