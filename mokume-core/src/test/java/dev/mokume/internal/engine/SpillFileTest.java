package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillFileTest {
  @TempDir Path folder;

  private final Arena arena = Arena.ofAuto();

  @Test
  void whatIsWrittenIsReadBackInAnyOrder() {
    MemorySegment written = arena.allocateFrom(ValueLayout.JAVA_INT, 1, 2, 3, 4);
    MemorySegment read = arena.allocate(16);
    try (SpillFile spill = new SpillFile(folder, "")) {
      spill.write(1 << 20, written.asSlice(8));
      spill.write(0, written.asSlice(0, 8));
      spill.read(0, read.asSlice(0, 8));
      spill.read(1 << 20, read.asSlice(8));
    }
    assertThat(read.toArray(ValueLayout.JAVA_INT)).containsExactly(1, 2, 3, 4);
  }

  @Test
  void theFileIsGoneAfterwards() {
    try (SpillFile spill = new SpillFile(folder, "")) {
      spill.write(0, arena.allocate(100));
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFolderThatTakesNoFileIsNamed() {
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> new SpillFile(missing, "which a test needs. Leave it.").close())
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IO_FAILED))
        .hasMessage(
            "cannot make a temporary file in "
                + missing
                + " (there is no folder '"
                + missing
                + "'), which a test needs. Leave it.");
  }

  @Test
  void readingBehindItsEndFails() {
    try (SpillFile spill = new SpillFile(folder, "")) {
      spill.write(0, arena.allocate(10));
      assertThatThrownBy(() -> spill.read(8, arena.allocate(4)))
          .isInstanceOf(MokumeException.class)
          .hasMessageStartingWith("cannot read the temporary file " + folder)
          .hasMessageEndingWith(": it ends at byte 10.");
    }
  }
}
