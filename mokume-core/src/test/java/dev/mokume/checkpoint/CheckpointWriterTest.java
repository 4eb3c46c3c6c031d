package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.CheckpointLayout.Placement;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointWriterTest {
  private static final Placement A =
      new Placement(new TensorSpec("a", DType.U8, Shape.of(3)), 2, 3);
  private static final CheckpointLayout LAYOUT =
      new CheckpointLayout(new byte[] {9, 8}, List.of(A));

  @TempDir Path folder;

  private AtomicFileOutput output() {
    return AtomicFileOutput.create(
        folder.resolve("out"), LAYOUT.size(), AtomicFileOutput.Options.defaults());
  }

  private static MemorySegment part(Arena arena, int... content) {
    MemorySegment part = arena.allocate(content.length);
    for (int i = 0; i < content.length; i++) {
      part.set(ValueLayout.JAVA_BYTE, i, (byte) content[i]);
    }
    return part;
  }

  @Test
  void headerAndTensorsAtTheirPlaces() {
    try (CheckpointWriter writer = CheckpointWriter.open(LAYOUT, output());
        Arena arena = Arena.ofConfined()) {
      writer.write(A, 2, part(arena, 3));
      writer.write(A, 0, part(arena, 1, 2));
      writer.commit();
    }
    assertThat(folder.resolve("out")).hasBinaryContent(new byte[] {9, 8, 1, 2, 3});
  }

  @Test
  void aMissingByteIsABugThatShows() {
    try (CheckpointWriter writer = CheckpointWriter.open(LAYOUT, output());
        Arena arena = Arena.ofConfined()) {
      writer.write(A, 0, part(arena, 1, 2));
      assertThatThrownBy(writer::commit)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              folder.resolve("out") + ": 4 bytes were written of 5; this is a bug of Mokume");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aPartThatDoesNotFitItsTensorIsMisuse() {
    try (CheckpointWriter writer = CheckpointWriter.open(LAYOUT, output());
        Arena arena = Arena.ofConfined()) {
      assertThatThrownBy(() -> writer.write(A, 2, part(arena, 1, 2)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("2 bytes at 2 do not fit tensor 'a' of 3");
    }
  }

  @Test
  void aLayoutHasNoOverlaps() {
    Placement overlapping = new Placement(new TensorSpec("b", DType.U8, Shape.of(1)), 4, 1);
    assertThatThrownBy(() -> new CheckpointLayout(new byte[2], List.of(A, overlapping)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor 'b' overlaps what stands before it");
    assertThatThrownBy(() -> LAYOUT.placement("b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no tensor is called 'b'");
  }

  @Test
  void theLengthOfAnEntryFollowsFromItsDtypeAndShape() {
    assertThat(TensorEntry.of(new TensorSpec("a", DType.BF16, Shape.of(3, 5))).length())
        .isEqualTo(30);
    assertThat(TensorEntry.of(new TensorSpec("a", DType.F4, Shape.of(3, 2))).length()).isEqualTo(3);
    assertThatThrownBy(() -> TensorEntry.of(new TensorSpec("a", DType.F4, Shape.of(3))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> TensorEntry.of(new TensorSpec("a", DType.of("F128"), Shape.of(8))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(TensorEntry.of(new TensorSpec("a", DType.Q8_0, Shape.of(2, 64))).length())
        .isEqualTo(136);
    assertThatThrownBy(() -> TensorEntry.of(new TensorSpec("a", DType.Q8_0, Shape.of(64, 2))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
