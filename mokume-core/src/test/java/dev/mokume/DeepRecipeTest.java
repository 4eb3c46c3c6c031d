package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recipes as deep, and as full of shared parts, as workflows make them. None of these tests can
/// end if some walk visits a shared part once for each way that leads to it.
class DeepRecipeTest {
  private static final int THOUSAND = 1_000;
  private static final int DEEPEST = 2_000;

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
    merge.model("a", new SmallCheckpoint().with("w", 0, 1));
    merge.model("b", new SmallCheckpoint().with("w", 1, 3));
  }

  private static Weights interpolate(Weights a, Weights b, double alpha) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, a, b, new Ratio.Constant(alpha), Optional.empty());
  }

  /// `base + (B - A)`.
  private static Weights step(Weights base) {
    return new Weights.AddDelta(base, new Delta.Difference(B, A), new Ratio.Constant(1));
  }

  private static Weights dare(Weights a, int iterations, Interpolation method) {
    return new Weights.Dare(
        a,
        B,
        new Ratio.Constant(0.5),
        new SparseUpdate(0.5, Vote.SUM, false, 1),
        iterations,
        method,
        Optional.of(new Mask.Constant(A, true)));
  }

  /// The half of the elements that the merge has left further from B.
  private static Mask above(Weights base) {
    return new Mask.Magnitude(
        base, B, 0.5, new Mask.Quantile(Mask.Quantile.Rule.EXACT, 1), Mask.Select.ABOVE);
  }

  /// So many methods one upon the other, each with a name.
  private Weights named(int depth, UnaryOperator<Weights> method) {
    Weights last = A;
    for (int i = 0; i < depth; i++) {
      merge.weights.put("w" + i, method.apply(last));
      last = new Weights.Named("w" + i);
    }
    return last;
  }

  private static Weights nested(int depth, UnaryOperator<Weights> method) {
    Weights last = A;
    for (int i = 0; i < depth; i++) {
      last = method.apply(last);
    }
    return last;
  }

  private static void assertInvalid(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable code, String message) {
    assertThatThrownBy(code)
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECIPE))
        .hasMessage(message);
  }

  @Test
  void twoThousandMergesOneUponTheOtherWork() {
    Weights last = named(DEEPEST, DeepRecipeTest::step);
    assertThat(merge.merge(last).values("w")).containsExactly(2000, 4001);
  }

  @Test
  void aThousandRoundedMergesUnderMasksWork() {
    Weights last =
        named(
            THOUSAND,
            base ->
                new Weights.Rounded(
                    new Weights.Interpolate(
                        Interpolation.LERP,
                        base,
                        B,
                        new Ratio.Constant(0.5),
                        Optional.of(above(base)))));
    merge.compat = Compat.COMFYUI_DAREMERGE;
    assertThat(merge.merge(last).values("w")).containsExactly(1, 3);
  }

  @Test
  void aThousandDaresWork() {
    Weights last = named(THOUSAND, base -> dare(base, 1, Interpolation.LINEAR));
    float[] values = merge.merge(last).values("w");
    assertThat(values[0]).isBetween(0.9f, 1.1f);
    assertThat(values[1]).isBetween(2.9f, 3.1f);
  }

  @Test
  void oneMoreIsRefused() {
    Weights last = named(DEEPEST + 1, DeepRecipeTest::step);
    assertInvalid(
        () -> merge.plan(SmallMerge.only(Component.OTHER, last)),
        "the recipe puts 2001 methods one upon the other, but at most 2000 are allowed. Write the"
            + " result of the first ones into a checkpoint, and go on from that.");
  }

  @Test
  void aTextOfAThousandNamesIsReadAndWorks() {
    StringBuilder text =
        new StringBuilder("mokume: 1\nmodels: {a: a.safetensors, b: b.safetensors}\n");
    text.append("weights:\n  w0: {add_difference: {a: a, b: b, base: a}}\n");
    for (int i = 1; i < THOUSAND - 1; i++) {
      text.append("  w%d: {add_difference: {a: w%d, b: b, base: a}}\n".formatted(i, i - 1));
    }
    text.append("output: {other: w%d}\n".formatted(THOUSAND - 2));
    Mokume.merge(
        RecipeReader.read(text.toString(), "r.yaml", folder), merge.output(), merge.options);
    assertThat(SmallCheckpoint.read(merge.output()).values("w")).containsExactly(999, 1999);
  }

  @Test
  void withoutNamesARecipeIsAsDeepAsATextMayBe() {
    // The recipe, its output, and two maps a method.
    Weights most = nested(99, base -> interpolate(base, B, 0.5));
    assertThat(merge.merge(most).values("w")).containsExactly(1, 3);
    String text = RecipeWriter.write(merge.recipe(SmallMerge.only(Component.OTHER, most)));
    assertThat(RecipeReader.read(text, "r.yaml", folder))
        .isEqualTo(merge.recipe(SmallMerge.only(Component.OTHER, most)));
    Weights more = nested(100, base -> interpolate(base, B, 0.5));
    assertInvalid(
        () -> merge.merge(more),
        "the recipe nests expressions so that its text would have lists and maps more than 200"
            + " deep. Give inner parts a name among its weights, masks or ratios, and use the"
            + " name.");
  }

  @Test
  void whatIsSharedByNameIsWorkedOutOnce() {
    Weights last = named(60, base -> interpolate(base, base, 0.5));
    assertThat(merge.merge(last).values("w")).containsExactly(0, 1);
  }

  @Test
  void masksThatAreSharedByNameAreWorkedOutOnce() {
    merge.masks.put("m0", new Mask.Random(A, 0, 1));
    for (int i = 1; i <= 60; i++) {
      Mask last = new Mask.Named("m" + (i - 1));
      merge.masks.put("m" + i, new Mask.Combined(Mask.SetOperation.UNION, last, last));
    }
    Weights masked =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, B, new Ratio.Constant(1), Optional.of(new Mask.Named("m60")));
    assertThat(merge.merge(masked).values("w")).containsExactly(1, 3);
  }

  @Test
  void withoutNamesWhatIsSharedIsRefusedOnceItsTextWouldBeTooLong() {
    assertThat(merge.merge(nested(10, base -> interpolate(base, base, 0.5))).values("w"))
        .containsExactly(0, 1);
    Weights shared = nested(60, base -> interpolate(base, base, 0.5));
    assertInvalid(
        () -> merge.plan(SmallMerge.only(Component.OTHER, shared)),
        "the recipe has more than 100000 expressions, those that are used again counted again."
            + " Give what is used again a name among the recipe's weights, masks or ratios, and"
            + " use the name.");
  }

  @Test
  void aHundredIterationsUnderAMaskEndUnderEveryProfile() {
    merge.options = merge.options.withNonFinite(MergeOptions.NonFinite.WARN);
    float[] zeros = new float[64];
    float[] ones = new float[64];
    Arrays.fill(ones, 1);
    for (Interpolation method :
        List.of(Interpolation.LINEAR, Interpolation.LERP, Interpolation.SLERP)) {
      for (Compat compat : Compat.values()) {
        merge.model("a", new SmallCheckpoint().with("w", DType.BF16, Shape.of(8, 8), zeros));
        merge.model("b", new SmallCheckpoint().with("w", DType.BF16, Shape.of(8, 8), ones));
        merge.compat = compat;
        float[] merged = merge.merge(dare(A, 100, method)).values("w");
        assertThat(merged).as("%s %s", compat, method).hasSize(64);
        for (float value : compat.has(Quirk.NAN_SLERP) ? new float[0] : merged) {
          assertThat(value).as("%s %s", compat, method).isBetween(0.4f, 1.1f);
        }
      }
    }
  }
}
