package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.CheckpointLayout.Gap;
import dev.mokume.checkpoint.CheckpointLayout.Placement;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Tensors whose rows a file has in another order, read and written in any pieces.
class RowOrderTest {
  /// Row 0 is the file's 2, row 1 its 0, row 2 its 1.
  private static final RowOrder ORDER = row -> (row + 2) % 3;

  private static final byte[] STORED = {9, 3, 4, 5, 6, 1, 2, 9};
  private static final byte[] IN_ORDER = {1, 2, 3, 4, 5, 6};

  @Test
  void anyStretchIsReadInOrder() {
    StoredTensor tensor =
        new MemorySource("memory", STORED).tensor("a", DType.U8, 1, 3, 2).reordered("b", ORDER);
    assertThat(tensor.spec()).isEqualTo(new TensorSpec("b", DType.U8, Shape.of(3, 2)));
    for (int from = 0; from <= 6; from++) {
      for (int to = from; to <= 6; to++) {
        byte[] expected = Arrays.copyOfRange(IN_ORDER, from, to);
        MemorySegment read = MemorySegment.ofArray(new byte[to - from]);
        tensor.source().read(tensor.offset() + from, read);
        assertThat(read.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
      }
    }
  }

  @Test
  void anyPieceIsWrittenWhereTheFileHasIt() {
    Placement ordinary = new Placement(new TensorSpec("a", DType.U8, Shape.of(1)), 1, 1);
    Placement reordered =
        new Placement(new TensorSpec("b", DType.U8, Shape.of(3, 2)), 4, 6, Optional.of(ORDER));
    Placement behind = new Placement(new TensorSpec("c", DType.U8, Shape.of(1)), 10, 1);
    CheckpointLayout layout =
        new CheckpointLayout(new byte[] {8}, List.of(ordinary, reordered, behind), 12);
    assertThat(layout.gaps()).containsExactly(new Gap(2, 2), new Gap(11, 1));
    for (int cut = 0; cut <= 6; cut++) {
      MemorySink sink = new MemorySink(12);
      try (CheckpointWriter writer = CheckpointWriter.open(layout, sink);
          Arena arena = Arena.ofConfined()) {
        MemorySegment all = arena.allocateFrom(ValueLayout.JAVA_BYTE, IN_ORDER);
        writer.write(reordered, cut, all.asSlice(cut));
        writer.write(reordered, 0, all.asSlice(0, cut));
        writer.write(ordinary, 0, arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 7));
        writer.write(behind, 0, arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 9));
        writer.commit();
      }
      assertThat(sink.bytes()).containsExactly(8, 7, 0, 0, 3, 4, 5, 6, 1, 2, 9, 0);
      assertThat(sink.written()).isEqualTo(12);
    }
  }
}
