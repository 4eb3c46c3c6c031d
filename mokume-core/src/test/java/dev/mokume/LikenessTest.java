package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.Likeness;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// supermerger's cosineA and cosineB, worked by hand on two matrices of two columns. The cosines of
/// the columns are 1 and 0 in the first, -1 and 0.6 in the later.
class LikenessTest {
  private static final Offset<Float> CLOSE = offset(1e-6f);
  private static final Shape SQUARE = Shape.of(2, 2);

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void models() {
    merge =
        new SmallMerge(folder)
            .model(
                "a",
                new SmallCheckpoint()
                    .with("first", SQUARE, 1, 0, 0, 1)
                    .with("later", SQUARE, 1, 1, 0, 0))
            .model(
                "b",
                new SmallCheckpoint()
                    .with("first", SQUARE, 1, 1, 0, 0)
                    .with("later", SQUARE, -1, 3, 0, 4));
  }

  private static Weights likeness(Likeness likeness, double alpha) {
    return new Weights.ByLikeness(A, B, new Ratio.Constant(alpha), likeness);
  }

  /// In order -1, 0, 0.6, 1: with a hundredth cut at either end the range is from 0 to 0.6. The
  /// tensors' own cosines, of columns of length 1, are (1 + 0) / 2 and (-1 + 0.6) / 2.
  ///
  /// First: likenesses (1 + 0.5) / 2 and (0 + 0.5) / 2, so k = 1.25 - 0.25 and 5/12 - 1/4 = 1/6.
  /// Later: (-1 - 0.2) / 2 is below the range, (0.6 - 0.2) / 2 gives k = 1/3 - 1/4 = 1/12.
  @Test
  void directionsAreRankedByTheirColumnsAlone() {
    SmallCheckpoint made = merge.merge(likeness(Likeness.DIRECTIONS, 0.25));
    assertThat(made.values("first")).containsExactly(new float[] {1, 5 / 6f, 0, 1 / 6f}, CLOSE);
    assertThat(made.values("later"))
        .containsExactly(new float[] {-1, 34 / 12f, 0, 44 / 12f}, CLOSE);
  }

  /// The tensors' own cosines are 1 / 2 and 2 / sqrt(2 * 26) = 0.27735, the likenesses 0.75 and
  /// 0.25, -0.361 and 0.438675: the range is from 0.25 to 0.438675, and k is 1, 0, 0 and 1 - 0.25.
  @Test
  void tensorsAreRankedByTheMeanOfBothCosines() {
    SmallCheckpoint made = merge.merge(likeness(Likeness.TENSORS, 0.25));
    assertThat(made.values("first")).containsExactly(new float[] {1, 1, 0, 0}, CLOSE);
    assertThat(made.values("later")).containsExactly(new float[] {-1, 1.5f, 0, 1}, CLOSE);
  }

  @Test
  void theSignOfAlphaDoesNotMatter() {
    assertThat(merge.merge(likeness(Likeness.TENSORS, -0.25)).values("later"))
        .containsExactly(new float[] {-1, 1.5f, 0, 1}, CLOSE);
  }

  @Test
  void ofEqualModelsNothingChanges() {
    Weights same = new Weights.ByLikeness(A, A, new Ratio.Constant(0.5), Likeness.DIRECTIONS);
    assertThat(merge.merge(same).values("first")).containsExactly(1, 0, 0, 1);
  }

  /// A vector is one column, and so is a single number: likenesses 2 (twice), 1.8 and 0.
  @Test
  void vectorsAndNumbersAreOneColumn() {
    merge
        .model(
            "a",
            new SmallCheckpoint()
                .with("alike", Shape.of(2), 1, 1)
                .with("number", Shape.of(), 3)
                .with("v", Shape.of(2), 1, 0)
                .with("w", Shape.of(2), 1, 0))
        .model(
            "b",
            new SmallCheckpoint()
                .with("alike", Shape.of(2), 2, 2)
                .with("number", Shape.of(), 5)
                .with("v", Shape.of(2), 4, 3)
                .with("w", Shape.of(2), -1, 0));
    SmallCheckpoint made = merge.merge(likeness(Likeness.TENSORS, 0.5));
    // The range is from 0.8 to 1, where k is 1 - 0.5.
    assertThat(made.values("alike")).containsExactly(new float[] {1.5f, 1.5f}, CLOSE);
    assertThat(made.values("number")).containsExactly(new float[] {4}, CLOSE);
    assertThat(made.values("v")).containsExactly(new float[] {4, 3}, CLOSE);
    assertThat(made.values("w")).containsExactly(new float[] {-1, 0}, CLOSE);
  }

  /// With the VAE's likeness of -1 the range would not begin at 0.
  @Test
  void theVaeStaysAsItIsAndDoesNotCount() {
    String first = "model.diffusion_model.input_blocks.1.0.in_layers.2.weight";
    String later = "model.diffusion_model.input_blocks.2.0.in_layers.2.weight";
    String vae = "first_stage_model.decoder.conv_in.weight";
    merge
        .model(
            "a",
            new SmallCheckpoint()
                .with(first, SQUARE, 1, 0, 0, 1)
                .with(later, SQUARE, 1, 1, 0, 0)
                .with(vae, SQUARE, 1, 1, 1, 1))
        .model(
            "b",
            new SmallCheckpoint()
                .with(first, SQUARE, 1, 1, 0, 0)
                .with(later, SQUARE, -1, 3, 0, 4)
                .with(vae, SQUARE, -1, -1, -1, -1));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    Weights blend = likeness(Likeness.DIRECTIONS, 0.25);
    components.put(Component.UNET, blend);
    components.put(Component.VAE, blend);
    SmallCheckpoint made = merge.merge(Result.Checkpoint.of(components));
    assertThat(made.values(vae)).containsExactly(1, 1, 1, 1);
    assertThat(made.values(first)).containsExactly(new float[] {1, 5 / 6f, 0, 1 / 6f}, CLOSE);
  }
}
