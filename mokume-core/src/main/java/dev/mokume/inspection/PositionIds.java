package dev.mokume.inspection;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Quoted;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// The numbers by which a text encoder finds each place of a prompt: 0, 1, 2, ... to 76. Old merges
/// blended them as if they were weights and rounded them, so that places are read twice and others
/// not at all.
final class PositionIds {
  /// Longer tensors of that name are not what we think.
  private static final int MOST = 4096;

  private PositionIds() {}

  static boolean is(StoredTensor tensor) {
    long count = tensor.spec().elementCount();
    boolean named = tensor.name().equals("position_ids") || tensor.name().endsWith(".position_ids");
    return named && count > 0 && count <= MOST;
  }

  /// What is wrong with them, if anything.
  static Optional<Finding> problem(StoredTensor tensor) {
    DType dtype = tensor.spec().dtype();
    if (dtype.kind() != DType.Kind.INTEGER && !dtype.isBlendable()) {
      return Optional.of(
          finding(
              "%s is stored as %s, but positions are integers."
                  .formatted(Quoted.name(tensor.name()), dtype)));
    }
    double[] ids = read(tensor);
    int wrong = 0;
    int first = -1;
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] != i) {
        first = wrong++ == 0 ? i : first;
      }
    }
    if (wrong > 0) {
      return Optional.of(
          finding(
              "%s is damaged: %s of %s numbers are wrong, the first at place %s, which holds %s. Take the text encoder, or this tensor, from an undamaged checkpoint."
                  .formatted(
                      Quoted.name(tensor.name()), wrong, ids.length, first, number(ids[first]))));
    }
    return dtype.isBlendable()
        ? Optional.of(
            finding(
                "%s is stored as %s; its numbers are right, but positions are integers (I64)."
                    .formatted(Quoted.name(tensor.name()), dtype)))
        : Optional.empty();
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static Finding finding(String text) {
    return new Finding(Finding.Kind.POSITION_IDS, text);
  }

  private static double[] read(StoredTensor tensor) {
    int count = (int) tensor.spec().elementCount();
    DType dtype = tensor.spec().dtype();
    double[] ids = new double[count];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(tensor.length());
      tensor.source().read(tensor.offset(), bytes);
      if (dtype.isBlendable()) {
        Codec codec = Kernels.scalar().codec(dtype);
        float[] values = new float[count];
        codec.decode(bytes, 0, values, count);
        for (int i = 0; i < count; i++) {
          ids[i] = values[i];
        }
      } else {
        int width = dtype.packing().bytes();
        byte[] stored = bytes.toArray(ValueLayout.JAVA_BYTE);
        for (int i = 0; i < count; i++) {
          ids[i] = integer(stored, i * width, width);
        }
      }
    }
    return ids;
  }

  /// Little-endian, with a sign: unsigned numbers so great that it matters are wrong anyway.
  private static long integer(byte[] stored, int offset, int width) {
    long value = stored[offset + width - 1];
    for (int i = width - 2; i >= 0; i--) {
      value = value << 8 | stored[offset + i] & 0xFF;
    }
    return value;
  }
}
