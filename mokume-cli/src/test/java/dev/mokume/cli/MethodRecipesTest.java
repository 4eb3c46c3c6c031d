package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Encoding;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Ema;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Rounding;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.TaskVectorMethod;
import dev.mokume.recipe.Vectors;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// What the options of `mokume merge` mean.
class MethodRecipesTest {
  private static final Weights A = new Weights.Source("A");
  private static final Weights B = new Weights.Source("B");
  private static final Weights C = new Weights.Source("C");
  private static final Ratio ALL = new Ratio.Constant(1);

  /// Every model in these tests: a Stable Diffusion checkpoint with a tensor in each part.
  private static final Detection STABLE_DIFFUSION =
      Architectures.detect(
          Stream.of(
                  TinyCheckpoint.IN,
                  TinyCheckpoint.OUT,
                  TinyCheckpoint.CLIP,
                  TinyCheckpoint.VAE,
                  "model_ema.diffusion_modelout2weight",
                  "betas")
              .map(name -> new TensorSpec(name, DType.F32, Shape.of(4)))
              .toList());

  private static Recipe recipe(String line) {
    MethodFlags method = new MethodFlags();
    ProfileFlags profile = new ProfileFlags();
    OutputFlags output = new OutputFlags();
    CommandLine.Model.CommandSpec spec =
        CommandLine.Model.CommandSpec.create()
            .addMixin("m", CommandLine.Model.CommandSpec.forAnnotatedObject(method));
    spec.addMixin("p", CommandLine.Model.CommandSpec.forAnnotatedObject(profile));
    spec.addMixin("o", CommandLine.Model.CommandSpec.forAnnotatedObject(output));
    spec.addPositional(
        CommandLine.Model.PositionalParamSpec.builder()
            .index("0..*")
            .arity("0..*")
            .type(List.class)
            .auxiliaryTypes(Path.class)
            .build());
    CommandLine.ParseResult parsed =
        new CommandLine(spec).parseArgs(line.isEmpty() ? new String[0] : line.split(" "));
    List<Path> inputs = parsed.matchedPositionalValue(0, List.of());
    Recipe bare = MethodRecipes.of(method, inputs, _ -> STABLE_DIFFUSION);
    return OutputSection.apply(output, profile.applyTo(bare), _ -> STABLE_DIFFUSION);
  }

  private static SequencedMap<Component, Weights> components(String line) {
    return ((Result.Checkpoint) recipe(line).result()).components();
  }

  private static SequencedMap<Component, Weights> all(Weights weights, Component... components) {
    SequencedMap<Component, Weights> map = new LinkedHashMap<>();
    Arrays.stream(components).forEach(component -> map.put(component, weights));
    return map;
  }

  private static SequencedMap<Component, Weights> wholeModel(Weights weights) {
    return all(weights, Component.UNET, Component.CLIP_L, Component.VAE);
  }

