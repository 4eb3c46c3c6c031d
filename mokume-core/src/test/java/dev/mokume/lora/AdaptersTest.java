package dev.mokume.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergePlan;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What adapters of each kind make of a weight, against plain loops in f64, and in which spelling.
class AdaptersTest {
  private static final String UNET = "model.diffusion_model.";
  private static final String QUERY =
      UNET + "input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight";
  private static final String KOHYA = "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q";
  private static final String CONVOLUTION = UNET + "input_blocks.1.0.in_layers.2.weight";
  private static final String KOHYA_CONVOLUTION = "lora_unet_input_blocks_1_0_in_layers_2";
  private static final String BIAS = UNET + "input_blocks.1.0.in_layers.2.bias";
  private static final String MIDDLE = UNET + "middle_block.0.in_layers.0.weight";
  private static final double CLOSE = 2e-6;

  private static final Plain W = Plain.random(1, 4, 6);
  private static final Plain CONV = Plain.random(2, 4, 2 * 9);
  private static final Plain UP = Plain.random(3, 4, 2);
  private static final Plain DOWN = Plain.random(4, 2, 6);

  @TempDir Path folder;

  private final SmallCheckpoint model =
      new SmallCheckpoint()
          .with(QUERY, Shape.of(4, 6), W.floats())
          .with(CONVOLUTION, Shape.of(4, 2, 3, 3), CONV.floats())
          .with(BIAS, 1, 2, 3, 4)
          .with(MIDDLE, 0.5f, -0f);
  private final SmallCheckpoint lora = new SmallCheckpoint();
  private Compat compat = Compat.NONE;
  private Ratio strength = new Ratio.Constant(1);
  private boolean strict;

  private Path file() {
    return folder.resolve("style.safetensors");
  }

