package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static dev.mokume.SmallMerge.C;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.MergePlan.LeftOut;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Ema;
import dev.mokume.recipe.Result.Untouched;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a plan settles before a weight is read: what becomes of each tensor, and every problem at
/// once.
class PlanTest {
  private static final String UNET = "model.diffusion_model.";
  private static final String FIRST_LAYER = UNET + "input_blocks.0.0.weight";
  private static final String MIDDLE = UNET + "middle_block.0.in_layers.0.weight";
  private static final String EMA = "model_ema.diffusion_modelmiddle_block0in_layers0weight";
  private static final String TEXT =
      "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
  private static final String POSITIONS =
      "cond_stage_model.transformer.text_model.embeddings.position_ids";
  private static final String DECODER = "first_stage_model.decoder.conv_in.weight";
  private static final String MISMATCH =
      ". Merge checkpoints of one family, or keep such tensors as they are in the first model with"
          + " --on-mismatch keep or --exclude (in a recipe: mismatch, exclude).";
  private static final Weights HALF = interpolate(A, B, 0.5);

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
  }

  private static Weights interpolate(Weights a, Weights b, double alpha) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, a, b, new Ratio.Constant(alpha), Optional.empty());
  }

  /// A Stable Diffusion checkpoint of a tensor a part, every value the same.
  private static SmallCheckpoint diffusion(float value) {
    return new SmallCheckpoint()
        .with(FIRST_LAYER, DType.F16, Shape.of(1, 4, 1, 1), value, value, value, value)
        .with(MIDDLE, DType.F16, Shape.of(2), value, value)
        .with(TEXT, DType.F16, Shape.of(2), value, value)
        .withBytes(
            POSITIONS, DType.I64, Shape.of(1, 1), new byte[] {(byte) value, 0, 0, 0, 0, 0, 0, 0})
        .with(DECODER, DType.F16, Shape.of(2), value, value);
  }

  private String file(String model) {
    return folder.resolve(model + ".safetensors").toString();
  }

  private static Result unet(Weights weights) {
    return SmallMerge.only(Component.UNET, weights);
  }

  @SafeVarargs
  private static Result result(
      Map<Component, DType> dtypes, Ema ema, Map.Entry<Component, Weights>... components) {
    SequencedMap<Component, Weights> all = new LinkedHashMap<>();
    for (Map.Entry<Component, Weights> component : components) {
      all.put(component.getKey(), component.getValue());
    }
    return Result.Checkpoint.of(all).withDtypes(dtypes).withEma(ema);
  }

  private static PlannedTensor tensor(MergePlan plan, String name) {
    return plan.tensors().stream()
        .filter(tensor -> tensor.spec().name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void assertCopied(MergePlan plan, String name, String reason) {
    PlannedTensor tensor = tensor(plan, name);
    assertThat(tensor.treatment()).as(name).isEqualTo(Treatment.COPIED);
    assertThat(tensor.reason()).as(name).isEqualTo(reason);
  }

  private List<String> problems(Result result) {
    return merge.plan(result).problems().stream().map(Problem::message).toList();
  }

  // What becomes of a tensor

  @Test
  void aMethodChangesItsComponentAndNothingElse() {
    merge.model("a", diffusion(1)).model("b", diffusion(3));
    MergePlan plan = merge.plan(unet(HALF));
    assertThat(plan.problems()).isEmpty();
    PlannedTensor middle = tensor(plan, MIDDLE);
    assertThat(middle.component()).isEqualTo(Component.UNET);
    assertThat(middle.block()).isEqualTo("M00");
    assertThat(middle.treatment()).isEqualTo(Treatment.MERGED);
    assertThat(middle.alpha()).hasValue(0.5);
    assertThat(middle.passes()).isEqualTo(1);
    assertThat(middle.inputBytes()).isEqualTo(8);
    assertThat(middle.outputBytes()).isEqualTo(4);
    assertCopied(plan, TEXT, "");
    assertCopied(plan, POSITIONS, "");
    assertCopied(plan, DECODER, "");
    SmallCheckpoint merged = merge.merge(unet(HALF));
    assertThat(merged.values(MIDDLE)).containsOnly(2);
    assertThat(merged.values(FIRST_LAYER)).containsOnly(2);
    assertThat(merged.values(TEXT)).containsOnly(1);
    assertThat(merged.values(DECODER)).containsOnly(1);
  }

  @Test
  void integersAreNeverBlended() {
    merge.model("a", diffusion(1)).model("b", diffusion(3));
    Result result = SmallMerge.only(Component.CLIP_L, HALF);
    assertCopied(merge.plan(result), POSITIONS, "its dtype is I64, which is not blended");
    SmallCheckpoint merged = merge.merge(result);
    assertThat(merged.bytes(POSITIONS)).containsExactly(1, 0, 0, 0, 0, 0, 0, 0);
    assertThat(merged.values(TEXT)).containsOnly(2);
  }

  @Test
  void positionsThatAreStoredAsFloatsAreNotBlendedEither() {
    merge.model("a", diffusion(1).with(POSITIONS, DType.F16, Shape.of(1, 2), 0, 1));
    merge.model("b", diffusion(3).with(POSITIONS, DType.F16, Shape.of(1, 2), 0, 3));
    Result result = SmallMerge.only(Component.CLIP_L, HALF);
    assertCopied(
        merge.plan(result), POSITIONS, "it says how the model is run, and is not a weight");
    assertThat(merge.merge(result).values(POSITIONS)).containsExactly(0, 1);
  }

  @Test
  void markersSurvive() {
    for (String model : List.of("a", "b")) {
      merge.model(
          model,
          diffusion(1)
              .with("v_pred", DType.F32, Shape.of(0))
              .with("edm_vpred.sigma_max", DType.F32, Shape.of(1), model.equals("a") ? 120 : 80));
    }
    MergePlan plan = merge.plan(unet(HALF));
    assertThat(plan.problems()).isEmpty();
    assertCopied(plan, "v_pred", "it says how the model is run, and is not a weight");
    SmallCheckpoint merged = merge.merge(unet(HALF));
    assertThat(merged.spec("v_pred").shape()).isEqualTo(Shape.of(0));
    assertThat(merged.values("edm_vpred.sigma_max")).containsExactly(120);
  }

  @Test
  void whatTheLaterModelLacksStaysAndIsTold() {
    merge
        .model("a", new SmallCheckpoint().with("u", 1).with("v", 1))
        .model("b", new SmallCheckpoint().with("u", 3));
    MergePlan plan = merge.plan(SmallMerge.only(Component.OTHER, HALF));
    assertThat(plan.problems()).isEmpty();
    assertCopied(plan, "v", "b has no such tensor");
    assertThat(tensor(plan, "v").alpha()).isEmpty();
  }

  @Test
  void whatTheLaterModelStoresAsIntegersStays() {
    merge.model("a", new SmallCheckpoint().with("u", 1).with("v", 1));
    merge.model(
        "b", new SmallCheckpoint().with("u", 3).withBytes("v", DType.I8, Shape.of(1), (byte) 3));
    assertCopied(
        merge.plan(SmallMerge.only(Component.OTHER, HALF)),
        "v",
        "b stores it as I8, which is not blended");
  }

  @Test
  void whatTheRatioDoesNotNameStays() {
    merge.model("a", new SmallCheckpoint().with("u", 1).with("v", 1));
    merge.model("b", new SmallCheckpoint().with("u", 3).with("v", 3));
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("u", 0.25);
    Weights weights =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, B, new Ratio.ByName(numbers), Optional.empty());
    MergePlan plan = merge.plan(SmallMerge.only(Component.OTHER, weights));
    assertCopied(plan, "v", "the ratio has no number for it");
    assertThat(tensor(plan, "u").alpha()).hasValue(0.25);
  }

  @Test
  void aShareOfNothingIsACopy() {
    merge
        .model("a", new SmallCheckpoint().with("u", 1))
        .model("b", new SmallCheckpoint().with("u", 3));
    MergePlan plan = merge.plan(SmallMerge.only(Component.OTHER, interpolate(A, B, 0)));
    assertCopied(plan, "u", "");
    assertThat(tensor(plan, "u").alpha()).hasValue(0);
    assertCopied(merge.plan(SmallMerge.only(Component.OTHER, interpolate(A, B, 1))), "u", "");
  }

  @Test
  void passesAndWorkingSetAreTold() {
    merge
        .model("a", new SmallCheckpoint().with("u", 1, 2, 3))
        .model("b", new SmallCheckpoint().with("u", 3, 2, 1));
    Weights dare =
        new Weights.Dare(
            A,
            B,
            new Ratio.Constant(1),
            new SparseUpdate(0.5, Vote.SUM, false, 1),
            4,
            Interpolation.LINEAR,
            Optional.of(new Mask.Magnitude(A, B, 0.5, Mask.Quantile.EXACT, Mask.Select.BELOW)));
    MergePlan plan = merge.plan(SmallMerge.only(Component.OTHER, dare));
    // Two for the mask's quantile; the first vote shares the first of them, and three more votes
    // follow the mask.
    assertThat(tensor(plan, "u").passes()).isEqualTo(6);
    assertThat(plan.readBytes()).isEqualTo(2 * 12);
    assertThat(plan.largestWorkingSet()).isEqualTo(2 * 12);
    assertThat(plan.outputBytes())
        .isEqualTo(
            merge.merge(SmallMerge.only(Component.OTHER, dare)).write(file()).toFile().length());
  }

  private Path file() {
    return folder.resolve("again.safetensors");
  }

  // Components, dtypes, EMA

  @Test
  void aComponentComesWholeFromAnotherModel() {
    merge
        .model("a", diffusion(1))
        .model("b", diffusion(3).with("first_stage_model.encoder.conv_in.weight", 5));
    MergePlan plan = merge.plan(SmallMerge.only(Component.VAE, B));
    assertThat(plan.problems()).isEmpty();
    SmallCheckpoint baked = merge.merge(SmallMerge.only(Component.VAE, B));
    assertThat(baked.values(DECODER)).containsOnly(3);
    assertThat(baked.values("first_stage_model.encoder.conv_in.weight"))
        .as("only b has it")
        .containsExactly(5);
    assertThat(baked.values(MIDDLE)).containsOnly(1);
  }

  @Test
  void aComponentThatTheFirstLacksComesFromAnother() {
    merge.model(
        "a",
        new SmallCheckpoint().with(MIDDLE, 1).with(FIRST_LAYER, Shape.of(1, 4, 1, 1), 1, 1, 1, 1));
    merge.model("b", diffusion(3));
    SmallCheckpoint baked = merge.merge(SmallMerge.only(Component.VAE, B));
    assertThat(baked.values(DECODER)).containsOnly(3);
    assertThat(baked.names()).containsExactlyInAnyOrder(MIDDLE, FIRST_LAYER, DECODER);
  }

  @Test
  void aComponentThatNobodyHasIsAProblem() {
    merge.model("a", new SmallCheckpoint().with("w", 1));
    merge.model("b", new SmallCheckpoint().with("w", 2));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.OTHER, HALF);
    components.put(Component.VAE, B);
    assertThat(problems(Result.Checkpoint.of(components)))
        .containsExactly(
            file("b") + ": has not the VAE, which is to be taken from it. It holds other.");
  }

  @Test
  void whatOnlyTheFirstHasOfAComponentIsKept() {
    merge
        .model("a", diffusion(1).with("first_stage_model.encoder.conv_in.weight", 5))
        .model("b", diffusion(3));
    assertCopied(
        merge.plan(SmallMerge.only(Component.VAE, B)),
        "first_stage_model.encoder.conv_in.weight",
        "b has no such tensor");
  }

  @Test
  void aMarkerGoesWithTheModelThatItSpeaksOf() {
    merge.model("a", diffusion(1).with("v_pred", DType.F32, Shape.of(0))).model("b", diffusion(3));
    MergePlan plan = merge.plan(unet(B));
    assertThat(plan.left())
        .containsExactly(
            new LeftOut(
                "v_pred",
                "it says how the diffusion model of a is run, and that one comes from b"));
    assertThat(merge.merge(unet(B)).names()).doesNotContain("v_pred");
    merge.models.clear();
    merge.model("b", diffusion(3)).model("a", diffusion(1).with("v_pred", DType.F32, Shape.of(0)));
    assertThat(merge.merge(unet(A)).names()).contains("v_pred");
  }

  @Test
  void everyComponentIsStoredInTheDtypeAskedFor() {
    merge.model("a", diffusion(1)).model("b", diffusion(3));
    Result result =
        result(
            Map.of(
                Component.UNET,
                DType.BF16,
                Component.VAE,
                DType.F32,
                Component.CLIP_L,
                DType.F8_E4M3),
            Ema.KEEP,
            Map.entry(Component.UNET, HALF),
            Map.entry(Component.VAE, B));
    MergePlan plan = merge.plan(result);
    assertThat(tensor(plan, MIDDLE).treatment()).isEqualTo(Treatment.MERGED);
    assertThat(tensor(plan, TEXT).treatment()).isEqualTo(Treatment.CONVERTED);
    assertThat(tensor(plan, DECODER).treatment()).isEqualTo(Treatment.CONVERTED);
    assertThat(tensor(plan, POSITIONS).treatment()).isEqualTo(Treatment.COPIED);
    SmallCheckpoint merged = merge.merge(result);
    assertThat(merged.spec(MIDDLE).dtype()).isEqualTo(DType.BF16);
    assertThat(merged.values(MIDDLE)).containsOnly(2);
    assertThat(merged.spec(DECODER).dtype()).isEqualTo(DType.F32);
    assertThat(merged.values(DECODER)).containsOnly(3);
    assertThat(merged.spec(TEXT).dtype()).isEqualTo(DType.F8_E4M3);
    assertThat(merged.spec(POSITIONS).dtype()).isEqualTo(DType.I64);
  }

  @Test
  void aTensorWithoutElementsIsConvertedToo() {
    merge.model("a", new SmallCheckpoint().with("empty", DType.F16, Shape.of(0, 4)).with("w", 1));
    SmallCheckpoint converted = merge.merge(result(Map.of(Component.OTHER, DType.F32), Ema.KEEP));
    assertThat(converted.spec("empty").dtype()).isEqualTo(DType.F32);
    assertThat(converted.spec("empty").shape()).isEqualTo(Shape.of(0, 4));
  }

  private SmallCheckpoint withEma(Ema ema) {
    merge.model(
        "a", diffusion(1).with(EMA, DType.F32, Shape.of(2), 9, 9).with("model_ema.decay", 0.5f));
    return merge.merge(result(Map.of(), ema));
  }

  @Test
  void theMovingAverageIsKept() {
    SmallCheckpoint kept = withEma(Ema.KEEP);
    assertThat(kept.values(EMA)).containsOnly(9);
    assertThat(kept.values("model_ema.decay")).containsExactly(0.5f);
    assertThat(kept.values(MIDDLE)).containsOnly(1);
  }

  @Test
  void theMovingAverageIsDropped() {
    SmallCheckpoint dropped = withEma(Ema.DROP);
    assertThat(dropped.names())
        .containsExactlyInAnyOrder(FIRST_LAYER, MIDDLE, TEXT, POSITIONS, DECODER);
    assertThat(dropped.values(MIDDLE)).containsOnly(1);
    assertThat(merge.plan(result(Map.of(), Ema.DROP)).left())
        .containsExactlyInAnyOrder(
            new LeftOut(EMA, "ema: drop"), new LeftOut("model_ema.decay", "ema: drop"));
  }

  @Test
  void theMovingAverageTakesThePlaceOfItsWeights() {
    SmallCheckpoint promoted = withEma(Ema.PROMOTE);
    assertThat(promoted.values(MIDDLE)).containsOnly(9);
    assertThat(promoted.values(FIRST_LAYER)).as("it has no average").containsOnly(1);
    assertThat(promoted.names()).doesNotContain(EMA, "model_ema.decay");
    assertThat(merge.plan(result(Map.of(), Ema.PROMOTE)).left())
        .containsExactlyInAnyOrder(
            new LeftOut(EMA, "it takes the place of the weight it is the average of"),
            new LeftOut("model_ema.decay", "ema: drop"));
  }

  @Test
  void theMovingAverageAndItsWeightsChangePlaces() {
    SmallCheckpoint exchanged = withEma(Ema.EXCHANGE);
    assertThat(exchanged.values(MIDDLE)).containsOnly(9);
    assertThat(exchanged.values(EMA)).containsOnly(1);
    assertThat(exchanged.values(FIRST_LAYER)).as("it has no average").containsOnly(1);
    assertThat(exchanged.values("model_ema.decay")).containsExactly(0.5f);
    assertThat(merge.plan(result(Map.of(), Ema.EXCHANGE)).left()).isEmpty();
  }

  @Test
  void noTensorOfTheFirstModelIsLost() {
    SmallCheckpoint a =
        diffusion(1)
            .with(EMA, DType.F32, Shape.of(2), 9, 9)
            .with("v_pred", DType.F32, Shape.of(0))
            .with("betas", 1, 2, 3)
            .with("something.else", 7)
            .withBytes("odd", DType.of("F5_E2M2"), Shape.of(8), new byte[5])
            .withBytes("packed", DType.F4, Shape.of(4), new byte[2]);
    merge.model("a", a);
    merge.model("b", diffusion(3).with("v_pred", DType.F32, Shape.of(0)).with("something.new", 1));
    for (Ema ema : Ema.values()) {
      for (Weights weights : List.of(A, B, HALF)) {
        Result result =
            result(
                Map.of(Component.UNET, DType.F32),
                ema,
                Map.entry(Component.UNET, weights),
                Map.entry(Component.OTHER, weights));
        MergePlan plan = merge.plan(result);
        Set<String> told = plan.left().stream().map(LeftOut::tensor).collect(Collectors.toSet());
        Set<String> found = new LinkedHashSet<>(merge.merge(result).names());
        assertThat(Collections.disjoint(found, told)).as("%s, %s", ema, weights).isTrue();
        found.addAll(told);
        assertThat(found).as("%s, %s", ema, weights).containsAll(a.names());
      }
    }
  }

  // Problems

  @Test
  void shapesThatDifferAreNamedEachWithBothFiles() {
    merge.model("a", new SmallCheckpoint().with("u", 1, 2).with("v", 1));
    merge.model("b", new SmallCheckpoint().with("u", 1, 2, 3).with("v", Shape.of(1, 1), 1));
    assertThat(problems(SmallMerge.only(Component.OTHER, HALF)))
        .containsExactlyInAnyOrder(
            file("b") + ": tensor 'u' has shape [3], but " + file("a") + " has [2]" + MISMATCH,
            file("b") + ": tensor 'v' has shape [1, 1], but " + file("a") + " has [1]" + MISMATCH);
  }

  private static Result untouched(Result.Mismatch mismatch, String... exclude) {
    return untouched(Component.OTHER, HALF, mismatch, exclude);
  }

  private static Result untouched(
      Component component, Weights weights, Result.Mismatch mismatch, String... exclude) {
    return ((Result.Checkpoint) SmallMerge.only(component, weights))
        .withUntouched(new Untouched(mismatch, List.of(exclude)));
  }

  @Test
  void shapesThatDifferKeepTheFirstModelsTensorIfAskedTo() {
    merge.model("a", new SmallCheckpoint().with("u", 1, 2).with("v", 1));
    merge.model("b", new SmallCheckpoint().with("u", 1, 2, 3).with("v", 3));
    Result keep = untouched(Result.Mismatch.KEEP);
    MergePlan plan = merge.plan(keep);
    assertThat(plan.problems()).isEmpty();
    assertCopied(plan, "u", "b has another shape, [3]");
    assertThat(tensor(plan, "v").treatment()).isEqualTo(Treatment.MERGED);
    SmallCheckpoint merged = merge.merge(keep);
    assertThat(merged.values("u")).containsExactly(1, 2);
    assertThat(merged.values("v")).containsExactly(2);
  }

  @Test
  void aKeptTensorIsNotMergedWithTheModelsThatFitEither() {
    merge.model("a", new SmallCheckpoint().with("u", 1, 2));
    merge.model("b", new SmallCheckpoint().with("u", 3, 4));
    merge.model("c", new SmallCheckpoint().with("u", 1, 2, 3));
    Weights all = interpolate(HALF, C, 0.5);
    assertThat(merge.merge(untouched(Component.OTHER, all, Result.Mismatch.KEEP)).values("u"))
        .containsExactly(1, 2);
    merge.compat = Compat.COMFYUI;
    assertThat(merge.merge(untouched(Component.OTHER, all, Result.Mismatch.KEEP)).values("u"))
        .as("under any profile")
        .containsExactly(1, 2);
  }

  @Test
  void anotherNumberOfInputChannelsIsSettledByKeepingTheFirstLayer() {
    SmallCheckpoint inpainting =
        diffusion(3)
            .with(
                FIRST_LAYER,
                DType.F16,
                Shape.of(1, 9, 1, 1),
                new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
    merge.model("a", diffusion(1)).model("b", inpainting);
    assertThat(problems(untouched(Component.UNET, HALF, Result.Mismatch.ERROR))).hasSize(2);
    assertThat(problems(untouched(Component.UNET, HALF, Result.Mismatch.KEEP))).isEmpty();
    assertThat(problems(untouched(Component.UNET, HALF, Result.Mismatch.ERROR, "input_blocks.0")))
        .isEmpty();
  }

  @Test
  void whatIsExcludedStaysTheFirstModels() {
    merge.model("a", diffusion(1)).model("b", diffusion(3));
    Result result =
        untouched(Component.UNET, HALF, Result.Mismatch.ERROR, "middle_block", "*.0.weight");
    MergePlan plan = merge.plan(result);
    assertCopied(plan, MIDDLE, "excluded by 'middle_block'");
    assertCopied(plan, FIRST_LAYER, "excluded by '*.0.weight'");
    assertThat(merge.merge(result).values(MIDDLE)).containsExactly(1, 1);
    Result whole =
        untouched(Component.UNET, B, Result.Mismatch.ERROR, "middle_block.0.in_layers.0.weight");
    assertThat(merge.merge(whole).values(MIDDLE)).containsExactly(1, 1);
    assertThat(merge.merge(whole).values(FIRST_LAYER)).containsExactly(3, 3, 3, 3);
  }

  @Test
  void anExclusionOfNothingIsAProblemThatOffersTheNearestName() {
    merge.model("a", diffusion(1)).model("b", diffusion(3));
    assertThat(problems(untouched(Component.UNET, HALF, Result.Mismatch.ERROR, "midle_block")))
        .containsExactly(
            "exclude: the layer selection 'midle_block' selects none of 5 tensors; did you mean"
                + " 'middle_block'?");
  }

  @Test
  void whatMokumeWritesItselfIsRefusedAsMetadata() {
    for (String key : List.of("format", "mokume.recipe", "mokume.anything")) {
      assertThatThrownBy(
              () -> Result.Checkpoint.of(new LinkedHashMap<>()).withMetadata(Map.of(key, "mine")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("metadata cannot set '" + key + "', which Mokume writes itself");
    }
  }

  @Test
  void twoArchitecturesDoNotMix() {
    merge.model("a", diffusion(1)).model("b", diffusion(3).with(UNET + "label_emb.0.0.weight", 1));
    assertThat(problems(unet(HALF)))
        .containsExactly(
            file("b")
                + " does not fit "
                + file("a")
                + ": this looks like SDXL against SD 1.x. Merge checkpoints of one family.");
  }

  @Test
  void twoKindsOfPredictionDoNotMix() {
    merge.model("a", diffusion(1)).model("b", diffusion(3).with("v_pred", DType.F32, Shape.of(0)));
    assertThat(problems(unet(HALF)))
        .containsExactly(
            file("a")
                + " predicts noise (epsilon), but "
                + file("b")
                + " predicts velocity (v-prediction): a blend of the two gives broken pictures."
                + " Merge models of one prediction type; if a model only lacks its marker, say"
                + " which type it has.");
  }

  /// Where Mokume knows no names, only equal ones meet. A merge that changes nothing at all is not
  /// what anybody asks for.
  @Test
  void unknownModelsWithoutACommonNameDoNotMix() {
    merge.model("a", new SmallCheckpoint().with("v", 1, 2));
    merge.model("b", new SmallCheckpoint().with("w", 3, 4));
    assertThat(problems(SmallMerge.only(Component.OTHER, HALF)))
        .containsExactly(
            file("b")
                + " has no tensor that is called as one of "
                + file("a")
                + ", so nothing of it would be in the output. Merge checkpoints whose tensors have"
                + " the same names; 'mokume inspect --tensors' lists them.");
  }

  @Test
  void onlyWhatIsBlendedHasToFit() {
    merge.model("a", diffusion(1)).model("b", diffusion(3).with("v_pred", DType.F32, Shape.of(0)));
    assertThat(problems(SmallMerge.only(Component.VAE, B))).isEmpty();
  }

  @Test
  void quantisedWeightsAreRefusedByName() {
    merge
        .model("a", diffusion(1))
        .model("b", diffusion(3).with(UNET + "middle_block.0.in_layers.0.scale_weight", 1));
    assertThat(problems(unet(HALF)))
        .containsExactly(
            file("b")
                + ": holds scaled 8-bit weights (1 tensor says so:"
                + " 'model.diffusion_model.middle_block.0.in_layers.0.scale_weight'). Such numbers"
                + " mean nothing without what lies beside them, which Mokume does not apply here: a"
                + " blend of them would be a damaged model. Merge the F16, BF16 or F32 original and"
                + " quantise the result.");
    assertThat(problems(SmallMerge.only(Component.VAE, B))).as("copying is no problem").isEmpty();
  }

  @Test
  void aRecipeThatChangesNothingIsRefused() {
    merge
        .model("a", new SmallCheckpoint().with("w", 1))
        .model("b", new SmallCheckpoint().with("w", 2));
    assertThat(problems(unet(HALF)))
        .containsExactly(
            file("a")
                + " has nothing that the recipe changes (unet); it holds other. Choose a method for"
                + " what it holds.");
  }

  @Test
  void unknownNamesAreAllToldWithTheNearest() {
    merge.model("alpha", new SmallCheckpoint().with("w", 1));
    merge.masks.put("faces", new Mask.Constant(new Weights.Source("alpha"), true));
    merge.weights.put("blended", new Weights.Source("alpha"));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(
        Component.OTHER,
        new Weights.Interpolate(
            Interpolation.LINEAR,
            new Weights.Source("alpha"),
            new Weights.Source("alpha"),
            new Ratio.Constant(1),
            Optional.of(new Mask.Named("face"))));
    assertThat(problems(Result.Checkpoint.of(components)))
        .containsExactly("the recipe has no mask called 'face'; did you mean 'faces'?");
    assertThat(
            problems(
                SmallMerge.only(Component.OTHER, interpolate(new Weights.Source("alhpa"), A, 1))))
        .containsExactly("the recipe has no model called 'alhpa'; did you mean 'alpha'?");
    assertThat(problems(SmallMerge.only(Component.OTHER, new Weights.Named("blend"))))
        .containsExactly("the recipe has no weights called 'blend'; did you mean 'blended'?");
    Weights byName =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            new Weights.Source("alpha"),
            new Weights.Source("alpha"),
            new Ratio.Named("mwb"),
            Optional.empty());
    merge.ratios.put("mbw", new Ratio.Constant(1));
    assertThat(problems(SmallMerge.only(Component.OTHER, byName)))
        .singleElement()
        .satisfies(
            message -> assertThat(message).contains("'mwb'").contains("did you mean 'mbw'?"));
  }

  @Test
  void namesThatLeadToThemselvesAreRefused() {
    merge.model("a", new SmallCheckpoint().with("w", 1));
    merge.weights.put("x", interpolate(A, new Weights.Named("y"), 0.5));
    merge.weights.put("y", interpolate(new Weights.Named("x"), A, 0.5));
    assertThat(problems(SmallMerge.only(Component.OTHER, new Weights.Named("x"))))
        .containsExactly("the recipe's weights 'x' is made from itself: x -> y -> x");
    merge.masks.put(
        "m",
        new Mask.Combined(
            Mask.SetOperation.UNION, new Mask.Constant(A, true), new Mask.Named("m")));
    assertThat(problems(Result.MaskFile.of(new Mask.Named("m"))))
        .contains("the recipe's mask 'm' is made from itself: m -> m");
  }

  @Test
  void problemsOfSeveralKindsAreToldAtOnce() {
    merge.model("a", diffusion(1));
    merge.model(
        "b",
        diffusion(3)
            .with("v_pred", DType.F32, Shape.of(0))
            .with(MIDDLE, 1, 2, 3)
            .with("scaled_fp8", 1));
    assertThat(merge.plan(unet(HALF)).problems())
        .extracting(Problem::code)
        .containsExactly(
            ErrorCode.UNSUPPORTED_CHECKPOINT,
            ErrorCode.MISMATCHED_INPUTS,
            ErrorCode.MISMATCHED_INPUTS);
  }

  @Test
  void everyInputThatCannotBeOpenedIsTold() throws Exception {
    merge.models.put("a", folder.resolve("missing.safetensors"));
    merge.models.put("b", Files.createDirectory(folder.resolve("empty")));
    merge.models.put("c", Files.writeString(folder.resolve("text.safetensors"), "hello"));
    assertThatThrownBy(() -> merge.plan(SmallMerge.only(Component.OTHER, interpolate(A, C, 0.5))))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e ->
                assertThat(e.problems())
                    .hasSize(3)
                    .extracting(Problem::message)
                    .allMatch(message -> message.startsWith(folder.toString())));
  }

  @Test
  void thePlanSaysWhatTheModelsAre() {
    merge.model("a", diffusion(1)).model("b", diffusion(3));
    assertThat(merge.plan(unet(HALF)).description())
        .containsExactly(
            "a = " + file("a") + ": SD 1.x, predicts noise (epsilon)",
            "b = " + file("b") + ": SD 1.x, predicts noise (epsilon)");
  }
}
