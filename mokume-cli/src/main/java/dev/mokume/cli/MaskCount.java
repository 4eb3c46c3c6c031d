package dev.mokume.cli;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How many elements a stored mask selects, tensor by tensor.
final class MaskCount {
  private static final int PIECE = 1 << 20;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private MaskCount() {}

  /// @param elements of the tensor that the mask is for
  record Entry(String tensor, long selected, long elements) {}

  static List<Entry> of(Path file) {
    try (Checkpoint checkpoint = Checkpoints.open(file);
        Arena arena = Arena.ofConfined()) {
      MaskFile mask = MaskFile.of(checkpoint);
      MemorySegment buffer = arena.allocate(PIECE);
      List<Entry> entries = new ArrayList<>();
      for (StoredTensor tensor : checkpoint.tensors().values()) {
        entries.add(new Entry(tensor.name(), selected(mask.form(tensor), tensor, buffer), mask.shape(tensor).elementCount()));
      }
      return entries;
    }
  }

  private static long selected(MaskFile.Form form, StoredTensor tensor, MemorySegment buffer) {
    int width = form == MaskFile.Form.FLOATS ? tensor.spec().dtype().bytes().orElseThrow() : 1;
    long selected = 0;
    for (long done = 0; done < tensor.length(); done += PIECE) {
      MemorySegment part = buffer.asSlice(0, Math.min(PIECE, tensor.length() - done));
      tensor.source().read(tensor.offset() + done, part);
      selected += form == MaskFile.Form.PACKED ? ones(part) : nonZero(part, width, tensor.spec().dtype());
    }
    return selected;
  }

  private static long ones(MemorySegment bits) {
    long ones = 0;
    long whole = bits.byteSize() & ~7L;
    for (long i = 0; i < whole; i += 8) {
      ones += Long.bitCount(bits.get(LONG, i));
    }
    for (long i = whole; i < bits.byteSize(); i++) {
      ones += Integer.bitCount(bits.get(ValueLayout.JAVA_BYTE, i) & 0xFF);
    }
    return ones;
  }

  private static long nonZero(MemorySegment values, int width, DType dtype) {
    long count = 0;
    for (long i = 0; i < values.byteSize(); i += width) {
      boolean any = false;
      for (int j = 0; j < width; j++) {
        int octet = values.get(ValueLayout.JAVA_BYTE, i + j) & 0xFF;
        // The last byte of a float holds its sign, and minus zero is zero.
        any |= (dtype.isBlendable() && j == width - 1 ? octet & 0x7F : octet) != 0;
      }
      count += any ? 1 : 0;
    }
    return count;
  }
}