  private Recipe recipe(Weights weights) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", model.write(folder.resolve("a.safetensors")));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    for (Component component : Component.values()) {
      components.put(component, weights);
    }
    return new Recipe(
        models,
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        Result.Checkpoint.of(components),
        compat,
        Rng.STATELESS);
  }

  private Weights adapted() {
    return adapted(new Weights.Source("a"));
  }

  private Weights adapted(Weights before) {
    lora.write(file());
    return new Weights.Adapted(before, file(), strength, strict);
  }

  private static MergeOptions options() {
    return MergeOptions.defaults().withDurable(false).withOverwrite(true).withMemory(16 << 20);
  }

  private SmallCheckpoint apply() {
    return apply(adapted());
  }

  private SmallCheckpoint apply(Weights weights) {
    Path output = folder.resolve("out.safetensors");
    Mokume.merge(recipe(weights), output, options());
    return SmallCheckpoint.read(output);
  }

  private MergePlan plan() {
    return Mokume.plan(recipe(adapted()), options());
  }

  private void put(String name, Plain matrix) {
    lora.with(name, Shape.of(matrix.rows(), matrix.columns()), matrix.floats());
  }

  private void put(String name, Plain matrix, long... shape) {
    lora.with(name, Shape.of(shape), matrix.floats());
  }

  private static void assertClose(SmallCheckpoint result, String tensor, Plain expected) {
    float[] values = result.values(tensor);
    assertThat(values).hasSize(expected.values().length);
    for (int i = 0; i < values.length; i++) {
      assertThat((double) values[i])
          .as("element %d of %s", i, tensor)
          .isCloseTo(expected.values()[i], within(CLOSE));
    }
  }

  private void assertUntouched(SmallCheckpoint result, String... tensors) {
    for (String tensor : tensors) {
      assertThat(result.bytes(tensor)).as(tensor).isEqualTo(model.bytes(tensor));
    }
  }

  @Test
  void lowRank() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    lora.with(KOHYA + ".alpha", Shape.of(), 1);
    strength = new Ratio.Constant(0.8);

    SmallCheckpoint result = apply();
    assertClose(result, QUERY, W.plus(UP.times(DOWN), 0.8 * 1 / 2));
    assertUntouched(result, CONVOLUTION, BIAS, MIDDLE);
  }

  @Test
  void lowRankIsRoundedAsComfyUiRoundsItsPatches() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    strength = new Ratio.Constant(0.3);

    float[] values = apply().values(QUERY);
    for (int i = 0; i < values.length; i++) {
      float first = (float) UP.at(i / 6, 0) * (float) DOWN.at(0, i % 6);
      float product = first + (float) UP.at(i / 6, 1) * (float) DOWN.at(1, i % 6);
      assertThat(values[i]).isEqualTo((float) W.values()[i] + 0.3f * product);
    }
  }

  @Test
  void convolution() {
    Plain down = Plain.random(5, 2, 2 * 9);
    put(KOHYA_CONVOLUTION + ".lora_up.weight", UP, 4, 2, 1, 1);
    put(KOHYA_CONVOLUTION + ".lora_down.weight", down, 2, 2, 3, 3);
    lora.with(KOHYA_CONVOLUTION + ".alpha", DType.F16, Shape.of(), 4);

    assertClose(apply(), CONVOLUTION, CONV.plus(UP.times(down), 2));
  }

  @Test
  void convolutionWithACoreInTheMiddle() {
    Plain down = Plain.random(5, 3, 2);
    Plain up = Plain.random(6, 4, 3);
    Plain core = Plain.random(7, 3, 3 * 9);
    put(KOHYA_CONVOLUTION + ".lora_up.weight", up, 4, 3, 1, 1);
    put(KOHYA_CONVOLUTION + ".lora_down.weight", down, 3, 2, 1, 1);
    put(KOHYA_CONVOLUTION + ".lora_mid.weight", core, 3, 3, 3, 3);

    assertClose(apply(), CONVOLUTION, CONV.plus(Plain.tucker(core, up.transposed(), down, 9), 1));
  }

  @Test
  void hadamard() {
    Plain otherUp = Plain.random(8, 4, 2);
    Plain otherDown = Plain.random(9, 2, 6);
    put(KOHYA + ".hada_w1_a", UP);
    put(KOHYA + ".hada_w1_b", DOWN);
    put(KOHYA + ".hada_w2_a", otherUp);
    put(KOHYA + ".hada_w2_b", otherDown);
    lora.with(KOHYA + ".alpha", Shape.of(), 1);

    assertClose(apply(), QUERY, W.plus(UP.times(DOWN).hadamard(otherUp.times(otherDown)), 0.5));
  }

  @Test
  void hadamardWithCores() {
    Plain left = Plain.random(10, 3, 4);
    Plain right = Plain.random(11, 3, 2);
    Plain core = Plain.random(12, 3, 3 * 9);
    Plain otherLeft = Plain.random(13, 3, 4);
    Plain otherRight = Plain.random(14, 3, 2);
    Plain otherCore = Plain.random(15, 3, 3 * 9);
    put(KOHYA_CONVOLUTION + ".hada_w1_a", left);
    put(KOHYA_CONVOLUTION + ".hada_w1_b", right);
    put(KOHYA_CONVOLUTION + ".hada_t1", core, 3, 3, 3, 3);
    put(KOHYA_CONVOLUTION + ".hada_w2_a", otherLeft);
    put(KOHYA_CONVOLUTION + ".hada_w2_b", otherRight);
    put(KOHYA_CONVOLUTION + ".hada_t2", otherCore, 3, 3, 3, 3);

    assertClose(
        apply(),
        CONVOLUTION,
        CONV.plus(
            Plain.tucker(core, left, right, 9)
                .hadamard(Plain.tucker(otherCore, otherLeft, otherRight, 9)),
            1));
  }

  @Test
  void kronecker() {
    Plain left = Plain.random(16, 2, 2);
    Plain rightA = Plain.random(17, 2, 1);
    Plain rightB = Plain.random(18, 1, 3);
    put(KOHYA + ".lokr_w1", left);
    put(KOHYA + ".lokr_w2_a", rightA);
    put(KOHYA + ".lokr_w2_b", rightB);
    lora.with(KOHYA + ".alpha", Shape.of(), 3);

    assertClose(apply(), QUERY, W.plus(left.kronecker(rightA.times(rightB)), 3));
  }

  @Test
  void kroneckerOfWholeMatricesHasNoAlpha() {
    Plain left = Plain.random(16, 2, 2);
    Plain right = Plain.random(19, 2, 3);
    put(KOHYA + ".lokr_w1", left);
    put(KOHYA + ".lokr_w2", right);
    lora.with(KOHYA + ".alpha", Shape.of(), 3);

    assertClose(apply(), QUERY, W.plus(left.kronecker(right), 1));
  }

  @Test
  void kroneckerOfAConvolutionWithACore() {
    Plain left = Plain.random(20, 2, 2);
    Plain a = Plain.random(21, 3, 2);
    Plain b = Plain.random(22, 3, 1);
    Plain core = Plain.random(23, 3, 3 * 9);
    put(KOHYA_CONVOLUTION + ".lokr_w1", left);
    put(KOHYA_CONVOLUTION + ".lokr_w2_a", a);
    put(KOHYA_CONVOLUTION + ".lokr_w2_b", b);
    put(KOHYA_CONVOLUTION + ".lokr_t2", core, 3, 3, 3, 3);

    assertClose(apply(), CONVOLUTION, CONV.plus(left.kronecker(Plain.tucker(core, a, b, 9)), 1));
  }

  private static Plain decomposed(Plain merged, Plain measured, Plain lengths) {
    return Plain.each(
        merged.rows(),
        merged.columns(),
        (i, j) -> {
          double squares = 0;
          for (int k = 0; k < merged.columns(); k++) {
            squares += measured.at(i, k) * measured.at(i, k);
          }
          return merged.at(i, j) * lengths.at(i, 0) / Math.sqrt(squares);
        });
  }

  @Test
  void decomposedByRows() {
    Plain lengths = Plain.of(4, 1, 0.5, 1, 2, 3);
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    put(KOHYA + ".dora_scale", lengths);
    lora.with(KOHYA + ".alpha", Shape.of(), 1);
    Plain merged = W.plus(UP.times(DOWN), 0.5);

    assertClose(apply(), QUERY, decomposed(merged, merged, lengths));
  }

  @Test
  void decomposedAtHalfTheStrengthIsHalfWay() {
    Plain lengths = Plain.of(4, 1, 0.5, 1, 2, 3);
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    put(KOHYA + ".lora_magnitude_vector", lengths, 4);
    strength = new Ratio.Constant(0.5);
    Plain merged = W.plus(UP.times(DOWN), 1);
    Plain whole = decomposed(merged, merged, lengths);

    assertClose(apply(), QUERY, W.plus(whole.plus(W, -1), 0.5));
  }

  @Test
  void comfyUiDividesByTheNormsOfBefore() {
    Plain lengths = Plain.of(4, 1, 0.5, 1, 2, 3);
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    put(KOHYA + ".dora_scale", lengths);
    compat = Compat.COMFYUI;

    assertClose(apply(), QUERY, decomposed(W.plus(UP.times(DOWN), 1), W, lengths));
  }

  @Test
  void decomposedByTheColumnsOfAConvolution() {
    Plain down = Plain.random(5, 2, 2 * 9);
    Plain lengths = Plain.of(1, 2, 2, 0.25);
    put(KOHYA_CONVOLUTION + ".lora_up.weight", UP, 4, 2, 1, 1);
    put(KOHYA_CONVOLUTION + ".lora_down.weight", down, 2, 2, 3, 3);
    put(KOHYA_CONVOLUTION + ".dora_scale", lengths, 1, 2, 1, 1);
    Plain merged = CONV.plus(UP.times(down), 1);
    // A channel of what comes in: its nine positions in each of the four rows.
    Plain byChannel =
        Plain.each(2, 4 * 9, (channel, at) -> merged.at(at / 9, channel * 9 + at % 9));
    Plain scaled = decomposed(byChannel, byChannel, lengths.transposed());

    assertClose(apply(), CONVOLUTION, Plain.each(4, 18, (i, j) -> scaled.at(j / 9, i * 9 + j % 9)));
  }

  @Test
  void generalised() {
    Plain a1 = Plain.random(24, 6, 2);
    Plain a2 = Plain.random(25, 2, 6);
    put(KOHYA + ".a1.weight", a1);
    put(KOHYA + ".a2.weight", a2);
    put(KOHYA + ".b1.weight", UP);
    put(KOHYA + ".b2.weight", DOWN);
    lora.with(KOHYA + ".alpha", Shape.of(), 1);

    assertClose(apply(), QUERY, W.plus(W.times(a1).times(a2).plus(UP.times(DOWN), 1), 0.5));
  }

  @Test
  void generalisedActsOnTheChannelsOfAConvolution() {
    Plain a1 = Plain.random(26, 2, 1);
    Plain a2 = Plain.random(27, 1, 2);
    Plain b1 = Plain.random(28, 4, 1);
    Plain b2 = Plain.random(29, 1, 18);
    put(KOHYA_CONVOLUTION + ".a1.weight", a1, 2, 1, 1, 1);
    put(KOHYA_CONVOLUTION + ".a2.weight", a2, 1, 2, 1, 1);
    put(KOHYA_CONVOLUTION + ".b1.weight", b1, 4, 1, 1, 1);
    put(KOHYA_CONVOLUTION + ".b2.weight", b2, 1, 2, 3, 3);
    Plain a = a1.times(a2);
    Plain turned =
        Plain.each(
            4,
            18,
            (i, j) -> CONV.at(i, j % 9) * a.at(0, j / 9) + CONV.at(i, 9 + j % 9) * a.at(1, j / 9));

    assertClose(apply(), CONVOLUTION, CONV.plus(turned.plus(b1.times(b2), 1), 1));
  }

  @Test
  void generalisedAsTheFirstFilesHaveIt() {
    Plain a1 = Plain.random(30, 2, 6);
    Plain a2 = Plain.random(31, 6, 2);
    put(KOHYA + ".a1.weight", a1);
    put(KOHYA + ".a2.weight", a2);
    put(KOHYA + ".b1.weight", DOWN);
    put(KOHYA + ".b2.weight", UP);

    assertClose(apply(), QUERY, W.plus(W.times(a2).times(a1).plus(UP.times(DOWN), 1), 1));
  }

  /// `(I + Q) (I - Q)^-1` of `Q = [[0, t], [-t, 0]]`, worked out by hand.
  private static Plain turn(double t) {
    double d = 1 + t * t;
    return Plain.of(2, 2, (1 - t * t) / d, 2 * t / d, -2 * t / d, (1 - t * t) / d);
  }

  private static Plain twoBlocks(Plain first, Plain second) {
    return Plain.each(
        4, 4, (i, j) -> i / 2 != j / 2 ? 0 : (i < 2 ? first : second).at(i % 2, j % 2));
  }

  @Test
  void rotation() {
    lora.with(KOHYA + ".oft_blocks", Shape.of(2, 2, 2), 0, 0.5f, 0, 0, 0, -0.25f, 0, 0);

    assertClose(apply(), QUERY, twoBlocks(turn(0.5), turn(-0.25)).transposed().times(W));
  }

  @Test
  void rotationAtHalfTheStrengthWithRowsRescaled() {
    lora.with(KOHYA + ".oft_blocks", Shape.of(2, 2, 2), 0, 0.5f, 0, 0, 0, -0.25f, 0, 0);
    lora.with(KOHYA + ".rescale", Shape.of(4, 1), 1, 2, 3, 4);
    strength = new Ratio.Constant(0.5);
    Plain turned = twoBlocks(turn(0.5), turn(-0.25)).transposed().times(W);
    Plain half = Plain.each(4, 6, (i, j) -> (W.at(i, j) + turned.at(i, j)) / 2);

    assertClose(apply(), QUERY, Plain.each(4, 6, (i, j) -> half.at(i, j) * (i + 1)));
  }

  @Test
  void aRotationIsNoLargerThanItsConstraint() {
    // All of Q has norm sqrt(2) * 0.5; alpha 0.125 allows 0.125 * 4 rows.
    lora.with(KOHYA + ".oft_blocks", Shape.of(2, 2, 2), 0, 0.5f, 0, 0, 0, 0, 0, 0);
    lora.with(KOHYA + ".alpha", Shape.of(), 0.125f);
    double t = 0.5 * (0.5 / (Math.sqrt(2) * 0.5));

    assertClose(apply(), QUERY, twoBlocks(turn(t), turn(0)).transposed().times(W));
  }

  @Test
  void comfyUiMultipliesARotationWithTheStrengthTwice() {
    lora.with(KOHYA + ".oft_blocks", Shape.of(2, 2, 2), 0, 0.5f, 0, 0, 0, -0.25f, 0, 0);
    strength = new Ratio.Constant(0.5);
    compat = Compat.COMFYUI;
    Plain turned = twoBlocks(turn(0.5), turn(-0.25)).transposed().times(W);

    assertClose(apply(), QUERY, W.plus(turned.plus(W, -1), 0.25));
  }

  @Test
  void butterfly() {
    // Stage 0 pairs rows 0, 1 and 2, 3; stage 1 pairs rows 0, 2 and 1, 3.
    lora.with(
        KOHYA + ".oft_blocks",
        Shape.of(2, 2, 2, 2),
        0,
        0.5f,
        0,
        0,
        0,
        -0.25f,
        0,
        0,
        0,
        0.125f,
        0,
        0,
        0,
        1,
        0,
        0);
    Plain first = twoBlocks(turn(0.5), turn(-0.25)).times(W);
    Plain pairs = Plain.each(4, 6, (i, j) -> first.at(i / 2 + i % 2 * 2, j));
    Plain second = twoBlocks(turn(0.125), turn(1)).times(pairs);

    assertClose(apply(), QUERY, Plain.each(4, 6, (i, j) -> second.at(i / 2 + i % 2 * 2, j)));
  }

  @Test
  void differencesBiasesAndWholeWeights() {
    put(KOHYA + ".diff", UP.times(DOWN));
    lora.with(KOHYA_CONVOLUTION + ".diff_b", 1, 1, 1, 1);
    lora.with("lora_unet_middle_block_0_in_layers_0.set_weight", 7, 8);
    strength = new Ratio.Constant(0.5);

    SmallCheckpoint result = apply();
    assertClose(result, QUERY, W.plus(UP.times(DOWN), 0.5));
    assertThat(result.values(BIAS)).containsExactly(1.5f, 2.5f, 3.5f, 4.5f);
    assertThat(result.values(MIDDLE)).containsExactly(7, 8);
    assertUntouched(result, CONVOLUTION);
  }

  @Test
  void normsOfLyCoris() {
    lora.with("lora_unet_middle_block_0_in_layers_0.w_norm", 1, 2);

    assertThat(apply().values(MIDDLE)).containsExactly(1.5f, 2);
  }

  @Test
  void severalAdaptersBuildOnWhatEarlierOnesLeft() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    Weights twice = adapted(adapted());

    assertClose(apply(twice), QUERY, W.plus(UP.times(DOWN), 2));
  }

  @Test
  void aLoraedModelIsAModelLikeAnyOther() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    Weights a = new Weights.Source("a");
    // a + 2 * (lora(a) - a)
    Weights sum =
        new Weights.AddDelta(a, new Delta.Difference(adapted(), a), new Ratio.Constant(2));

    assertClose(apply(sum), QUERY, W.plus(UP.times(DOWN), 2));
  }

  @Test
  void everySpellingOfAModuleMeansTheSame() {
    String diffusers = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.";
    for (String[] pair :
        List.of(
            new String[] {KOHYA + ".lora_up.weight", KOHYA + ".lora_down.weight"},
            new String[] {
              "lora_unet_" + flat(diffusers) + "to_q.lora_up.weight",
              "lora_unet_" + flat(diffusers) + "to_q.lora_down.weight"
            },
            new String[] {
              "unet." + diffusers + "to_q.lora_B.weight", "unet." + diffusers + "to_q.lora_A.weight"
            },
            new String[] {
              "base_model.model." + diffusers + "to_q.lora_B.default.weight",
              "base_model.model." + diffusers + "to_q.lora_A.default.weight"
            },
            new String[] {
              "unet." + diffusers + "processor.to_q_lora.up.weight",
              "unet." + diffusers + "processor.to_q_lora.down.weight"
            },
            new String[] {
              diffusers + "to_q.lora_linear_layer.up.weight",
              diffusers + "to_q.lora_linear_layer.down.weight"
            },
            new String[] {
              "unet." + diffusers + "to_q.lora.up.weight",
              "unet." + diffusers + "to_q.lora.down.weight"
            },
            new String[] {
              "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.lora_up.weight",
              "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.lora_down.weight"
            },
            new String[] {
              "lycoris_" + flat(diffusers) + "to_q.lora_up.weight",
              "lycoris_" + flat(diffusers) + "to_q.lora_down.weight"
            })) {
      SmallCheckpoint spelled = new SmallCheckpoint();
      spelled.with(pair[0], Shape.of(4, 2), UP.floats());
      spelled.with(pair[1], Shape.of(2, 6), DOWN.floats());
      spelled.write(file());
      Weights weights =
          new Weights.Adapted(new Weights.Source("a"), file(), new Ratio.Constant(1), true);
      assertClose(apply(weights), QUERY, W.plus(UP.times(DOWN), 1));
    }
  }

  private static String flat(String name) {
    return name.replace('.', '_');
  }

  @Test
  void separateQueryAndValueOnOneMatrix() {
    String layer = "conditioner.embedders.1.model.transformer.resblocks.0.attn.";
    Plain fused = Plain.random(40, 6, 2);
    Plain up = Plain.random(41, 2, 1);
    Plain down = Plain.random(42, 1, 2);
    model.with(layer + "in_proj_weight", Shape.of(6, 2), fused.floats());
    for (String part : List.of("q", "v")) {
      String module = "lora_te2_text_model_encoder_layers_0_self_attn_" + part + "_proj";
      put(module + ".lora_up.weight", up);
      put(module + ".lora_down.weight", down);
    }
    strict = true;

    float[] values = apply().values(layer + "in_proj_weight");
    Plain delta = up.times(down);
    for (int i = 0; i < values.length; i++) {
      int row = i / 2;
      double added = row / 2 == 1 ? 0 : delta.at(row % 2, i % 2);
      assertThat((double) values[i]).isCloseTo(fused.values()[i] + added, within(CLOSE));
    }
    assertThat(java.util.Arrays.copyOfRange(values, 4, 8))
        .containsExactly(fused.rows(2, 4).floats());
  }

  @Test
  void aFusedMatrixOnSeparateOnes() {
    String fluxBlock = "transformer_blocks.0.";
    SmallCheckpoint diffusers = new SmallCheckpoint();
    for (String part : List.of("to_q", "to_k", "to_v")) {
      diffusers.with(fluxBlock + "attn." + part + ".weight", Shape.of(2, 3), 0, 0, 0, 0, 0, 0);
    }
    diffusers.with("single_transformer_blocks.0.proj_mlp.weight", Shape.of(1, 1), 0);
    Plain up = Plain.random(43, 6, 1);
    Plain down = Plain.random(44, 1, 3);
    put("lora_unet_double_blocks_0_img_attn_qkv.lora_up.weight", up);
    put("lora_unet_double_blocks_0_img_attn_qkv.lora_down.weight", down);
    lora.write(file());
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", diffusers.write(folder.resolve("flux.safetensors")));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(
        Component.UNET,
        new Weights.Adapted(new Weights.Source("a"), file(), new Ratio.Constant(1), true));
    Path output = folder.resolve("out.safetensors");
    Mokume.merge(Recipe.of(models, Result.Checkpoint.of(components)), output, options());

    SmallCheckpoint result = SmallCheckpoint.read(output);
    Plain delta = up.times(down);
    assertClose(result, fluxBlock + "attn.to_q.weight", delta.rows(0, 2));
    assertClose(result, fluxBlock + "attn.to_k.weight", delta.rows(2, 4));
    assertClose(result, fluxBlock + "attn.to_v.weight", delta.rows(4, 6));
  }

  @Test
  void peftScalesByItsConfig() throws Exception {
    SmallCheckpoint llama = new SmallCheckpoint();
    for (String part : List.of("q_proj", "v_proj")) {
      llama.with("model.layers.0.self_attn." + part + ".weight", Shape.of(2, 2), 0, 0, 0, 0);
    }
    llama.with("model.embed_tokens.weight", Shape.of(3, 2), 0, 0, 0, 0, 0, 0);
    llama.with("lm_head.weight", Shape.of(3, 2), 1, 1, 1, 1, 1, 1);
    Path peft = Files.createDirectory(folder.resolve("adapter"));
    Plain up = Plain.random(45, 2, 4);
    Plain down = Plain.random(46, 4, 2);
    Plain embeddingUp = Plain.random(47, 2, 4);
    Plain embeddingDown = Plain.random(48, 4, 3);
    String layer = "base_model.model.model.layers.0.self_attn.";
    for (String part : List.of("q_proj", "v_proj")) {
      put(layer + part + ".lora_B.weight", up);
      put(layer + part + ".lora_A.weight", down);
    }
    put("base_model.model.model.embed_tokens.lora_embedding_B", embeddingUp);
    put("base_model.model.model.embed_tokens.lora_embedding_A", embeddingDown);
    lora.with("base_model.model.lm_head.weight", Shape.of(3, 2), 2, 2, 2, 2, 2, 2);
    lora.write(peft.resolve("adapter_model.safetensors"));
    Files.writeString(
        peft.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "use_rslora": true,
         "alpha_pattern": {"self_attn.v_proj": 2}, "modules_to_save": ["lm_head"]}
        """);
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", llama.write(folder.resolve("llama.safetensors")));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(
        Component.LM,
        new Weights.Adapted(new Weights.Source("a"), peft, new Ratio.Constant(1), true));
    Path output = folder.resolve("out.safetensors");
    Mokume.merge(Recipe.of(models, Result.Checkpoint.of(components)), output, options());

    SmallCheckpoint result = SmallCheckpoint.read(output);
    Plain none = Plain.of(2, 2, 0, 0, 0, 0);
    assertClose(
        result, "model.layers.0.self_attn.q_proj.weight", none.plus(up.times(down), 8 / 2.0));
    assertClose(
        result, "model.layers.0.self_attn.v_proj.weight", none.plus(up.times(down), 2 / 2.0));
    assertClose(
        result,
        "model.embed_tokens.weight",
        Plain.each(3, 2, (_, _) -> 0).plus(embeddingUp.times(embeddingDown).transposed(), 8 / 2.0));
    assertThat(result.values("lm_head.weight")).containsExactly(2, 2, 2, 2, 2, 2);
  }

  @Test
  void strengthByComponentAndBlock() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    strength =
        new Ratio.Combined(
            Ratio.Operation.MULTIPLY,
            Ratio.Join.INNER,
            new Ratio.ByBlock("unet=0.5,clip=0", 1),
            new Ratio.ByBlock("IN01=0.25", 1));

    assertClose(apply(), QUERY, W.plus(UP.times(DOWN), 0.125));
  }

  @Test
  void whatFindsNoHomeIsTold() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    put("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", UP);
    put("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", DOWN);
    put("lora_unet_input_blocks_9_9_proj.lora_up.weight", UP);
    put("lora_unet_input_blocks_9_9_proj.lora_down.weight", DOWN);
    put(KOHYA_CONVOLUTION + ".lora_up.weight", UP);
    put(KOHYA_CONVOLUTION + ".lora_down.weight", DOWN);
    lora.with("something", 1, 2);

    assertThat(plan().problems()).isEmpty();
    assertThat(plan().warnings())
        .containsExactly(
            file() + ": not applied, 'something': what it is for is not known.",
            file()
                + ": not applied, 2 tensors 'lora_te2_*': this checkpoint has no CLIP-G text"
                + " encoder.",
            file()
                + ": not applied, 2 tensors 'lora_unet_*': '"
                + CONVOLUTION
                + "' has shape [4, 2, 3, 3], which it does not fit.",
            file()
                + ": not applied, 2 tensors 'lora_unet_*': the diffusion model of this checkpoint"
                + " has no such module.");
  }

  @Test
  void whatFitsManyWeightsNotIsToldOnce() {
    put(KOHYA + ".lora_up.weight", Plain.random(1, 5, 2));
    put(KOHYA + ".lora_down.weight", DOWN);
    put(KOHYA_CONVOLUTION + ".lora_up.weight", UP);
    put(KOHYA_CONVOLUTION + ".lora_down.weight", DOWN);
    lora.with("lora_unet_middle_block_0_in_layers_0.diff", 1, 1);

    assertThat(plan().warnings())
        .containsExactly(
            file()
                + ": not applied, 4 tensors 'lora_unet_*': they do not fit the shapes of 2 weights,"
                + " as of '"
                + CONVOLUTION
                + "', which is [4, 2, 3, 3].");
  }

  @Test
  void aModuleWithoutASoundAlphaIsLeftAlone() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    lora.with(KOHYA + ".alpha", Shape.of(), Float.NaN);
    lora.with("lora_unet_middle_block_0_in_layers_0.diff", 1, 1);
    lora.with("lora_unet_middle_block_0_in_layers_0.alpha", Shape.of(2), 1, 1);

    assertThat(plan().warnings())
        .containsExactly(
            file()
                + ": not applied, 3 tensors 'lora_unet_*': the alpha of its module is NaN in place"
                + " of one finite number.",
            file()
                + ": not applied, 'lora_unet_middle_block_0_in_layers_0.alpha': the alpha of its"
                + " module is stored as F32 [2] in place of one finite number.");
    assertUntouched(apply(), QUERY);
    assertThat(apply().values(MIDDLE)).containsExactly(1.5f, 1);
  }

  @Test
  void anAlphaMayBeAnyInteger() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    assertAlpha(-2, DType.I8, -2);
    assertAlpha(254, DType.U8, -2);
    assertAlpha(-2, DType.I16, -2, -1);
    assertAlpha(512, DType.U16, 0, 2);
    assertAlpha(3, DType.U32, 3, 0, 0, 0);
    assertAlpha(-2, DType.I32, -2, -1, -1, -1);
    assertAlpha(3, DType.I64, 3, 0, 0, 0, 0, 0, 0, 0);
    assertAlpha(0x1p63f, DType.U64, 0, 0, 0, 0, 0, 0, 0, -128);
  }

  private void assertAlpha(float value, DType dtype, int... bytes) {
    byte[] stored = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      stored[i] = (byte) bytes[i];
    }
    lora.with(KOHYA + ".alpha", Shape.of(), value);
    SmallCheckpoint expected = apply();
    lora.withBytes(KOHYA + ".alpha", dtype, Shape.of(), stored);

    assertThat(apply().bytes(QUERY)).as(dtype.name()).isEqualTo(expected.bytes(QUERY));
  }

  @Test
  void aLoraWithNaNIsNamed() {
    Plain up = Plain.random(3, 4, 2);
    up.values()[3] = Double.NaN;
    put(KOHYA + ".lora_up.weight", up);
    put(KOHYA + ".lora_down.weight", DOWN);

    assertThatThrownBy(this::apply)
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "tensor '"
                + QUERY
                + "' would have 6 values that are NaN or infinite; "
                + file()
                + " has 1 in '"
                + KOHYA
                + ".lora_up.weight'. Use a sound copy of that file, or merge all the same with"
                + " --non-finite warn.");
  }

  /// As a difference of its own, and beside a model that has NaN there too.
  @Test
  void whoeverHasNaNIsNamedByItsOwnTensors() {
    String difference = "lora_unet_middle_block_0_in_layers_0.diff";
    lora.with(difference, 1, Float.NaN);
    model.with(MIDDLE, Float.NaN, 1);

    assertThatThrownBy(this::apply)
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "tensor '%s' would have 2 values that are NaN or infinite; %s has 1 and %s has 1 in '%s'. Use a sound copy of that file, or merge all the same with --non-finite warn."
                .formatted(MIDDLE, folder.resolve("a.safetensors"), file(), difference));
  }

  @Test
  void wholeKroneckerMatricesNeedNoAlpha() {
    put(KOHYA + ".lokr_w1", Plain.random(5, 2, 2));
    put(KOHYA + ".lokr_w2", Plain.random(6, 2, 3));
    assertTheSameWithoutASoundAlpha();
    put(KOHYA + ".dora_scale", Plain.of(4, 1, 0.5, 1, 2, 3));
    assertTheSameWithoutASoundAlpha();
  }

  private void assertTheSameWithoutASoundAlpha() {
    lora.with(KOHYA + ".alpha", Shape.of(), 1);
    SmallCheckpoint sound = apply();
    lora.with(KOHYA + ".alpha", Shape.of(), Float.POSITIVE_INFINITY);

    assertThat(apply().bytes(QUERY)).isEqualTo(sound.bytes(QUERY));
  }

  @Test
  void strictMakesThatAnError() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA + ".lora_down.weight", DOWN);
    put("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", UP);
    put("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", DOWN);
    strict = true;

    assertThat(plan().problems())
        .extracting(Problem::message)
        .containsExactly(
            file()
                + ": 2 tensors 'lora_te2_*': this checkpoint has no CLIP-G text encoder. All of it"
                + " was asked to find a home (strict); leave that out to apply the rest.");
  }

  @Test
  void anAdapterOfWhichNothingFitsIsRefused() {
    put("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", UP);
    put("lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight", DOWN);

    assertThatThrownBy(this::apply)
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            file()
                + ": nothing of it fits "
                + folder.resolve("a.safetensors")
                + ": 2 tensors 'lora_te2_*': this checkpoint has no CLIP-G text encoder. Apply it"
                + " to a model of the kind that it was trained for.");
  }

  @Test
  void halvesOfAPairAreToldAndSoAreFactorsThatDoNotFit() {
    put(KOHYA + ".lora_up.weight", UP);
    put(KOHYA_CONVOLUTION + ".lora_up.weight", UP);
    put(KOHYA_CONVOLUTION + ".lora_down.weight", Plain.random(1, 3, 18));
    lora.with("lora_unet_middle_block_0_in_layers_0.diff", 1, 1);

    assertThat(plan().warnings())
        .containsExactly(
            file()
                + ": not applied, 2 tensors 'lora_unet_*': the shapes [4, 2] and [3, 18] do not"
                + " fit.",
            file()
                + ": not applied, '"
                + KOHYA
                + ".lora_up.weight': what belongs to it is not in the file.");
  }
}
