package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Bits.Comparison;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgramCompilerTest {
  private static final int COUNT = 10;

  private final MemorySource file = new MemorySource("file", new byte[256]);
  private final Elements a = stored(DType.F16, 0);
  private final Elements b = stored(DType.F16, 20);

  private Elements stored(DType dtype, long offset) {
    return new Elements.Stored(file.tensor("at " + offset, dtype, offset, COUNT));
  }

  private static Program compile(TensorTask task) {
    return ProgramCompiler.compile(task, Map.of(), Kernels.scalar());
  }

  private static Program compile(Elements value) {
    return compile(Formulas.task(value, DType.F16));
  }

  @Test
  void aBlendIsOnePassAndOneKernel() {
    Program program = compile(Formulas.blend(a, b));
    assertThat(program.passes()).hasSize(1);
    assertThat(program.passes().getFirst().fused()).isNotNull();
    assertThat(List.of(program.readings(0), program.readings(1))).containsExactly(1, 1);
  }

  @Test
  void theBlendThatIsWrittenDownIsTheOneThatIsFound() {
    TensorTask task = Formulas.task(Formulas.blend(a, b), DType.F16);
    Program written = StoredBlend.of(task, Kernels.scalar()).orElseThrow();
    Scalar weightA = computed(0.65);
    Scalar weightB = computed(0.35);
    TensorTask same = Formulas.task(new Elements.Blend(a, weightA, b, weightB), DType.F16);
    assertThat(StoredBlend.of(same, Kernels.scalar())).isEmpty();
    Program found = compile(same);
    assertThat(written.inputs()).isEqualTo(found.inputs());
    assertThat(written.passes().getFirst().inputs()).isEqualTo(found.passes().getFirst().inputs());
    assertThat(written.passes().getFirst().outputs())
        .isEqualTo(found.passes().getFirst().outputs());
    assertThat(written.outputs().getFirst().packing())
        .isEqualTo(found.outputs().getFirst().packing());
    assertThat(written.passes().getFirst().fused())
        .isInstanceOfSatisfying(
            Program.Fused.Blend.class,
            blend -> {
              assertThat(List.of(blend.a(), blend.b())).containsExactly(0, 1);
              assertThat(written.nodes().get(blend.weightA()).expression())
                  .isEqualTo(Scalar.constant(0.65));
              assertThat(written.nodes().get(blend.weightB()).expression())
                  .isEqualTo(Scalar.constant(0.35));
            });
    assertThat(TensorRun.bufferBytes(written)).isEqualTo(TensorRun.bufferBytes(found));
    assertThat(written.work(COUNT)).isEqualTo(found.work(COUNT));
  }

  private static Scalar computed(double value) {
    return new Scalar.Computed(x -> x[0], List.of(Scalar.constant(value)));
  }

  @Test
  void aBlendOfATensorWithItselfReadsItOnce() {
    assertThat(compile(Formulas.blend(a, a)).inputs()).hasSize(1);
  }

  @Test
  void whatTheOneKernelDoesNotDoIsDoneStepByStep() {
    assertThat(fused(Formulas.blend(a, b), DType.F32)).as("another dtype out").isFalse();
    assertThat(fused(Formulas.blend(a, stored(DType.F32, 40)), DType.F16))
        .as("another dtype in")
        .isFalse();
    assertThat(fused(Formulas.blend(a, Formulas.blend(a, b)), DType.F16))
        .as("a blend of a blend")
        .isFalse();
    Elements wide = stored(DType.F64, 40);
    assertThat(fused(Formulas.blend(wide, wide), DType.F64))
        .as("a dtype without the kernel")
        .isFalse();
    assertThat(fused(Formulas.slerp(a, b), DType.F16))
        .as("weights that are measured first")
        .isFalse();
  }

  @Test
  void aRandomShareOfADifferenceIsOneKernel() {
    Elements delta = difference(b, a);
    assertThat(fused(share(a, delta), DType.F16)).isTrue();
    Elements rescaled =
        new Elements.WithScalar(Elements.Operator.DIVIDE, delta, Scalar.constant(0.1));
    assertThat(fused(share(a, rescaled), DType.F16)).isTrue();
    assertThat(fused(share(a, delta), DType.BF16)).as("another dtype out").isFalse();
    assertThat(fused(share(a, difference(a, b)), DType.F16)).as("the other way").isFalse();
    assertThat(fused(share(b, delta), DType.F16)).as("added to the other").isFalse();
    assertThat(fused(share(a, a), DType.F16)).as("no difference").isFalse();
    assertThat(fused(Formulas.dare(a, b, 1), DType.F16)).as("with a vote").isFalse();
  }

  private static Elements difference(Elements a, Elements b) {
    return new Elements.Binary(Elements.Operator.SUBTRACT, a, b);
  }

  private static Elements share(Elements a, Elements delta) {
    return new Elements.Select(
        new Bits.Keep(new Draw.Stateless(1, "dare", "t"), 0.1, a.count()),
        new Elements.Binary(Elements.Operator.ADD, a, delta),
        a);
  }

  private static boolean fused(Elements value, DType out) {
    return compile(Formulas.task(value, out)).passes().getLast().fused() != null;
  }

  @Test
  void aSmallShareIsComputedSideBySide() {
    Elements voted = new Elements.Select(drawn(0.25, elected()), moved(), a);
    assertThat(isAmongFew(voted, DType.F16)).as("with a vote").isTrue();
    assertThat(isAmongFew(new Elements.Select(Formulas.lowMagnitude(a, b), voted, a), DType.F16))
        .as("with a vote, under a mask")
        .isTrue();
    assertThat(isAmongFew(voted, DType.BF16)).as("another dtype out").isFalse();
    assertThat(isAmongFew(new Elements.Select(drawn(0.26, elected()), moved(), a), DType.F16))
        .as("more than a quarter")
        .isFalse();
    assertThat(isAmongFew(new Elements.Select(drawn(0.1, elected()), moved(), b), DType.F16))
        .as("of another one")
        .isTrue();
    assertThat(isAmongFew(new Elements.Select(drawn(0.1, elected()), a, moved()), DType.F16))
        .as("what most get is not stored")
        .isFalse();
    Elements noise = new Elements.Uniform(new Draw.Stateless(1, "noise", "t"), COUNT);
    assertThat(isAmongFew(new Elements.Select(drawn(0.1, elected()), noise, a), DType.F16))
        .as("drawn by index")
        .isFalse();
    Elements wide = stored(DType.F32, 40);
    assertThat(isAmongFew(new Elements.Select(drawn(0.1, elected()), wide, a), DType.F16))
        .as("of more than 16 bits")
        .isFalse();
  }

  private Elements moved() {
    return new Elements.Binary(Operator.ADD, a, difference(b, a));
  }

  private Bits elected() {
    Elements delta = difference(b, a);
    return new Bits.HasSign(delta, new Scalar.Statistic(Reduction.SUM, delta));
  }

  private static Bits drawn(double share, Bits and) {
    Bits keep = new Bits.Keep(new Draw.Stateless(1, "dare", "t"), share, COUNT);
    return new Bits.Binary(Bits.Operator.AND, keep, and);
  }

  private static boolean isAmongFew(Elements value, DType out) {
    return compile(Formulas.task(value, out)).passes().getLast().body().getLast()
        instanceof Instruction.Among;
  }

  @Test
  void aSphericalBlendTakesTwoPasses() {
    Program program = compile(Formulas.slerp(a, b));
    assertThat(program.passes()).hasSize(2);
    assertThat(List.of(program.readings(0), program.readings(1))).containsExactly(2, 2);
    assertThat(program.slots()).isEmpty();
  }

  @Test
  void aMagnitudeMaskTakesTwoPassesForItsQuantileAndOneForTheMerge() {
    Program program = compile(Formulas.underMask(a, b));
    assertThat(program.passes()).hasSize(3);
    // The difference is computed anew in each: cheaper than keeping it.
    assertThat(program.slots()).isEmpty();
  }

  @Test
  void aMaskOfTheSameDifferenceSharesItsPasses() {
    Elements merged = new Elements.Select(Formulas.lowMagnitude(a, b), Formulas.slerp(a, b), a);
    assertThat(compile(merged).passes()).hasSize(3);
  }

  @Test
  void aVoteWaitsForThePassBeforeItsUse() {
    Elements merged = new Elements.Select(Formulas.lowMagnitude(a, b), Formulas.dare(a, b, 1), a);
    Program program = compile(merged);
    // So that the first pass only finds out where to count, which a sample shows.
    assertThat(kindsOf(program, 0)).containsExactly(Program.Statistic.Kind.UPPER);
    assertThat(kindsOf(program, 1))
        .containsExactlyInAnyOrder(Program.Statistic.Kind.LOWER, Program.Statistic.Kind.BLOCKS);
  }

  private static List<Program.Statistic.Kind> kindsOf(Program program, int pass) {
    return program.passes().get(pass).accumulators().stream()
        .map(number -> program.accumulators().get(number).kind())
        .toList();
  }

  @Test
  void dareWithAVoteTakesAPassMoreThanItHasIterations() {
    for (int iterations : List.of(1, 2, 3, 100)) {
      assertThat(compile(Formulas.dare(a, b, iterations)).passes()).hasSize(iterations + 1);
    }
  }

  @Test
  void iterationsTakeTurnsInTwoSlots() {
    Program program = compile(Formulas.dare(a, b, 100));
    assertThat(program.slots())
        .hasSizeLessThanOrEqualTo(2)
        .allMatch(slot -> slot.packing().equals(DType.F32.packing()));
    for (Program.Pass pass : program.passes()) {
      assertThat(pass.loads()).hasSizeLessThanOrEqualTo(1);
      assertThat(pass.stores()).hasSizeLessThanOrEqualTo(1);
    }
  }

  @Test
  void anIterationIsNeverComputedTwice() {
    Program program = compile(Formulas.dare(a, b, 100));
    List<Integer> lengths = program.passes().stream().map(pass -> pass.body().size()).toList();
    // Were iteration i recomputed in every later pass, the passes would grow. The first one follows
    // from stored tensors.
    assertThat(lengths.subList(3, 100)).containsOnly(lengths.get(3));
    assertThat(lengths.get(2)).isGreaterThan(lengths.get(3));
  }

  @Test
  void twoIterationsKeepNothing() {
    assertThat(compile(Formulas.dare(a, b, 2)).slots()).isEmpty();
  }

  @Test
  void registersAreUsedAgain() {
    Elements deep = a;
    for (int i = 0; i < 200; i++) {
      deep = new Elements.WithScalar(Operator.ADD, deep, Scalar.constant(i));
    }
    assertThat(compile(deep).passes().getFirst().valueRegisters()).isEqualTo(1);
  }

  @Test
  void oneReadFeedsManyOutputs() {
    Elements difference = new Elements.Binary(Operator.SUBTRACT, b, a);
    Elements again = new Elements.Binary(Operator.SUBTRACT, b, a);
    TensorTask task =
        new TensorTask(
            "t",
            COUNT,
            List.of(
                new Write.Values(0, 0, difference, DType.F16),
                new Write.Values(1, 0, again, DType.F32),
                new Write.Values(1, 40, a, DType.F32)),
            List.of(
                new Scalar.Statistic(Reduction.SUM, difference), new Scalar.Dot(difference, a)));
    Program program = compile(task);
    assertThat(program.passes()).hasSize(1);
    assertThat(program.inputs()).hasSize(2);
    assertThat(program.passes().getFirst().body())
        .extracting(instruction -> instruction.getClass().getSimpleName())
        .containsExactlyInAnyOrder(
            "Decode", "Decode", "Binary", "Encode", "Encode", "Encode", "Accumulate", "Accumulate");
  }

  @Test
  void whatOnlyMeasuresHasNoPassForOutputs() {
    assertThat(compile(Formulas.measure(COUNT, new Scalar.Dot(a, b))).passes()).hasSize(1);
  }

  @Test
  void whatIsBelowAnExactQuantileIsCountedWithIt() {
    assertThat(compile(countBelow(Comparison.LESS, QuantileRule.EXACT)).passes()).hasSize(2);
    // NaN is neither, and quantiles of chunks are not ranks of all.
    assertThat(compile(countBelow(Comparison.AT_LEAST, QuantileRule.EXACT)).passes()).hasSize(3);
    assertThat(compile(countBelow(Comparison.LESS, QuantileRule.MEDIAN)).passes()).hasSize(3);
  }

  private TensorTask countBelow(Comparison comparison, QuantileRule rule) {
    Elements magnitude = new Elements.Magnitude(new Elements.Binary(Operator.SUBTRACT, b, a));
    Scalar quantile = new Scalar.Quantile(magnitude, 0.8, rule, COUNT);
    return Formulas.measure(
        COUNT, new Scalar.Count(new Bits.Compare(comparison, magnitude, quantile)));
  }

  @Test
  void aNumberOverAnotherTensorMustBeKnown() {
    Scalar foreign =
        new Scalar.Statistic(Reduction.SUM, new Elements.Stored(file.tensor("c", DType.F32, 0, 3)));
    Elements scaled = new Elements.WithScalar(Operator.MULTIPLY, a, foreign);
    assertThatThrownBy(() -> compile(scaled))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "'t' needs a number over a tensor of 3 elements, which was not measured before");
    Program program =
        ProgramCompiler.compile(
            Formulas.task(scaled, DType.F16), Map.of(foreign, 2.0), Kernels.scalar());
    assertThat(program.passes()).hasSize(1);
    assertThat(program.inputs()).hasSize(1);
  }

  @Test
  void tilesFollowOneAnotherOnlyWhereChannelsAreSummed() {
    Program program =
        compile(
            new Elements.ShiftFirstChannel(
                a, new Elements.Binary(Operator.SUBTRACT, b, a), 5, 2, 6));
    assertThat(program.passes()).extracting(Program.Pass::ordered).containsExactly(true, false);
  }
}
