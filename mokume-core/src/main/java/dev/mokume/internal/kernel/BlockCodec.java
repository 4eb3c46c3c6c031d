package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A type of GGUF whose elements lie in blocks: offsets are those of a block, counts are whole
/// blocks.
///
/// Decoding is exact to the formulas of ggml, each operation rounded to f32. Encoding makes the
/// choices of ggml's reference quantisers (`quantize_row_*_ref`), also without fused operations. A
/// block that a value of NaN or infinity falls into, or whose scale is too large for an F16, has a
/// scale of NaN, so that all of it is NaN: there is no way to mark one element.
final class BlockCodec implements Codec {
  private static final short NAN = 0x7E00;
  private static final int MAGNITUDE = 0x7FFF_FFFF;
  private static final int INFINITY = 0x7F80_0000;

  private final DType dtype;
  private final int elements;
  private final int bytes;
  private final int scale;
  private final BlockDecoding decoding;
  private final BlockEncoding encoding;

  /// @param scale the place of the F16 in a block that all of its elements are multiplied with
  private BlockCodec(DType dtype, int scale, BlockDecoding decoding, BlockEncoding encoding) {
    Packing packing = dtype.packing();
    this.dtype = dtype;
    this.elements = packing.elements();
    this.bytes = packing.bytes();
    this.scale = scale;
    this.decoding = decoding;
    this.encoding = encoding;
  }

  static Map<DType, Codec> all() {
    Map<DType, Codec> codecs = new HashMap<>();
    put(codecs, DType.Q4_0, 0, SmallBlocks::decodeQ4_0, SmallBlocks::encodeQ4_0);
    put(codecs, DType.Q4_1, 0, SmallBlocks::decodeQ4_1, null);
    put(codecs, DType.Q5_0, 0, SmallBlocks::decodeQ5_0, SmallBlocks::encodeQ5_0);
    put(codecs, DType.Q5_1, 0, SmallBlocks::decodeQ5_1, null);
    put(codecs, DType.Q8_0, 0, SmallBlocks::decodeQ8_0, SmallBlocks::encodeQ8_0);
    put(codecs, DType.IQ4_NL, 0, SmallBlocks::decodeIq4Nl, null);
    put(codecs, DType.Q2_K, SuperBlocks.Q2_SCALE, SuperBlocks::decodeQ2, null);
    put(codecs, DType.Q3_K, SuperBlocks.Q3_SCALE, SuperBlocks::decodeQ3, null);
    put(codecs, DType.Q4_K, 0, SuperBlocks::decodeQ4, SuperBlockEncoding::encodeQ4);
    put(codecs, DType.Q5_K, 0, SuperBlocks::decodeQ5, SuperBlockEncoding::encodeQ5);
    put(
        codecs,
        DType.Q6_K,
        SuperBlocks.Q6_SCALE,
        SuperBlocks::decodeQ6,
        SuperBlockEncoding::encodeQ6);
    put(codecs, DType.IQ4_XS, 0, SuperBlocks::decodeIq4Xs, null);
    return codecs;
  }

  private static void put(
      Map<DType, Codec> codecs,
      DType dtype,
      int scale,
      BlockDecoding decoding,
      @Nullable BlockEncoding encoding) {
    BlockEncoding refusing =
        (_, _, _, _) -> {
          throw new IllegalArgumentException(
              "values are not encoded to " + dtype + ": ask DType.isEncodable() first");
        };
    codecs.put(
        dtype, new BlockCodec(dtype, scale, decoding, encoding == null ? refusing : encoding));
  }

  @Override
  public void decode(MemorySegment from, long offset, float[] into, int count) {
    byte[] blocks = Scratch.ofThread().blocks;
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      int size = length / elements * bytes;
      MemorySegment.copy(from, ValueLayout.JAVA_BYTE, offset + at(start), blocks, 0, size);
      for (int at = 0, i = start; at < size; at += bytes, i += elements) {
        decoding.decode(blocks, at, into, i);
      }
    }
  }

  @Override
  public int encode(float[] from, MemorySegment into, long offset, int count) {
    byte[] blocks = Scratch.ofThread().blocks;
    int found = 0;
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      int size = length / elements * bytes;
      Arrays.fill(blocks, 0, size, (byte) 0);
      for (int at = 0, i = start; at < size; at += bytes, i += elements) {
        found += encodeBlock(from, i, blocks, at);
      }
      MemorySegment.copy(blocks, 0, into, ValueLayout.JAVA_BYTE, offset + at(start), size);
    }
    return found;
  }

  private long at(int element) {
    return (long) element / elements * bytes;
  }

  private int encodeBlock(float[] from, int start, byte[] blocks, int at) {
    if (isFinite(from, start)) {
      encoding.encode(from, start, blocks, at);
      if (Float.isFinite(Halves.get(blocks, at + scale))) {
        return 0;
      }
      Arrays.fill(blocks, at, at + bytes, (byte) 0);
    }
    Halves.put(blocks, at + scale, NAN);
    return elements;
  }

  private boolean isFinite(float[] from, int start) {
    int greatest = 0;
    for (int i = 0; i < elements; i++) {
      greatest = Math.max(greatest, Float.floatToRawIntBits(from[start + i]) & MAGNITUDE);
    }
    return greatest < INFINITY;
  }

  @Override
  public String toString() {
    return dtype.name();
  }
}