  private static Weights lerp(double alpha) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, A, B, new Ratio.Constant(alpha), Optional.empty());
  }

  private static Weights angle(AngleRule rule, Vectors vectors) {
    return new Weights.ByAngle(rule, List.of(A, B), Optional.empty(), vectors);
  }

  private static Weights upon(ElementRule rule, Weights base, Weights... models) {
    return new Weights.ByElement(rule, base, List.of(models));
  }

  @Test
  void nuslerpTurnsFromAToB() {
    assertThat(components("--method nuslerp a b --vectors rows --alpha 0.3 --mbw IN04=0.2"))
        .isEqualTo(
            wholeModel(angle(new AngleRule.Arc(new Ratio.ByBlock("IN04=0.2", 0.3)), Vectors.ROWS)));
  }

  @Test
  void multislerpWeighsModelsAlikeUnlessTold() {
    assertThat(components("--method multislerp a b"))
        .isEqualTo(wholeModel(angle(new AngleRule.Mean(List.of(ALL, ALL), true), Vectors.WHOLE)));
    List<Ratio> weights = List.of(new Ratio.Constant(2), new Ratio.Constant(0.5));
    assertThat(components("--method multislerp a b --weights 2,0.5 --normalize off"))
        .isEqualTo(wholeModel(angle(new AngleRule.Mean(weights, false), Vectors.WHOLE)));
  }

  @Test
  void karcherSearchesAsLongAsToldAndAsExactly() {
    assertThat(components("--method karcher a b --iterations 200 --tolerance 0.001"))
        .isEqualTo(wholeModel(angle(new AngleRule.Karcher(200, 0.001), Vectors.WHOLE)));
  }

  @Test
  void modelStockTakesWhatItLeavesFromTheBase() {
    Recipe recipe = recipe("--method model_stock a b --base c");
    assertThat(recipe.models().sequencedKeySet()).containsExactly("C", "A", "B");
    assertThat(((Result.Checkpoint) recipe.result()).components())
        .isEqualTo(
            wholeModel(
                new Weights.ByAngle(
                    new AngleRule.Stock(), List.of(A, B), Optional.of(C), Vectors.WHOLE)));
  }

  @Test
  void methodsUponABaseHaveTheirNumbers() {
    assertThat(components("--method nearswap a --base b --reach 0.01"))
        .isEqualTo(wholeModel(upon(new ElementRule.NearSwap(new Ratio.Constant(0.01)), B, A)));
    assertThat(components("--method ram a b --base c --epsilon 0.5"))
        .isEqualTo(wholeModel(upon(new ElementRule.Overlap(0.5, 0, 0.2), C, A, B)));
    assertThat(components("--method ramplus-tl a b --base c --gain 2 --most 3"))
        .isEqualTo(wholeModel(upon(new ElementRule.Overlap(0.00001, 2, 3), C, A, B)));
    assertThat(components("--method sce a b --base c --density 0.1"))
        .isEqualTo(wholeModel(upon(new ElementRule.Variance(0.1), C, A, B)));
    assertThat(components("--method arcee-fusion a --base b"))
        .isEqualTo(wholeModel(upon(new ElementRule.Importance(), B, A)));
  }

  @Test
  void aMaskKeepsTheBaseWhereItIsClear() {
    assertThat(components("--method arcee-fusion a --base b --mask m.st"))
        .isEqualTo(
            wholeModel(
                new Weights.Interpolate(
                    Interpolation.LINEAR,
                    B,
                    upon(new ElementRule.Importance(), B, A),
                    ALL,
                    Optional.of(new Mask.Stored(Path.of("m.st"))))));
  }

  @Test
  void passthroughMayScale() {
    assertThat(components("--method passthrough a")).isEqualTo(wholeModel(A));
    assertThat(components("--method passthrough a --weights 0.5"))
        .isEqualTo(wholeModel(new Weights.Sum(List.of(new Weights.Term(A, 0.5)), false)));
  }

  @Test
  void numbersOfCombinationsThatMakeNoSenseAreTold() {
    assertProblems(
        "--method karcher a b --iterations 0", "--iterations must be in 1..1000 but was 0.");
    assertProblems(
        "--method karcher a b --tolerance 0", "--tolerance must be above 0 but was 0.0.");
    assertProblems(
        "--method nearswap a --base b --reach -1", "--reach must not be negative but was -1.0.");
    assertProblems(
        "--method model-stock a b",
        "model-stock merges the differences from a base: name the model that the others were made"
            + " from with --base C.");
  }

  @Test
  void weightedSumBlendsWholeModelsButNoScheduleAndNoAverage() {
    Recipe recipe = recipe("--method weighted-sum a.st b.st --alpha 0.35");

    assertThat(recipe.models())
        .containsExactly(Map.entry("A", Path.of("a.st")), Map.entry("B", Path.of("b.st")));
    assertThat(recipe.result()).isEqualTo(Result.Checkpoint.of(wholeModel(lerp(0.35))));
    assertThat(recipe.compat()).isEqualTo(Compat.NONE);
    assertThat(recipe.rng()).isEqualTo(Rng.STATELESS);
  }

  @Test
  void twoModelsMeetHalfWayUnlessToldOtherwise() {
    assertThat(components("--method weighted-sum a b")).isEqualTo(wholeModel(lerp(0.5)));
  }

  @Test
  void weightedSumOfManyTakesAFactorForEach() {
    assertThat(components("--method weighted-sum a b c --weights 0.5,0.3,0.2"))
        .isEqualTo(
            wholeModel(
                new Weights.Sum(
                    List.of(
                        new Weights.Term(A, 0.5),
                        new Weights.Term(B, 0.3),
                        new Weights.Term(C, 0.2)))));
  }

  @Test
  void aNormalisedSumDividesByItsWeights() {
    assertThat(components("--method weighted-sum a b --weights 2,1 --normalize on"))
        .isEqualTo(
            wholeModel(
                new Weights.Sum(List.of(new Weights.Term(A, 2), new Weights.Term(B, 1)), true)));
  }

  private static TaskVectorMethod.Part part(
      Weights model, double weight, double density, double spread) {
    return new TaskVectorMethod.Part(
        model, new Ratio.Constant(weight), new Ratio.Constant(density), new Ratio.Constant(spread));
  }

  @Test
  void taskVectorsAreAddedToTheBaseWhichComesFirst() {
    Recipe recipe = recipe("--method ties a b --base c --density 0.3 --weights 1,0.5 --lambda 0.7");

    assertThat(recipe.models())
        .containsExactly(
            Map.entry("C", Path.of("c")),
            Map.entry("A", Path.of("a")),
            Map.entry("B", Path.of("b")));
    assertThat(recipe.result())
        .isEqualTo(
            Result.Checkpoint.of(
                wholeModel(
                    TaskVectorMethod.TIES.of(
                        C,
                        List.of(part(A, 1, 0.3, 0), part(B, 0.5, 0.3, 0)),
                        true,
                        Rescale.NONE,
                        1,
                        new Ratio.Constant(0.7)))));
  }

  @Test
  void everyMethodOfTaskVectorsHasAShortName() {
    assertThat(components("--method dare_linear a b --base c --density 0.3,0.6 --seed 7"))
        .isEqualTo(
            wholeModel(
                TaskVectorMethod.DARE_LINEAR.of(
                    C,
                    List.of(part(A, 1, 0.3, 0), part(B, 1, 0.6, 0)),
                    false,
                    Rescale.INVERSE_DENSITY,
                    7,
                    ALL)));
    assertThat(
            components(
                "--method della a --base b --density 0.5 --epsilon 0.2 --rescale none --normalize"
                    + " off"))
        .isEqualTo(
            wholeModel(
                TaskVectorMethod.DELLA.of(
                    B, List.of(part(A, 1, 0.5, 0.2)), false, Rescale.NONE, 1, ALL)));
  }

  @Test
  void taskVectorsMayBeScaledByBlockAndMasked() {
    Weights merged =
        TaskVectorMethod.TASK_ARITHMETIC.of(
            B,
            List.of(part(A, 1, 1, 0)),
            false,
            Rescale.NONE,
            1,
            new Ratio.ByBlock("IN04=0.2", 0.5));
    assertThat(
            components(
                "--method task-arithmetic a --base b --lambda 0.5 --mbw IN04=0.2 --mask m.st"))
        .isEqualTo(
            wholeModel(
                new Weights.Interpolate(
                    Interpolation.LINEAR,
                    B,
                    merged,
                    ALL,
                    Optional.of(new Mask.Stored(Path.of("m.st"))))));
  }

  @Test
  void whatIsWrongWithTaskVectorsIsToldTogether() {
    assertProblems(
        "--method ties a b --density 2 --weights 1 --normalize maybe",
        "ties merges the differences from a base: name the model that the others were made from"
            + " with --base C.",
        "--normalize is on or off for a sum but was 'maybe'; on divides by the sum of the"
            + " weights.",
        "--weights needs 2 numbers, one a model, but has 1: 1",
        "--density must be in [0, 1] but was 2.0.");
  }

  @Test
  void addDifferenceSubtractsTheBase() {
    Recipe recipe = recipe("--method add-difference a b --base c --alpha 0.7");

    assertThat(recipe.models().keySet()).containsExactly("A", "B", "C");
    assertThat(recipe.result())
        .isEqualTo(
            Result.Checkpoint.of(
                wholeModel(
                    new Weights.AddDelta(A, new Delta.Difference(B, C), new Ratio.Constant(0.7)))));
  }

  @Test
  void everyInterpolationIsAMethod() {
    for (Interpolation interpolation : Interpolation.values()) {
      assertThat(components("--method " + interpolation.id() + " a b --alpha 0.25"))
          .isEqualTo(
              wholeModel(
                  new Weights.Interpolate(
                      interpolation, A, B, new Ratio.Constant(0.25), Optional.empty())));
    }
    assertThat(components("--method scaled_add a b"))
        .isEqualTo(components("--method scaled-add a b"));
  }

  @Test
  void dareTouchesTheUnetOnly() {
    assertThat(components("--method dare a b"))
        .isEqualTo(
            all(
                new Weights.Dare(
                    A,
                    B,
                    ALL,
                    new SparseUpdate(0.9, Vote.SUM, false, 1),
                    1,
                    Interpolation.LINEAR,
                    Optional.empty()),
                Component.UNET));
  }

  @Test
  void dareTakesAllItsOptions() {
    assertThat(
            components(
                "--method dare a b --drop-rate 0.8 --vote count --rescale --seed 7 --iterations 3"
                    + " --interpolation slerp --mask m.st --mbw 0.5,IN04=0.2 --alpha 0.9"))
        .isEqualTo(
            all(
                new Weights.Dare(
                    A,
                    B,
                    new Ratio.ByBlock("0.5,IN04=0.2", 0.9),
                    new SparseUpdate(0.8, Vote.COUNT, true, 7),
                    3,
                    Interpolation.SLERP,
                    Optional.of(new Mask.Stored(Path.of("m.st")))),
                Component.UNET));
  }

  @Test
  void clipDareTouchesTheTextEncodersButNotTheirBuffers() {
    Weights dare =
        new Weights.Dare(
            A,
            B,
            ALL,
            new SparseUpdate(0.9, Vote.OFF, false, 42),
            1,
            Interpolation.LINEAR,
            Optional.empty());

    assertThat(components("--method clip-dare a b --vote off"))
        .isEqualTo(all(new Weights.Except(A, dare, Weights.CLIP_BUFFERS), Component.CLIP_L));
  }

  @Test
  void clipSimplesRatioIsAlpha() {
    SequencedMap<Component, Weights> expected =
        all(new Weights.Except(A, lerp(0.4), Weights.CLIP_BUFFERS), Component.CLIP_L);

    assertThat(components("--method clip-simple a b --alpha 0.4")).isEqualTo(expected);
    assertThat(components("--method clip-simple a b --ratio 0.4")).isEqualTo(expected);
    assertThat(components("--method clip-simple a b"))
        .isEqualTo(all(new Weights.Except(A, lerp(1), Weights.CLIP_BUFFERS), Component.CLIP_L));
  }

  @Test
  void maskedTakesTheLaterModelWhereTheMaskIsSet() {
    assertThat(components("--method masked a b --mask m.st"))
        .isEqualTo(
            all(
                new Weights.Interpolate(
                    Interpolation.LINEAR, A, B, ALL, Optional.of(new Mask.Stored(Path.of("m.st")))),
                Component.UNET));
  }

  @Test
  void normalizeScalesTheFirstToTheNormsOfTheSecond() {
    assertThat(components("--method normalize a b --normalize q-norm --magnify"))
        .isEqualTo(all(new Weights.Normalize(A, B, Normalization.Q_NORM, true), Component.UNET));
    assertThat(components("--method normalize a b"))
        .isEqualTo(
            all(new Weights.Normalize(A, B, Normalization.ATTN_ONLY, false), Component.UNET));
  }

  @Test
  void noiseGoesIntoOneModel() {
    assertThat(components("--method noise a"))
        .isEqualTo(
            all(
                new Weights.InjectNoise(
                    A,
                    new Noise.Gaussian(0.05, 0.01),
                    0.02,
                    1,
                    "*.to_v*",
                    Interpolation.LINEAR,
                    Optional.empty()),
                Component.UNET));
    assertThat(components("--method noise a --noise uniform --layers out --seed 3 --alpha 0.5"))
        .isEqualTo(
            all(
                new Weights.InjectNoise(
                    A, new Noise.Uniform(), 0.5, 3, "out", Interpolation.LINEAR, Optional.empty()),
                Component.UNET));
  }

  @Test
  void aComponentCanBeTakenFromAnotherModel() {
    Recipe recipe = recipe("--method weighted-sum a b --from vae=other.st --from clip=A");

    assertThat(recipe.models()).containsEntry("C", Path.of("other.st"));
    SequencedMap<Component, Weights> expected = wholeModel(lerp(0.5));
    expected.put(Component.VAE, C);
    expected.put(Component.CLIP_L, A);
    assertThat(recipe.result()).isEqualTo(Result.Checkpoint.of(expected));
  }

  @Test
  void aVaeCanBeTakenByItsPlainName() {
    assertThat(recipe("--method dare a b --vae other.st"))
        .isEqualTo(recipe("--method dare a b --from vae=other.st"));
    assertThat(recipe("--method dare a b --vae B"))
        .isEqualTo(recipe("--method dare a b --from vae=B"));
    assertProblems(
        "--method dare a b --vae c --from VAE=d",
        "--vae and --from vae= both say where the VAE comes from; give one of them.");
  }

  @Test
  void aModelThatIsKnownKeepsItsLetter() {
    assertThat(recipe("--method dare a b --from vae=b").models().keySet())
        .containsExactly("A", "B");
  }

  @Test
  void dtypesAreThoseOfTheComponents() {
    assertThat(dtypes("--method dare a b --dtype unet=fp16 --dtype vae=F32"))
        .isEqualTo(Map.of(Component.UNET, DType.F16, Component.VAE, DType.F32));
    assertThat(dtypes("--method dare a b --dtype clip=bf16"))
        .isEqualTo(Map.of(Component.CLIP_L, DType.BF16));
    assertThat(dtypes("--method dare a b --dtype bf16 --dtype vae=f32"))
        .containsEntry(Component.UNET, DType.BF16)
        .containsEntry(Component.CLIP_L, DType.BF16)
        .containsEntry(Component.VAE, DType.F32);
  }

  @Test
  void eightBitFloatsMayHaveScalesAndBeRoundedByChance() {
    Result.Checkpoint result =
        (Result.Checkpoint)
            recipe(
                    "--method dare a b --dtype unet=float8_e4m3fn_scaled --dtype vae=f8_e5m2"
                        + " --scales scale_weight --rounding stochastic:7")
                .result();
    assertThat(result.dtypes())
        .isEqualTo(Map.of(Component.UNET, DType.F8_E4M3, Component.VAE, DType.F8_E5M2));
    assertThat(result.encoding())
        .isEqualTo(
            new Encoding(
                Set.of(Component.UNET), Encoding.Scales.SCALE_WEIGHT, new Rounding.Stochastic(7)));
  }

  @Test
  void scalesAndRoundingThatAreNoneAreRefused() {
    assertThatThrownBy(
            () -> recipe("--method dare a b --dtype unet=f16_scaled --scales weight --rounding up"))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e ->
                assertThat(e.problems())
                    .extracting(Problem::message)
                    .containsExactlyInAnyOrder(
                        "--dtype: weights cannot be stored as 'f16_scaled'. Choose from F8_E5M2,"
                            + " F8_E5M2_SCALED, F8_E4M3, F8_E4M3_SCALED, F16, BF16, F32, F64, Q4_0,"
                            + " Q5_0, Q8_0, Q4_K, Q5_K, Q6_K.",
                        "--scales: there is no 'weight'. Choose from as-stored, weight-scale,"
                            + " scale-weight.",
                        "--rounding: there is no rounding 'up'. It is nearest, stochastic or, with"
                            + " a seed, stochastic:7."));
  }

  private static Map<Component, DType> dtypes(String line) {
    return ((Result.Checkpoint) recipe(line).result()).dtypes();
  }

  @Test
  void profilesGeneratorsAndAveragesAreChosenByName() {
    Recipe recipe =
        recipe("--method dare a b --compat daremerge-2024-01 --rng torch-cpu --ema promote");

    assertThat(recipe.compat()).isEqualTo(Compat.DAREMERGE_2024_01);
    assertThat(recipe.rng()).isEqualTo(Rng.TORCH_CPU);
    assertThat(((Result.Checkpoint) recipe.result()).ema()).isEqualTo(Ema.PROMOTE);
  }

  @Test
  void componentsAndNamesOfTheOutputAreChosen() {
    Result.Checkpoint result =
        (Result.Checkpoint)
            recipe("--method dare a b --only unet,vae --only clip_l --names bare").result();

    assertThat(result.only())
        .containsExactlyInAnyOrder(Component.UNET, Component.VAE, Component.CLIP_L);
    assertThat(result.names()).isEqualTo(Result.Names.BARE);
    assertProblems(
        "--method dare a b --only unit --names brae",
        "--only: there is no component 'unit'; did you mean 'unet'? Components are unet, clip_l,"
            + " clip_g, clip_h, t5xxl, vae, ema, lm, lora, other, clip.",
        "--names: there is no 'brae'; did you mean 'bare'? Choose from as-stored, checkpoint,"
            + " bare, diffusers.");
  }

  @Test
  void tensorsAreLeftUntouchedByChoice() {
    Recipe recipe =
        recipe("--method dare a b --on-mismatch keep --exclude out --exclude *.attn2.*");

    assertThat(((Result.Checkpoint) recipe.result()).untouched())
        .isEqualTo(new Result.Untouched(Result.Mismatch.KEEP, List.of("out", "*.attn2.*")));
    assertProblems(
        "--method dare a b --on-mismatch kep",
        "--on-mismatch: there is no 'kep'; did you mean 'keep'? Choose from error, keep, skip.");
  }

  @Test
  void tellsEverythingThatIsWrongAtOnce() {
    assertProblems(
        "--method dare a b c --drop-rate 1.5 --iterations 101 --vote som --weights 1,2 --alpha 2",
        "--weights is not an option of dare; it belongs to weighted-sum, task-arithmetic, ties,"
            + " dare-ties, dare-linear, breadcrumbs, breadcrumbs-ties, della, della-linear,"
            + " fisher, regmean, passthrough, multislerp.",
        "dare takes two models but 3 models were given.",
        "--alpha must be in [0, 1] but was 2.0; 0 keeps the first model, 1 takes the second.",
        "--drop-rate must be in [0, 1] but was 1.5; 0 keeps every difference, 1 drops all.",
        "--iterations must be in 1..100 but was 101.",
        "--vote: there is no 'som'; did you mean 'sum'? Choose from sum, count, off.");
  }

  @Test
  void offersTheNearestMethod() {
    assertProblems(
        "--method slurp a b",
        "there is no method 'slurp'; did you mean 'slerp'? Choose from "
            + String.join(", ", Method.ids())
            + ". 'mokume methods' explains them.");
  }

  @Test
  void someMethodsNeedMore() {
    assertProblems(
        "--method add-difference a b",
        "add-difference adds alpha (B - base) to A: name the base with --base C.");
    assertProblems(
        "--method masked a b",
        "masked needs a mask: name one with --mask FILE; 'mokume mask --help' tells how to make"
            + " one.");
    assertProblems(
        "--method weighted-sum a b c",
        "weighted-sum of 3 models needs a factor for each: --weights w1,w2,.. ; --alpha blends"
            + " two.");
    assertProblems(
        "--method weighted-sum a b c --weights 1,x",
        "--weights: 'x' is not a number.",
        "--weights needs 3 numbers, one a model, but has 2: 1,x");
    assertProblems("--method slerp a", "slerp takes two models but one model was given.");
  }

  @Test
  void outputOptionsAreCheckedToo() {
    assertThatThrownBy(
            () -> recipe("--method dare a b --from unett=c --from vae --dtype int8 --ema drp"))
        .isInstanceOfSatisfying(
            MokumeException.class,
            failure ->
                assertThat(failure.problems().stream().map(Problem::message))
                    .satisfiesExactly(
                        first ->
                            assertThat(first)
                                .startsWith(
                                    "--from: there is no component 'unett'; did you mean 'unet'?"),
                        second ->
                            assertThat(second)
                                .isEqualTo(
                                    "--from: 'vae' is not COMPONENT=MODEL; write --from"
                                        + " vae=C.safetensors."),
                        third ->
                            assertThat(third)
                                .startsWith("--dtype: weights cannot be stored as 'int8'"),
                        fourth ->
                            assertThat(fourth)
                                .isEqualTo(
                                    "--ema: there is no 'drp'; did you mean 'drop'? Choose from"
                                        + " keep, drop, promote, exchange.")));
  }

  private static void assertProblems(String line, String... messages) {
    assertThatThrownBy(() -> recipe(line))
        .isInstanceOfSatisfying(
            MokumeException.class,
            failure -> {
              assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_RECIPE);
              assertThat(failure.problems().stream().map(Problem::message))
                  .containsExactly(messages);
            });
  }

  private static Ratio constant(double value) {
    return new Ratio.Constant(value);
  }

  @Test
  void fisherTakesInformationForEachModel() {
    String line = "--method fisher a b --statistics fa --statistics fb --weights 1,0.5 --minimum 0";
    assertThat(components(line + " --normalize off"))
        .isEqualTo(
            wholeModel(
                new Weights.Fisher(
                    List.of(
                        new Weights.Informed(A, new Weights.Source("A_statistics"), constant(1)),
                        new Weights.Informed(B, new Weights.Source("B_statistics"), constant(0.5))),
                    false,
                    0)));
    assertThat(recipe(line).models())
        .containsExactly(
            Map.entry("A", Path.of("a")),
            Map.entry("B", Path.of("b")),
            Map.entry("A_statistics", Path.of("fa")),
            Map.entry("B_statistics", Path.of("fb")));
  }

  @Test
  void regmeanTakesGramMatricesForEachModel() {
    assertThat(
            components("--method regmean a b --statistics ga --statistics gb --off-diagonal 0.9"))
        .isEqualTo(
            wholeModel(
                new Weights.RegMean(
                    List.of(
                        new Weights.Observed(A, new Weights.Source("A_statistics"), constant(1)),
                        new Weights.Observed(B, new Weights.Source("B_statistics"), constant(1))),
                    0.9)));
  }

  @Test
  void statisticsAreForEachModel() {
    assertProblems(
        "--method regmean a b --statistics ga --off-diagonal 2",
        "regmean needs a file of statistics for each model, in their order: 1 file was given for 2"
            + " models; write --statistics FILE once for each.",
        "--off-diagonal must be in [0, 1] but was 2.0.");
  }

  private static Weights kept(Weights model, Sparsify keep, Rescale rescale) {
    Delta delta = new Delta.Sparse(new Delta.Difference(model, C), keep, rescale);
    return new Weights.AddDelta(C, delta, constant(1));
  }

  @Test
  void modelsMayBeMadeSparseBeforeTheyAreMerged() {
    Weights a = kept(A, new Sparsify.Random(constant(0.1), 7), Rescale.INVERSE_DENSITY);
    Weights b = kept(B, new Sparsify.Random(constant(0.2), 7), Rescale.INVERSE_DENSITY);
    String sparse = " a b --base c --sparse random --sparse-density 0.1,0.2 --seed 7";
    assertThat(components("--method weighted-sum --weights 0.5,0.5" + sparse))
        .isEqualTo(
            wholeModel(
                new Weights.Sum(
                    List.of(new Weights.Term(a, 0.5), new Weights.Term(b, 0.5)), false)));
    assertThat(components("--method fisher --statistics fa --statistics fb" + sparse))
        .isEqualTo(
            wholeModel(
                new Weights.Fisher(
                    List.of(
                        new Weights.Informed(a, new Weights.Source("A_statistics"), constant(1)),
                        new Weights.Informed(b, new Weights.Source("B_statistics"), constant(1))),
                    true,
                    1e-6)));
    assertThat(recipe("--method fisher --statistics fa --statistics fb" + sparse).models())
        .containsOnlyKeys("A", "B", "C", "A_statistics", "B_statistics");
    assertThat(components("--method task-arithmetic" + sparse))
        .isEqualTo(
            wholeModel(
                new Weights.AddDelta(
                    C,
                    new Delta.Combined(
                        List.of(
                            new Delta.Term(new Delta.Difference(a, C), constant(1)),
                            new Delta.Term(new Delta.Difference(b, C), constant(1))),
                        Delta.Election.NONE,
                        false),
                    constant(1))));
  }

  @Test
  void withoutABaseTheWeightsThemselvesAreMadeSparse() {
    Sparsify half = new Sparsify.Magnitude(constant(0.5));
    assertThat(components("--method weighted-sum a b --sparse magnitude --sparse-density 0.5"))
        .isEqualTo(
            wholeModel(
                new Weights.Interpolate(
                    Interpolation.LINEAR,
                    new Weights.Sparse(A, half, Rescale.NONE),
                    new Weights.Sparse(B, half, Rescale.NONE),
                    constant(0.5),
                    Optional.empty())));
  }

  @Test
  void aShareOfAWholeModelIsWhatIsNotDropped() {
    // 1 - 0.9 in doubles is less than 0.1, and would drop one element fewer.
    assertThat(
            components(
                "--method weighted-sum a b --sparse of-model --sparse-density 0.9"
                    + " --sparse-rescale match-l1"))
        .isEqualTo(
            wholeModel(
                new Weights.Interpolate(
                    Interpolation.LINEAR,
                    new Weights.Sparse(A, new Sparsify.OfModel(0.1), Rescale.MATCH_L1),
                    new Weights.Sparse(B, new Sparsify.OfModel(0.1), Rescale.MATCH_L1),
                    constant(0.5),
                    Optional.empty())));
  }

  @Test
  void tiesMayHaveOneLimitForTheWholeModel() {
    Delta kept =
        new Delta.Sparse(new Delta.Difference(A, B), new Sparsify.OfModel(0.8), Rescale.NONE);
    assertThat(components("--method ties a --base b --density 0.2 --density-of model"))
        .isEqualTo(
            wholeModel(
                new Weights.AddDelta(
                    B,
                    new Delta.Combined(
                        List.of(new Delta.Term(kept, constant(1))), Delta.Election.MASS, true),
                    constant(1))));
  }

  @Test
  void whatGoesWithSparseIsRefusedWithoutIt() {
    assertProblems(
        "--method weighted-sum a b --base c --sparse-density 0.1",
        "--base goes with --sparse here, which keeps part of what the models changed in it:"
            + " weighted-sum itself has none.",
        "--sparse-density and --sparse-rescale go with --sparse, which says what to keep: random,"
            + " magnitude or of-model.");
    assertProblems(
        "--method weighted-sum a b --sparse randm",
        "--sparse: there is no 'randm'; did you mean 'random'? Choose from random, magnitude,"
            + " of-model.",
        "--sparse needs the share to keep: --sparse-density 0.1, or one for each model.");
  }
}
