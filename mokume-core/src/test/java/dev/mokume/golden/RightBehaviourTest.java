package dev.mokume.golden;

import static dev.mokume.golden.SmallMerges.a;
import static dev.mokume.golden.SmallMerges.b;
import static dev.mokume.golden.SmallMerges.interpolate;
import static dev.mokume.golden.SmallMerges.linear;
import static dev.mokume.golden.SmallMerges.masked;
import static dev.mokume.golden.SmallMerges.matrix;
import static dev.mokume.golden.SmallMerges.model;
import static dev.mokume.golden.SmallMerges.scalars;
import static dev.mokume.golden.SmallMerges.value;
import static dev.mokume.golden.SmallMerges.values;
import static dev.mokume.golden.SmallMerges.vector;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.MergeOptions;
import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.analysis.MaskReport;
import dev.mokume.analysis.Matrix;
import dev.mokume.analysis.Scaling;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import dev.mokume.tensor.TensorValues;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What Mokume does where the golden cases of mode `compat` show a defect of the reference. The ids
/// are those of the golden data's description.
class RightBehaviourTest {
  private static final Ratio HALF = new Ratio.Constant(0.5);

  @TempDir Path folder;

  @Nested
  class Ratios {
    /// G1: a block's name is not a prefix of another's.
    @Beside("G1")
    @Test
    void blockTenIsBlockTen() {
      String[] names = {
        "input_blocks.1.0.weight",
        "input_blocks.10.0.weight",
        "output_blocks.1.0.weight",
        "output_blocks.11.0.weight"
      };
      SequencedMap<String, Double> alpha = new LinkedHashMap<>();
      alpha.put("input_blocks.1", 0.25);
      alpha.put("input_blocks.10", 0.5);
      alpha.put("output_blocks.1", 0.75);
      alpha.put("output_blocks.11", 1.0);
      Map<String, GoldenTensor> merged =
          SmallMerges.of(folder, scalars(0, names), scalars(1, names))
              .unet(linear(new Ratio.ByUnetBlock(alpha)));
      assertThat(names)
          .extracting(name -> value(merged, name))
          .containsExactly(0.25, 0.5, 0.75, 1.0);
    }

    /// G2: in SD 1.5, the input blocks 10 and 11 are of the core.
    @Beside("G2")
    @Test
    void theInnermostInputBlocksAreOfTheCore() {
      String[] names = {
        "input_blocks.1.0.weight",
        "input_blocks.10.0.weight",
        "input_blocks.11.0.weight",
        "output_blocks.11.0.in_layers.0.weight"
      };
      Map<String, GoldenTensor> merged =
          SmallMerges.of(folder, scalars(0, names), scalars(1, names))
              .unet(linear(new Ratio.ByShell(0.25, 0.5, 0.75)));
      assertThat(names)
          .extracting(name -> value(merged, name))
          .containsExactly(0.25, 0.75, 0.75, 0.25);
    }

    /// G4, G5: lines, braces and full names all select; G6: a tensor that two patterns select is
    /// edited once.
    @Beside({"G4", "G5", "G6"})
    @Test
    void everyWayToNameLayersWorksAndEditsOnce() {
      String[] names = {
        "input_blocks.0.0.weight",
        "input_blocks.1.0.weight",
        "input_blocks.2.0.weight",
        "out.2.weight",
        "out.2.bias"
      };
      Ratio edited =
          new Ratio.Edited(
              new Ratio.Constant(0.25),
              Ratio.Edit.ADD,
              0.5,
              "diffusion_model.input_blocks.{0,1}.\ndiffusion_model.out.2.weight, *.out.2.weight");
      Map<String, GoldenTensor> merged =
          SmallMerges.of(folder, scalars(0, names), scalars(1, names)).unet(linear(edited));
      assertThat(names)
          .extracting(name -> value(merged, name))
          .containsExactly(0.75, 0.75, 0.25, 0.75, 0.25);
    }

