package dev.mokume.golden;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Reads a mask file as Mokume writes it: packed little-endian bits as U8, the tensors' shapes in
/// the metadata.
final class PackedMasks {
  private static final String SHAPES = "mokume.mask.shapes";

  private PackedMasks() {}

  /// The masks as BOOL tensors of the model's shapes.
  static SequencedMap<String, GoldenTensor> unpack(TensorFile file) {
    String json = file.metadata().get(SHAPES);
    if (json == null) {
      throw new AssertionError(
          "the mask file has no " + SHAPES + " but " + file.metadata().keySet());
    }
    Fields shapes = Json.object(json.getBytes(StandardCharsets.UTF_8));
    SequencedMap<String, GoldenTensor> masks = new LinkedHashMap<>();
    file.tensors().forEach((name, packed) -> masks.put(name, unpack(packed, shape(shapes, name))));
    return masks;
  }

  private static Shape shape(Fields shapes, String name) {
    return Shape.of(
        shapes.list(name).stream().mapToLong(size -> ((Number) size).longValue()).toArray());
  }

  private static GoldenTensor unpack(GoldenTensor packed, Shape shape) {
    int count = Math.toIntExact(shape.elementCount());
    if (!packed.dtype().equals(DType.U8) || packed.bytes().length != (count + 7) / 8) {
      throw new AssertionError(
          "a mask of " + count + " bits is stored as " + packed.dtype() + packed.shape());
    }
    boolean[] bits = new boolean[count];
    for (int i = 0; i < count; i++) {
      bits[i] = (packed.bytes()[i >> 3] >> (i & 7) & 1) != 0;
    }
    return GoldenTensor.ofBooleans(shape, bits);
  }
}
