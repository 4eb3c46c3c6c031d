package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.MergePlan.LeftOut;
import dev.mokume.recipe.Encoding;
import dev.mokume.recipe.Encoding.Scales;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rounding;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorValues;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Merges of 8-bit weights with scales: their values take part, and the output has scales of its
/// own.
class ScaledMergeTest {
  private static final String UNET = "model.diffusion_model.";
  private static final String LAYER = UNET + "middle_block.1.proj_in";
  private static final String WEIGHT = LAYER + ".weight";
  private static final String VAE = "first_stage_model.decoder.conv_in.weight";
  private static final String SETTINGS = "_quantization_metadata";
  private static final Shape SQUARE = Shape.of(2, 2);

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
  }

  private static Weights mix(double alpha) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, A, B, new Ratio.Constant(alpha), Optional.empty());
  }

  private static Result.Checkpoint unet(Weights weights) {
    return (Result.Checkpoint) SmallMerge.only(Component.UNET, weights);
  }

  private static Result.Checkpoint scaledUnet(Weights weights, Scales scales) {
    return unet(weights)
        .withDtypes(Map.of(Component.UNET, DType.F8_E4M3))
        .withEncoding(new Encoding(Set.of(Component.UNET), scales, Rounding.nearest()));
  }

  /// Values 224, 0.5, -1, 0.25.
  private static SmallCheckpoint scaledWith(String scale) {
    return new SmallCheckpoint()
        .with(WEIGHT, DType.F8_E4M3, SQUARE, 448, 1, -2, 0.5f)
        .with(LAYER + "." + scale, Shape.of(), 0.5f);
  }

  private static SmallCheckpoint oldForm() {
    return scaledWith("scale_weight")
        .with(LAYER + ".scale_input", Shape.of(), 3)
        .with(LAYER + ".bias", DType.F16, Shape.of(2), 1, 2)
        .with(UNET + "scaled_fp8", DType.F8_E4M3, Shape.of(0))
        .with(VAE, DType.F16, Shape.of(1), 5);
  }

  /// With which [#oldForm] makes 448, 1, 1, 0.25 half and half.
  private static SmallCheckpoint plain() {
    return new SmallCheckpoint()
        .with(WEIGHT, DType.F16, SQUARE, 672, 1.5f, 3, 0.25f)
        .with(LAYER + ".bias", DType.F16, Shape.of(2), 3, 4)
        .with(VAE, DType.F16, Shape.of(1), 6);
  }

  private MergePlan plan(Result result) {
    MergePlan plan = merge.plan(result);
    assertThat(plan.problems()).isEmpty();
    return plan;
  }

  @Test
  void theOutputOfAScaledModelIsScaledAnew() {
    merge.model("a", oldForm()).model("b", plain());
    SmallCheckpoint out = merge.merge(unet(mix(0.5)));

    assertThat(out.names())
        .containsExactlyInAnyOrder(
            WEIGHT,
            LAYER + ".scale_weight",
            LAYER + ".scale_input",
            LAYER + ".bias",
            UNET + "scaled_fp8",
            VAE);
    assertThat(out.spec(WEIGHT).dtype()).isEqualTo(DType.F8_E4M3);
    assertThat(out.values(WEIGHT)).containsExactly(448, 1, 1, 0.25f);
    assertThat(out.values(LAYER + ".scale_weight")).containsExactly(1);
    assertThat(out.values(LAYER + ".scale_input")).containsExactly(3);
    assertThat(out.values(LAYER + ".bias")).containsExactly(2, 3);
    assertThat(out.spec(UNET + "scaled_fp8").shape()).isEqualTo(Shape.of(0));
    assertThat(out.values(VAE)).containsExactly(5);
  }

  @Test
  void theGreatestMagnitudeBecomesTheGreatestNumber() {
    merge.model("a", oldForm()).model("b", plain());
    SmallCheckpoint out = merge.merge(unet(mix(0.25)));
    // 0.75 * 224 + 0.25 * 672 = 336, and 448 * 0.75 is that.
    assertThat(out.values(LAYER + ".scale_weight")).containsExactly(0.75f);
    // 0.75 / 0.75 = 1; 0 / 0.75; 0.25 / 0.75 = 1/3, next to which lie 0.3125 and 0.34375
    assertThat(out.values(WEIGHT)).containsExactly(448, 1, 0, 0.34375f);
  }

  @Test
  void aPlainDtypeHasNoScales() {
    merge.model("a", oldForm()).model("b", plain());
    Result result = unet(mix(0.5)).withDtypes(Map.of(Component.UNET, DType.F16));
    assertThat(plan(result).left())
        .containsExactlyInAnyOrder(
            new LeftOut(LAYER + ".scale_weight", "its weight is stored as F16"),
            new LeftOut(LAYER + ".scale_input", "its weight is stored as F16"),
            new LeftOut(
                UNET + "scaled_fp8",
                "no weight of the diffusion model has a scale_weight in the output"));
    SmallCheckpoint out = merge.merge(result);
    assertThat(out.names()).containsExactlyInAnyOrder(WEIGHT, LAYER + ".bias", VAE);
    assertThat(out.values(WEIGHT)).containsExactly(448, 1, 1, 0.25f);
    assertThat(out.metadata()).doesNotContainKey(SETTINGS);
  }

  @Test
  void aPlainEightBitDtypeHasNoScalesEither() {
    merge.model("a", oldForm()).model("b", plain());
    SmallCheckpoint out =
        merge.merge(unet(mix(0.5)).withDtypes(Map.of(Component.UNET, DType.F8_E5M2)));
    assertThat(out.names()).containsExactlyInAnyOrder(WEIGHT, LAYER + ".bias", VAE);
    assertThat(out.values(WEIGHT)).containsExactly(448, 1, 1, 0.25f);
  }

  @Test
  void aComponentThatNoMethodTouchesKeepsEveryByte() {
    SmallCheckpoint a = oldForm();
    merge.model("a", a).model("b", plain());
    SmallCheckpoint out = merge.merge(SmallMerge.only(Component.VAE, mix(0.5)));
    for (String name : a.names()) {
      if (!name.equals(VAE)) {
        assertThat(out.bytes(name)).as(name).isEqualTo(a.bytes(name));
        assertThat(out.spec(name)).isEqualTo(a.spec(name));
      }
    }
    assertThat(out.values(VAE)).containsExactly(5.5f);
  }

  @Test
  void aWeightThatIsNotChangedIsCopiedWithItsScale() {
    SmallCheckpoint a = oldForm();
    merge.model("a", a).model("b", plain());
    Result result =
        unet(mix(0.5))
            .withUntouched(new Result.Untouched(Result.Mismatch.ERROR, List.of("*.proj_in*")));
    SmallCheckpoint out = merge.merge(result);
    for (String name : a.names()) {
      assertThat(out.bytes(name)).as(name).isEqualTo(a.bytes(name));
    }
  }

  @Test
  void aScaledModelIntoAPlainOneIsPlain() {
    merge.model("a", plain()).model("b", oldForm());
    SmallCheckpoint out = merge.merge(unet(mix(0.5)));
    assertThat(out.names()).containsExactlyInAnyOrder(WEIGHT, LAYER + ".bias", VAE);
    assertThat(out.spec(WEIGHT).dtype()).isEqualTo(DType.F16);
    assertThat(out.values(WEIGHT)).containsExactly(448, 1, 1, 0.25f);
  }

  @Test
  void aComponentTakenWholeIsStoredAsTheFirstModelStoresIt() {
    merge.model("a", plain()).model("b", oldForm());
    SmallCheckpoint out = merge.merge(unet(B));
    assertThat(out.spec(WEIGHT).dtype()).isEqualTo(DType.F16);
    assertThat(out.values(WEIGHT)).containsExactly(224, 0.5f, -1, 0.25f);
    assertThat(out.names()).doesNotContain(UNET + "scaled_fp8");
  }

  @Test
  void aComponentThatTheFirstModelLacksComesWithItsScales() {
    SmallCheckpoint b = oldForm();
    merge.model("a", new SmallCheckpoint().with(VAE, DType.F16, Shape.of(1), 5)).model("b", b);
    SmallCheckpoint out = merge.merge(unet(B));
    for (String name : b.names()) {
      if (!name.equals(VAE)) {
        assertThat(out.bytes(name)).as(name).isEqualTo(b.bytes(name));
      }
    }
  }

  @Test
  void settingsInTheMetadataFollowTheWeights() {
    String setting = "{\"format\":\"float8_e4m3fn\",\"full_precision_matrix_mult\":true}";
    String settings = "{\"format_version\":\"1.0\",\"layers\":{\"" + LAYER + "\":" + setting + "}}";
    merge
        .model("a", scaledWith("weight_scale").withMetadata(SETTINGS, settings))
        .model("b", plain());
    SmallCheckpoint anew = merge.merge(unet(mix(0.5)));
    assertThat(anew.names()).containsExactlyInAnyOrder(WEIGHT, LAYER + ".weight_scale");
    assertThat(anew.metadata()).containsEntry(SETTINGS, settings);
    SmallCheckpoint half =
        merge.merge(unet(mix(0.5)).withDtypes(Map.of(Component.UNET, DType.F16)));
    assertThat(half.metadata()).doesNotContainKey(SETTINGS);
  }

  @Test
  void settingsInTensorsFollowTheWeights() {
    byte[] setting = "{\"format\": \"float8_e4m3fn\"}".getBytes(StandardCharsets.US_ASCII);
    merge
        .model(
            "a",
            scaledWith("weight_scale")
                .withBytes(LAYER + ".comfy_quant", DType.U8, Shape.of(setting.length), setting))
        .model("b", plain());
    SmallCheckpoint out = merge.merge(unet(mix(0.5)));
    assertThat(out.bytes(LAYER + ".comfy_quant")).isEqualTo(setting);
    assertThat(out.metadata()).doesNotContainKey(SETTINGS);
    assertThat(merge.plan(unet(mix(0.5)).withDtypes(Map.of(Component.UNET, DType.F16))).left())
        .contains(new LeftOut(LAYER + ".comfy_quant", "its weight is stored as F16"));
  }

  @Test
  void aPlainModelIsScaledWhereThatIsAskedFor() {
    merge.model("a", plain()).model("b", plain());
    SmallCheckpoint out = merge.merge(scaledUnet(mix(0.5), Scales.AS_STORED));
    assertThat(out.names())
        .containsExactlyInAnyOrder(WEIGHT, LAYER + ".weight_scale", LAYER + ".bias", VAE);
    assertThat(out.values(LAYER + ".weight_scale")).containsExactly(1.5f);
    assertThat(out.spec(LAYER + ".weight_scale").shape()).isEqualTo(Shape.of());
    assertThat(out.values(WEIGHT)).containsExactly(448, 1, 2, 0.171875f);
    // No matrix.
    assertThat(out.spec(LAYER + ".bias").dtype()).isEqualTo(DType.F16);
    assertThat(out.metadata())
        .containsEntry(
            SETTINGS,
            "{\"format_version\":\"1.0\",\"layers\":{\""
                + LAYER
                + "\":{\"format\":\"float8_e4m3fn\",\"full_precision_matrix_mult\":true}}}");
  }

  @Test
  void bothFormsCanBeWritten() {
    merge.model("a", plain()).model("b", plain());
    SmallCheckpoint out = merge.merge(scaledUnet(mix(0.5), Scales.SCALE_WEIGHT));
    assertThat(out.names())
        .containsExactlyInAnyOrder(
            WEIGHT, LAYER + ".scale_weight", UNET + "scaled_fp8", LAYER + ".bias", VAE);
    // Two elements: the input is not to be rounded to 8 bits, since it has no scale.
    assertThat(out.spec(UNET + "scaled_fp8").shape()).isEqualTo(Shape.of(2));
    assertThat(out.spec(UNET + "scaled_fp8").dtype()).isEqualTo(DType.F8_E4M3);
    assertThat(out.metadata()).doesNotContainKey(SETTINGS);
  }

  @Test
  void oneFormBecomesTheOther() {
    merge.model("a", oldForm()).model("b", plain());
    SmallCheckpoint out = merge.merge(scaledUnet(mix(0.5), Scales.WEIGHT_SCALE));
    assertThat(out.names())
        .containsExactlyInAnyOrder(
            WEIGHT, LAYER + ".weight_scale", LAYER + ".input_scale", LAYER + ".bias", VAE);
    assertThat(out.values(LAYER + ".weight_scale")).containsExactly(1);
    assertThat(out.metadata())
        .containsEntry(
            SETTINGS,
            "{\"format_version\":\"1.0\",\"layers\":{\""
                + LAYER
                + "\":{\"format\":\"float8_e4m3fn\"}}}");
  }

  @Test
  void whatWasWrittenReadsAsItsValues() {
    merge.model("a", plain()).model("b", plain());
    Path scaled = folder.resolve("scaled.safetensors");
    Mokume.merge(merge.recipe(scaledUnet(mix(0.5), Scales.SCALE_WEIGHT)), scaled, merge.options);
    merge.models.put("a", scaled);
    SmallCheckpoint out = merge.merge(unet(mix(0)).withDtypes(Map.of(Component.UNET, DType.F32)));
    // 0.25 / 1.5 = 0.1667 lies between 0.15625 and 0.171875.
    assertThat(out.values(WEIGHT)).containsExactly(672, 1.5f, 3, 1.5f * 0.171875f);
  }

  private float[] values(Result result, String tensor) {
    TensorValues values = Mokume.tensor(merge.recipe(result), tensor, merge.options);
    float[] array = new float[(int) values.spec().elementCount()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.value(i);
    }
    return array;
  }

  @Test
  void aTensorByItselfHasItsValues() {
    merge.model("a", oldForm()).model("b", plain());
    assertThat(values(unet(mix(0.25)), WEIGHT)).containsExactly(336, 0.75f, 0, 0.75f * 0.34375f);
    assertThat(values(SmallMerge.only(Component.VAE, mix(0.5)), WEIGHT))
        .containsExactly(224, 0.5f, -1, 0.25f);
    assertThatThrownBy(() -> values(unet(mix(0.5)), LAYER + ".scale_weight"))
        .hasMessage(
            "tensor '"
                + LAYER
                + ".scale_weight' is the scale of a weight, which is made with it. Ask for the"
                + " weight.");
  }

  @Test
  void anEmptyScaleIsOne() {
    SmallCheckpoint zeros = new SmallCheckpoint().with(WEIGHT, DType.F16, SQUARE, 0, 0, 0, 0);
    merge.model("a", zeros).model("b", zeros);
    SmallCheckpoint out = merge.merge(scaledUnet(mix(0.5), Scales.AS_STORED));
    assertThat(out.values(LAYER + ".weight_scale")).containsExactly(1);
    assertThat(out.values(WEIGHT)).containsOnly(0);
  }

  @Test
  void blocksAreMergedByTheirValuesAndWrittenWithoutScales() {
    String weight = "model.layers.0.self_attn.q_proj.weight";
    float[] ones = new float[130];
    Arrays.fill(ones, 1);
    merge
        .model(
            "a",
            new SmallCheckpoint()
                .with(weight, DType.F8_E4M3, Shape.of(1, 130), ones)
                .with(weight + "_scale_inv", Shape.of(1, 2), 2, 10))
        .model("b", new SmallCheckpoint().with(weight, DType.BF16, Shape.of(1, 130), ones));
    Result result = SmallMerge.only(Component.LM, mix(0.5));
    assertThat(plan(result).notes())
        .containsExactly(
            "a: 1 weight is F8_E4M3 with one scale for 128 x 128 (weight_scale_inv). Methods work"
                + " with their values.",
            "1 weight with a scale for each row or block is written as BF16, without scales."
                + " f8_e4m3_scaled gives a weight one scale.",
            "Correct quantization_config in the config.json that goes with the output (Mokume does"
                + " so where it writes one): 1 weight has no scale there.");
    assertThat(plan(result).left())
        .containsExactly(new LeftOut(weight + "_scale_inv", "its weight is stored as BF16"));
    SmallCheckpoint out = merge.merge(result);
    assertThat(out.spec(weight).dtype()).isEqualTo(DType.BF16);
    assertThat(out.values(weight)[127]).isEqualTo(1.5f);
    assertThat(out.values(weight)[128]).isEqualTo(5.5f);
  }

  @Test
  void aNaNInAScaleIsFound() {
    merge
        .model(
            "a",
            new SmallCheckpoint()
                .with(WEIGHT, DType.F8_E4M3, SQUARE, 1, 2, 3, 4)
                .with(LAYER + ".scale_weight", Shape.of(), Float.NaN))
        .model("b", plain());
    assertThatThrownBy(() -> merge.merge(unet(mix(0.5))))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "tensor '"
                + WEIGHT
                + "' would have 4 values that are NaN or infinite; "
                + folder.resolve("a.safetensors")
                + " has 4. Use a sound copy of that file, or merge all the same with"
                + " --non-finite warn.");
  }

  @Test
  void bytesReadAreThoseOfTheFiles() {
    merge.model("a", oldForm()).model("b", plain());
    Result result = unet(mix(0.5)).withDtypes(Map.of(Component.UNET, DType.F16));
    MergeReport report = Mokume.merge(merge.recipe(result), merge.output(), merge.options);
    // The weight as F8 and as F16, the bias twice, the VAE.
    assertThat(report.bytesRead()).isEqualTo(4 + 8 + 4 + 4 + 2);
    assertThat(report.plan().readBytes()).isEqualTo(4 + 8 + 4 + 4 + 2);
  }

  // Many elements, against plain arithmetic

  private static final int ROWS = 70;
  private static final int COLUMNS = 130;

  private static float[] noise(long seed, float deviation) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[ROWS * COLUMNS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() * deviation;
    }
    return values;
  }

  private void noisyModels() {
    float[] codes = noise(1, 100);
    merge
        .model(
            "a",
            new SmallCheckpoint()
                .with(WEIGHT, DType.F8_E4M3, Shape.of(ROWS, COLUMNS), codes)
                .with(LAYER + ".scale_weight", Shape.of(), 0.000123f)
                .with(UNET + "scaled_fp8", DType.F8_E4M3, Shape.of(2), 0, 0))
        .model(
            "b",
            new SmallCheckpoint()
                .with(WEIGHT, DType.F16, Shape.of(ROWS, COLUMNS), noise(2, 0.02f)));
  }

  private double[] expected(SmallCheckpoint a, SmallCheckpoint b, double alpha) {
    float[] x = a.values(WEIGHT);
    float[] y = b.values(WEIGHT);
    double[] out = new double[x.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (1 - alpha) * (x[i] * (double) 0.000123f) + alpha * y[i];
    }
    return out;
  }

  @Test
  void aScaledModelAndAHalfAgainstPlainArithmetic() {
    noisyModels();
    SmallCheckpoint a = SmallCheckpoint.read(folder.resolve("a.safetensors"));
    SmallCheckpoint b = SmallCheckpoint.read(folder.resolve("b.safetensors"));
    SmallCheckpoint out = merge.merge(unet(mix(0.3)));
    double[] expected = expected(a, b, 0.3);
    float scale = out.values(LAYER + ".scale_weight")[0];
    double greatest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    assertThat((double) scale).isCloseTo(greatest / 448, within(1e-6 * greatest / 448));
    float[] codes = out.values(WEIGHT);
    for (int i = 0; i < codes.length; i++) {
      double value = expected[i] / scale;
      // Half a place of three bits, or of the subnormals.
      double half = Math.max(Math.ulp((float) value) * 0x1p19, 0x1p-10);
      assertThat((double) codes[i]).as("%d", i).isCloseTo(value, within(half * 1.0001));
    }
  }

  private Result stochastic(long seed) {
    return unet(mix(0.3))
        .withEncoding(new Encoding(Set.of(), Scales.AS_STORED, new Rounding.Stochastic(seed)));
  }

  @Test
  void stochasticRoundingKeepsTheMeanAndGoesToANeighbour() {
    noisyModels();
    SmallCheckpoint a = SmallCheckpoint.read(folder.resolve("a.safetensors"));
    SmallCheckpoint b = SmallCheckpoint.read(folder.resolve("b.safetensors"));
    double[] expected = expected(a, b, 0.3);
    SmallCheckpoint out = merge.merge(stochastic(7));
    float scale = out.values(LAYER + ".scale_weight")[0];
    float[] codes = out.values(WEIGHT);
    double error = 0;
    double squares = 0;
    int farther = 0;
    for (int i = 0; i < codes.length; i++) {
      double value = expected[i] / scale;
      double place = Math.max(Math.ulp((float) value) * 0x1p20, 0x1p-9);
      assertThat(Math.abs(codes[i] - value)).as("%d", i).isLessThan(place * 1.0001);
      farther += Math.abs(codes[i] - value) > place * 0.5001 ? 1 : 0;
      error += codes[i] - value;
      squares += place * place / 6;
    }
    assertThat(farther).isPositive();
    assertThat(Math.abs(error)).isLessThan(5 * Math.sqrt(squares));
  }

  @Test
  void theSameSeedGivesTheSameBytesWhateverTheThreadsAndTiles() throws IOException {
    noisyModels();
    byte[] first = bytes(stochastic(7), 1, 4096);
    assertThat(bytes(stochastic(7), 4, 8192)).isEqualTo(first);
    assertThat(bytes(stochastic(8), 4, 8192)).isNotEqualTo(first);
    assertThat(bytes(unet(mix(0.3)), 1, 4096)).isEqualTo(bytes(unet(mix(0.3)), 3, 1 << 16));
  }

  private byte[] bytes(Result result, int threads, int tile) throws IOException {
    MergeOptions options = merge.options.withThreads(threads).withTileElements(tile);
    Mokume.merge(merge.recipe(result), merge.output(), options);
    return Files.readAllBytes(merge.output());
  }
}
