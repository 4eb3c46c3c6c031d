package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.analysis.MaskSummary.Selection;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorValues;
import java.nio.file.Path;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Looking at what a recipe would make, without making it.
class SingleTensorTest {
  private static final int MANY = 100_000;

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    float[] ramp = new float[MANY];
    for (int i = 0; i < MANY; i++) {
      ramp[i] = i;
    }
    merge =
        new SmallMerge(folder)
            .model(
                "a",
                new SmallCheckpoint()
                    .with("w", DType.F16, Shape.of(2, 2), 0, 1, 2, 3)
                    .with("long", ramp)
                    .with("empty")
                    .withBytes("ids", DType.I64, Shape.of(1), new byte[8]))
            .model(
                "b",
                new SmallCheckpoint()
                    .with("w", DType.F16, Shape.of(2, 2), 1, 1, 1, 2049)
                    .with("long", new float[MANY]));
  }

  private static Result half() {
    return SmallMerge.only(
        Component.OTHER,
        new Weights.Interpolate(
            Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.empty()));
  }

  private TensorValues tensor(Result result, String name) {
    return Mokume.tensor(merge.recipe(result), name, merge.options);
  }

  private AbstractThrowableAssert<?, ?> refuses(Result result, String name, ErrorCode code) {
    return assertThatThrownBy(() -> tensor(result, name))
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  private static float[] values(TensorValues tensor) {
    float[] values = new float[(int) tensor.spec().elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.value(i);
    }
    return values;
  }

  @Test
  void itsValuesAreThoseOfTheOutputRoundedToItsDtype() {
    TensorValues tensor = tensor(half(), "w");
    assertThat(tensor.spec().shape()).isEqualTo(Shape.of(2, 2));
    // b holds 2048 for 2049, which F16 cannot; (3 + 2048) / 2 = 1025.5 is rounded to even.
    assertThat(values(tensor)).containsExactly(0.5f, 1, 1.5f, 1026);
    assertThat(values(tensor(half(), "long"))).isEqualTo(merge.merge(half()).values("long"));
  }

  @Test
  void aTensorThatIsOnlyCopiedIsReadToo() {
    TensorValues tensor = tensor(SmallMerge.only(Component.OTHER, A), "long");
    assertThat(tensor.value(0)).isZero();
    assertThat(tensor.value(MANY - 1)).isEqualTo(MANY - 1);
    assertThat(tensor(half(), "empty").elements().byteSize()).isZero();
  }

  @Test
  void aNameThatIsNotThereOffersTheNearest() {
    refuses(half(), "lnog", ErrorCode.INVALID_RECIPE)
        .hasMessage("what the recipe makes has no tensor 'lnog'; did you mean 'long'?");
    refuses(half(), "diffusion_model.out", ErrorCode.INVALID_RECIPE)
        .hasMessage("what the recipe makes has no tensor 'diffusion_model.out'.");
  }

  @Test
  void aTensorThatIsNoFloatsIsRefused() {
    refuses(half(), "ids", ErrorCode.UNSUPPORTED_CHECKPOINT)
        .hasMessage(
            "tensor 'ids' is stored as I64, which Mokume copies but does not read as numbers."
                + " Choose one of a float dtype.");
  }

  @Test
  void aTensorThatDoesNotFitIsRefused() {
    merge.options = merge.options.withMemory(700_000);
    refuses(half(), "long", ErrorCode.MEMORY_BUDGET)
        .hasMessage(
            "tensor 'long' has 100,000 elements, which take 400 kB as f32; of the budget for"
                + " buffers, 700 kB, half can be used for them. Give more memory.");
  }

  @Test
  void aMaskHasNoValuesAndACheckpointNoBits() {
    refuses(Result.MaskFile.of(new Mask.Constant(A, true)), "w", ErrorCode.INVALID_RECIPE)
        .hasMessage("the recipe makes a mask, which has bits and no values; count it instead.");
    assertThatThrownBy(() -> Mokume.countMask(merge.recipe(half()), merge.options))
        .isInstanceOf(MokumeException.class)
        .hasMessage("the recipe makes a checkpoint and no mask to count.");
  }

  @Test
  void aMaskIsCountedAsItsFileWouldBe() {
    Result random = Result.MaskFile.of(new Mask.Random(A, 0.25, 3));
    var counted = Mokume.countMask(merge.recipe(random), merge.options);
    assertThat(counted.tensors()).containsOnlyKeys("w", "long");
    assertThat(counted.tensors().get("long").share()).isBetween(0.74, 0.76);
    assertThat(counted.blocks().values().stream().reduce(new Selection(0, 0, 0), this::sum))
        .isEqualTo(counted.total());
    Mokume.merge(merge.recipe(random), merge.output(), merge.options);
    assertThat(Mokume.inspectMask(merge.output(), merge.options).tensors())
        .isEqualTo(counted.tensors());
  }

  private Selection sum(Selection a, Selection b) {
    return new Selection(
        a.tensors() + b.tensors(), a.selected() + b.selected(), a.elements() + b.elements());
  }

  @Test
  void problemsOfThePlanAreToldAndNothingIsComputed() {
    Result unknown = SmallMerge.only(Component.OTHER, new Weights.Named("x"));
    assertThatThrownBy(() -> tensor(unknown, "w")).isInstanceOf(MokumeException.class);
  }
}
