package dev.mokume.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.analysis.MaskSummary.Selection;
import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.TinyCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskSummaryTest {
  private static final MergeOptions OPTIONS = MergeOptions.defaults().withThreads(1);

  @TempDir Path folder;

  @Test
  void countsPackedBitsByBlockAndComponent() {
    Path mask =
        new TinyCheckpoint()
            .tensor("layers.0.weight", DType.U8, Shape.of(2), (byte) 0b0000_0111, (byte) 0b1)
            .tensor("layers.0.bias", DType.U8, Shape.of(1), (byte) 0)
            .tensor("layers.1.weight", DType.U8, Shape.of(1), (byte) 0b11)
            .metadata(
                MaskFile.SHAPES,
                "{\"layers.0.weight\":[3,3],\"layers.0.bias\":[3],\"layers.1.weight\":[2]}")
            .write(file());

    MaskSummary summary = Mokume.inspectMask(mask, OPTIONS);

    assertThat(summary.name()).isEqualTo(mask.toString());
    assertThat(summary.total()).isEqualTo(new Selection(3, 6, 14));
    assertThat(summary.components())
        .containsExactlyEntriesOf(java.util.Map.of(Component.OTHER, summary.total()));
    assertThat(summary.blocks().get(new Block(Component.OTHER, "layers.0")))
        .isEqualTo(new Selection(2, 4, 12));
    assertThat(summary.blocks().get(new Block(Component.OTHER, "layers.1")))
        .isEqualTo(new Selection(1, 2, 2));
    assertThat(summary.tensors().get("layers.0.weight")).isEqualTo(new Selection(1, 4, 9));
    assertThat(summary.tensors().get("layers.0.weight").share()).isEqualTo(4 / 9.0);
  }

  @Test
  void bitsBeyondTheLastElementDoNotCount() {
    Path mask =
        new TinyCheckpoint()
            .tensor("w", DType.U8, Shape.of(1), (byte) 0xFF)
            .metadata(MaskFile.SHAPES, "{\"w\":[3]}")
            .write(file());

    assertThat(Mokume.inspectMask(mask, OPTIONS).total()).isEqualTo(new Selection(1, 3, 3));
  }

  @Test
  void countsMasksOfOtherTools() {
    Path mask =
        new TinyCheckpoint()
            .tensor("bools", DType.BOOL, Shape.of(4), (byte) 1, (byte) 0, (byte) 1, (byte) 1)
            .f32("floats", 0, -0f, 1, -0.5f, Float.NaN)
            .tensor("none", DType.U8, Shape.of(0))
            .write(file());

    MaskSummary summary = Mokume.inspectMask(mask, OPTIONS);

    assertThat(summary.tensors().get("bools")).isEqualTo(new Selection(1, 3, 4));
    assertThat(summary.tensors().get("floats")).isEqualTo(new Selection(1, 2, 5));
    assertThat(summary.tensors().get("none").share()).isNaN();
  }

  @Test
  void aDamagedMaskFileIsRefusedWithAllThatIsWrong() {
    Path mask =
        new TinyCheckpoint()
            .tensor("short", DType.U8, Shape.of(1), (byte) 0)
            .tensor("unknown", DType.U8, Shape.of(1), (byte) 0)
            .metadata(MaskFile.SHAPES, "{\"short\":[9]}")
            .write(file());

    assertThatThrownBy(() -> Mokume.inspectMask(mask, OPTIONS))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e ->
                assertThat(e.problems())
                    .extracting(problem -> problem.message())
                    .containsExactly(
                        mask
                            + ": the mask of tensor 'short' holds 1 byte of U8, but the bits of"
                            + " shape [9] are 2 bytes of U8; the mask file is damaged, make it"
                            + " again.",
                        mask
                            + ": the mask of tensor 'unknown' has no shape in the metadata entry"
                            + " 'mokume.mask.shapes'; the mask file is damaged, make it again."));
  }

  @Test
  void aCheckpointOfIntegersIsNoMask() {
    Path mask = new TinyCheckpoint().i64("ids", 1).write(file());

    assertThatThrownBy(() -> Mokume.inspectMask(mask, OPTIONS))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            mask
                + ": tensor 'ids' has dtype I64, but a mask is BOOL, U8 or a float dtype. Is this a"
                + " mask file?");
  }

  private Path file() {
    return folder.resolve("mask.safetensors");
  }
}
