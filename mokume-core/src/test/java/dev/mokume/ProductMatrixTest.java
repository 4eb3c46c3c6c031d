package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.analysis.Matrix;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import dev.mokume.recipe.comfyui.Product;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a picture of a workflow shows: a tensor of a model that is merged for it.
class ProductMatrixTest {
  private static final String STORED = "model.diffusion_model.out.2.weight";
  private static final String HELD = "diffusion_model.out.2.weight";
  private static final String EMPTY = "model.diffusion_model.out.3.weight";

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge =
        new SmallMerge(folder)
            .model(
                "a",
                new SmallCheckpoint()
                    .with(STORED, DType.F32, Shape.of(2, 2), 0, 1, 2, 3)
                    .with(EMPTY))
            .model(
                "b",
                new SmallCheckpoint()
                    .with(STORED, DType.F32, Shape.of(2, 2), 2, 3, 4, 5)
                    .with(EMPTY));
  }

  private Matrix matrix(String layer, String scaling) {
    Weights half =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.empty());
    return Mokume.matrix(
        new Product.Content.Picture(
            merge.recipe(SmallMerge.only(Component.UNET, half)), layer, scaling),
        2,
        2,
        merge.options);
  }

  @Test
  void showsTheMergedTensorUnderTheNameThatComfyUiHasForIt() {
    Matrix matrix = matrix(HELD, "max");
    assertThat(matrix.title()).isEqualTo("Layer: diffusion_model.out.2.weight - [2, 2]");
    assertThat(matrix.values()).containsExactly(0.25f, 0.5f, 0.75f, 1);
    assertThat(matrix(STORED, "none").values()).containsExactly(1, 2, 3, 4);
  }

  @Test
  void refusesWhatCannotBeShown() {
    assertThatThrownBy(() -> matrix("diffusion_model.out.1.weight", "max"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the layer 'diffusion_model.out.1.weight' is not in the model; did you mean"
                + " 'diffusion_model.out.2.weight'?");
    assertThatThrownBy(() -> matrix(EMPTY, "max"))
        .isInstanceOf(MokumeException.class)
        .hasMessage("the layer 'model.diffusion_model.out.3.weight' has no elements to draw.");
    assertThatThrownBy(() -> matrix(HELD, "maxx"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "there is no scaling 'maxx'; did you mean 'max'? It is one of none, mean, log, max,"
                + " min, std.");
  }
}