    /// G8: a quotient of ratios is refused where the divisor is zero.
    @Beside("G8")
    @Test
    void aDivisionByZeroIsRefused() {
      Ratio quotient =
          new Ratio.Combined(Ratio.Operation.DIVIDE, Ratio.Join.INNER, HALF, new Ratio.Constant(0));
      SmallMerges merges =
          SmallMerges.of(folder, scalars(0, "out.2.weight"), scalars(1, "out.2.weight"));
      assertThatThrownBy(() -> merges.merge(linear(quotient)))
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECIPE));
      assertThat(merges.target()).doesNotExist();
    }
  }

  @Nested
  class Interpolations {
    /// M1: the angle between (nearly) equal tensors is zero, also in bf16: they are blended
    /// linearly.
    @Beside("M1")
    @Test
    void slerpOfEqualTensorsIsThatTensor() {
      GoldenTensor halves = bf16(0.5f, -0.25f, 1f, 2f);
      Map<String, GoldenTensor> merged = merge(Interpolation.SLERP, 0.3, halves, halves);
      assertThat(values(merged, "out.2.weight")).containsExactly(0.5, -0.25, 1.0, 2.0);
    }

    /// M7: a constant tensor has no range to be stretched to; it is blended linearly.
    @Beside("M7")
    @Test
    void bislerpOfConstantTensorsIsTheirBlend() {
      Map<String, GoldenTensor> merged =
          merge(Interpolation.BISLERP, 0.25, vector(1, 1, 1), vector(3, 3, 3));
      assertThat(values(merged, "out.2.weight")).containsExactly(1.5, 1.5, 1.5);
    }

    /// M5: where the seam leaves the matrix, the tensor is blended linearly and a warning counts
    /// it.
    @Beside("M5")
    @Test
    void sliceAndCyclicBeyondTheirRangeBlendLinearly() {
      for (Interpolation method : List.of(Interpolation.SLICE, Interpolation.CYCLIC)) {
        SmallMerges merges =
            SmallMerges.of(
                folder,
                model("out.2.weight", matrix(1, 40, 1)),
                model("out.2.weight", matrix(1, 40, 3)));
        MergeReport report = merges.merge(interpolate(method, new Ratio.Constant(1)));
        assertThat(report.plan().notes())
            .singleElement()
            .asString()
            .contains(method.id(), "1 tensor");
        Map<String, GoldenTensor> merged = merges.unet(interpolate(method, new Ratio.Constant(1)));
        assertThat(values(merged, "out.2.weight")).containsOnly(3.0);
      }
    }

    /// M6: what is no convolution is blended linearly and a warning counts it.
    @Beside("M6")
    @Test
    void hslerpOfAMatrixBlendsLinearly() {
      SmallMerges merges =
          SmallMerges.of(
              folder,
              model("out.2.weight", matrix(2, 2, 1)),
              model("out.2.weight", matrix(2, 2, 3)));
      MergeReport report = merges.merge(interpolate(Interpolation.HSLERP, HALF));
      assertThat(report.plan().notes()).singleElement().asString().contains("hslerp", "1 tensor");
      Map<String, GoldenTensor> merged = merges.unet(interpolate(Interpolation.HSLERP, HALF));
      assertThat(values(merged, "out.2.weight")).containsOnly(2.0);
    }

    /// H1: half types are computed in f32 and rounded once, so that bislerp is the blend within an
    /// ulp or two.
    @Beside("H1")
    @Test
    void halvesAreRoundedOnce() {
      GoldenTensor a = ToleranceTest.f16(0.1f, -0.7f, 0.33f, 1.5f);
      GoldenTensor b = ToleranceTest.f16(0.9f, 0.2f, -0.41f, 0.01f);
      Map<String, GoldenTensor> blended = merge(Interpolation.LERP, 0.3, a, b);
      Map<String, GoldenTensor> rescaled = merge(Interpolation.BISLERP, 0.3, a, b);
      assertThat(
              new Tolerance.UlpAtOperand(1, DType.F16)
                  .difference(
                      blended.get("diffusion_model.out.2.weight"),
                      rescaled.get("diffusion_model.out.2.weight"),
                      List.of()))
          .isEmpty();
    }

    /// M4: a merge reads its inputs and never writes them.
    @Beside("M4")
    @Test
    void theInputsStayAsTheyAre() {
      GoldenTensor ones = matrix(2, 40, 1);
      SmallMerges merges =
          SmallMerges.of(
              folder, model("out.2.weight", ones), model("out.2.weight", matrix(2, 40, 3)));
      Map<String, GoldenTensor> first = merges.unet(interpolate(Interpolation.SLICE, HALF));
      Map<String, GoldenTensor> second = merges.unet(interpolate(Interpolation.SLICE, HALF));
      assertThat(values(second, "out.2.weight")).isEqualTo(values(first, "out.2.weight"));
      Map<String, GoldenTensor> input = merges.unet(a());
      assertThat(values(input, "out.2.weight")).containsOnly(1.0);
    }

    private Map<String, GoldenTensor> merge(
        Interpolation method, double alpha, GoldenTensor a, GoldenTensor b) {
      return SmallMerges.of(folder, model("out.2.weight", a), model("out.2.weight", b))
          .unet(interpolate(method, new Ratio.Constant(alpha)));
    }
  }

  @Nested
  class Normalizing {

    /// N1: a bias is scaled as its weight is.
    @Beside("N1")
    @Test
    void aBiasIsScaledByTheRatioOfItsWeight() {
      SequencedMap<String, GoldenTensor> a = model("input_blocks.0.0.weight", matrix(2, 2, 1));
      a.putAll(model("input_blocks.0.0.bias", vector(5, -7)));
      SequencedMap<String, GoldenTensor> b = model("input_blocks.0.0.weight", matrix(2, 2, 3));
      b.putAll(model("input_blocks.0.0.bias", vector(100, 100)));
      Map<String, GoldenTensor> merged =
          SmallMerges.of(folder, a, b).unet(normalized(Normalization.ALL));
      assertThat(values(merged, "input_blocks.0.0.weight")).containsExactly(3.0, 3.0, 3.0, 3.0);
      assertThat(values(merged, "input_blocks.0.0.bias")).containsExactly(15.0, -21.0);
    }

    /// N2: what there is of a group is scaled, whatever is missing.
    @Beside("N2")
    @Test
    void aGroupMayLackParts() {
      String q = attention(0, "to_q.weight");
      String out = attention(0, "to_out.0.weight");
      SequencedMap<String, GoldenTensor> a = model(q, matrix(2, 2, 1));
      a.putAll(model(out, matrix(2, 2, 4)));
      SequencedMap<String, GoldenTensor> b = model(q, matrix(2, 2, 2));
      b.putAll(model(out, matrix(2, 2, 2)));
      Map<String, GoldenTensor> merged =
          SmallMerges.of(folder, a, b).unet(normalized(Normalization.ATTN_ONLY));
      assertThat(values(merged, q)).containsOnly(2.0);
      assertThat(values(merged, out)).containsOnly(2.0);
    }

    /// N3: every transformer block is normalised, not only the first: SDXL has up to ten.
    @Beside("N3")
    @Test
    void everyTransformerBlockIsNormalised() {
      SequencedMap<String, GoldenTensor> a = new LinkedHashMap<>();
      SequencedMap<String, GoldenTensor> b = new LinkedHashMap<>();
      for (int block : new int[] {0, 9}) {
        for (String part :
            List.of("to_q.weight", "to_k.weight", "to_v.weight", "to_out.0.weight")) {
          a.putAll(model(attention(block, part), matrix(2, 2, 1)));
          b.putAll(model(attention(block, part), matrix(2, 2, 2)));
        }
      }
      Map<String, GoldenTensor> merged =
          SmallMerges.of(folder, a, b).unet(normalized(Normalization.ATTN_ONLY));
      for (int block : new int[] {0, 9}) {
        assertThat(List.of("to_q.weight", "to_k.weight", "to_v.weight", "to_out.0.weight"))
            .extracting(part -> values(merged, attention(block, part)).getFirst())
            .containsExactly(2.0, 0.5, 1.0, 2.0);
      }
    }

    private static String attention(int block, String part) {
      return "input_blocks.4.1.transformer_blocks." + block + ".attn1." + part;
    }

    private static Weights normalized(Normalization method) {
      return new Weights.Normalize(a(), b(), method, false);
    }
  }

  @Nested
  class Masks {
    private static final int MANY = 4000;

    /// K1: a four-way mask depends on its seed alone, the first tensor's too.
    @Beside("K1")
    @ParameterizedTest
    @EnumSource
    void quartersAreReproducibleDisjointAndComplete(Rng rng) {
      SmallMerges merges =
          SmallMerges.of(folder, Compat.NONE, rng, model("out.2.weight", matrix(1, MANY, 0)));
      double[] covered = new double[MANY];
      for (int quarter = 0; quarter < 4; quarter++) {
        double[] bits = bits(merges.mask(quarter(quarter)));
        assertThat(bits(merges.mask(quarter(quarter)))).isEqualTo(bits);
        assertThat(share(bits)).isEqualTo(0.25, within(0.05));
        Arrays.setAll(covered, i -> covered[i] + bits[i]);
      }
      assertThat(covered).containsOnly(1.0);
    }

    /// K2: the number of a random mask is the share that stays clear.
    @Beside("K2")
    @Test
    void aRandomMaskLeavesTheGivenShareClear() {
      SmallMerges merges = SmallMerges.of(folder, model("out.2.weight", matrix(1, MANY, 0)));
      assertThat(share(bits(merges.mask(new Mask.Random(a(), 0.9, 1)))))
          .isEqualTo(0.1, within(0.03));
    }

    /// K4: a union keeps what only the second mask knows.
    @Beside("K4")
    @Test
    void aUnionKeepsTheLayersOfBothMasks() {
      SmallMerges merges = SmallMerges.of(folder, scalars(0, "out.0.weight", "out.2.weight"));
      Mask first = stored(merges, "first", "out.0.weight", true);
      Mask second = stored(merges, "second", "out.2.weight", true);
      assertThat(merges.mask(new Mask.Combined(Mask.SetOperation.UNION, first, second)).keySet())
          .containsExactlyInAnyOrder(
              "diffusion_model.out.0.weight", "diffusion_model.out.2.weight");
    }

    /// S1: what a mask selects may change; the first generation's masked merger did the opposite.
    @Beside("S1")
    @Test
    void aSetBitMayChange() {
      SequencedMap<String, GoldenTensor> zeros = model("out.2.weight", vector(0, 0));
      SequencedMap<String, GoldenTensor> ones = model("out.2.weight", vector(1, 1));
      Ratio whole = new Ratio.Constant(1);
      SmallMerges ours = SmallMerges.of(folder, zeros, ones);
      Mask mask = stored(ours, "mask", "out.2.weight", true, false);
      assertThat(values(ours.unet(masked(whole, mask)), "out.2.weight")).containsExactly(1.0, 0.0);
      SmallMerges theirs =
          SmallMerges.of(folder, Compat.DAREMERGE_2024_01, Rng.STATELESS, zeros, ones);
      assertThat(values(theirs.unet(masked(whole, mask)), "out.2.weight"))
          .containsExactly(0.0, 1.0);
    }

    private static Mask quarter(int quarter) {
      return new Mask.Quarter(a(), quarter, 7, OptionalLong.empty());
    }

    private static Mask stored(SmallMerges merges, String file, String tensor, boolean... bits) {
      return new Mask.Stored(
          merges.write(file, model(tensor, GoldenTensor.ofBooleans(Shape.of(bits.length), bits))));
    }

    private static double[] bits(Map<String, GoldenTensor> mask) {
      return mask.get("diffusion_model.out.2.weight").values();
    }

    private static double share(double[] bits) {
      return Arrays.stream(bits).average().orElseThrow();
    }
  }

  @Nested
  class Inputs {
    /// B3, CC1: tensors of different shapes are refused, even where one could be spread over the
    /// other.
    @Beside({"B3", "CC1"})
    @Test
    void aShapeMismatchNamesTheTensorAndBothShapes() {
      SmallMerges merges =
          SmallMerges.of(
              folder,
              model("out.2.weight", matrix(4, 4, 1)),
              model("out.2.weight", matrix(4, 1, 1)));
      assertThatThrownBy(() -> merges.merge(linear(HALF)))
          .isInstanceOfSatisfying(
              MokumeException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.MISMATCHED_INPUTS))
          .hasMessageContainingAll(
              "a.safetensors", "b.safetensors", "diffusion_model.out.2.weight", "[4, 4]", "[4, 1]");
      assertThat(merges.target()).doesNotExist();
    }

    /// C1: what the second model lacks stays as in the first, and the plan says so.
    @Beside("C1")
    @Test
    void aTensorThatTheSecondModelLacksIsKeptAndListed() {
      SmallMerges merges =
          SmallMerges.of(
              folder, scalars(0, "out.0.weight", "out.2.weight"), scalars(1, "out.2.weight"));
      MergeReport report = merges.merge(linear(HALF));
      assertThat(report.plan().tensors())
          .filteredOn(tensor -> tensor.spec().name().equals("diffusion_model.out.0.weight"))
          .singleElement()
          .satisfies(tensor -> assertThat(tensor.reason()).isNotEmpty());
      Map<String, GoldenTensor> merged = merges.unet(linear(HALF));
      assertThat(value(merged, "out.0.weight")).isZero();
      assertThat(value(merged, "out.2.weight")).isEqualTo(0.5);
    }
  }

  @Nested
  class Dropping {
    /// T2: tensors of one size are dropped by patterns of their own.
    @Beside("T2")
    @Test
    void equalShapesHaveIndependentPatterns() {
      SequencedMap<String, GoldenTensor> zeros = model("out.0.weight", matrix(1, 64, 0));
      zeros.putAll(model("out.2.weight", matrix(1, 64, 0)));
      SequencedMap<String, GoldenTensor> ones = model("out.0.weight", matrix(1, 64, 1));
      ones.putAll(model("out.2.weight", matrix(1, 64, 1)));
      Map<String, GoldenTensor> merged =
          SmallMerges.of(folder, zeros, ones).unet(dropped(0.5, false));
      assertThat(values(merged, "out.0.weight")).isNotEqualTo(values(merged, "out.2.weight"));
    }

    /// C1: nothing is left to be scaled where all is dropped: the first model comes out, not NaN.
    @Beside("C1")
    @Test
    void rescalingWhatIsDroppedWholeGivesTheFirstModel() {
      Map<String, GoldenTensor> merged =
          SmallMerges.of(
                  folder, model("out.2.weight", vector(1, 2)), model("out.2.weight", vector(1, 5)))
              .unet(dropped(1, true));
      assertThat(values(merged, "out.2.weight")).containsExactly(1.0, 2.0);
    }

    private static Weights dropped(double dropRate, boolean rescale) {
      return new Weights.Dare(
          a(),
          b(),
          new Ratio.Constant(1),
          new SparseUpdate(dropRate, SparseUpdate.Vote.OFF, rescale, 1),
          1,
          Interpolation.LINEAR,
          Optional.empty());
    }
  }

  @Nested
  class Noises {
    /// I1: where two patterns select a tensor, it has the noise of both.
    @Beside("I1")
    @Test
    void noiseOfTwoPatternsAddsUp() {
      SequencedMap<String, GoldenTensor> zeros = model("out.2.weight", vector(0, 0, 0));
      zeros.putAll(scalars(0, "middle_block.0.bias"));
      SmallMerges merges = SmallMerges.of(folder, zeros);
      List<Double> first = values(merges.unet(noise("*.out.2.*")), "out.2.weight");
      List<Double> second = values(merges.unet(noise("*.middle_block.*, *.out.*")), "out.2.weight");
      List<Double> both = values(merges.unet(noise("*.out.2.*, *.out.*")), "out.2.weight");
      assertThat(second).isNotEqualTo(first);
      for (int i = 0; i < both.size(); i++) {
        assertThat(both.get(i).floatValue()).isEqualTo((float) (first.get(i) + second.get(i)));
      }
    }

    private static Weights noise(String layers) {
      return new Weights.InjectNoise(
          a(), new Noise.Uniform(), 1, 5, layers, Interpolation.LERP, Optional.empty());
    }
  }

  @Nested
  class Reports {
    /// K3: what a mask selects is counted in whole elements, however it is stored.
    @Beside("K3")
    @Test
    void countsAreWhole() {
      SmallMerges merges = SmallMerges.of(folder, model("out.2.weight", vector(1, 2, 3)));
      Path mask = merges.write("mask", model("out.2.weight", vector(1, 0, 1)));
      assertThat(MaskReport.of(Mokume.inspectMask(mask, MergeOptions.defaults())).size())
          .isEqualTo("out: 2 / 3 (66.67%)\n");
    }

    /// R3: a tensor of any size can be drawn.
    @Beside("R3")
    @Test
    void fourNumbersAreARow() {
      TensorSpec spec = new TensorSpec("diffusion_model.out.0.weight", DType.F32, Shape.of(4));
      Matrix matrix = Matrix.of(TensorValues.of(spec, 1, 2, 3, 4), Scaling.NONE, 720, 960);
      assertThat(matrix.rows()).isOne();
      assertThat(matrix.values()).startsWith(1, 2, 3, 4);
    }
  }

  /// Whoever adds golden cases of a defect that no test speaks of is told.
  @Test
  void everyDefectOfTheCompatCasesHasATest() {
    Set<String> tested =
        Stream.concat(
                Arrays.stream(RightBehaviourTest.class.getDeclaredClasses()),
                Stream.of("TaskVectorsTest", "CombinationsTest", "internal.methods.OwnMethodsTest")
                    .map(RightBehaviourTest::inCore))
            .flatMap(tests -> Arrays.stream(tests.getDeclaredMethods()))
            .flatMap(test -> Stream.ofNullable(test.getAnnotation(Beside.class)))
            .flatMap(beside -> Arrays.stream(beside.value()))
            .collect(Collectors.toSet());
    GoldenFolder folder = GoldenFolder.checkedIn();
    Set<String> defects =
        GoldenTest.SUITES.stream()
            .flatMap(suite -> GoldenSuite.open(folder, suite).orElseThrow().cases().stream())
            .filter(GoldenCase::isCompat)
            .flatMap(goldenCase -> goldenCase.defects().stream())
            .collect(Collectors.toSet());
    assertThat(tested).containsAll(defects);
  }

  private static Class<?> inCore(String tests) {
    try {
      return Class.forName("dev.mokume." + tests);
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }

  private static GoldenTensor bf16(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
    }
    return new GoldenTensor(DType.BF16, Shape.of(values.length / 2, 2), bytes.array());
  }
}
