package dev.mokume.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Architectures;
import dev.mokume.checkpoint.MemorySource;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.plan.OutputTensor.Content;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.ElementMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Setting;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Which tensors of two plans are the same bytes.
class MeaningsTest {
  private static final int COUNT = 8;
  private static final MemorySource FILE = new MemorySource("file", new byte[64]);
  private static final MemorySource OTHER = new MemorySource("other", new byte[64]);

  private static Elements stored(MemorySource file, long offset) {
    return new Elements.Stored(file.tensor("w", DType.F16, offset, COUNT));
  }

  private static Elements blend(double share) {
    return new Elements.Blend(
        stored(FILE, 0), Scalar.constant(1 - share), stored(FILE, 16), Scalar.constant(share));
  }

  private static Elements dropped(long seed) {
    Bits kept = new Bits.Keep(new Draw.Stateless(seed, "drop", "w"), 0.5, COUNT);
    return new Elements.Select(kept, stored(FILE, 0), new Elements.Constant(0, COUNT));
  }

  private static OutputTensor tensor(Elements elements, DType dtype) {
    TensorSpec spec = new TensorSpec("w", dtype, Shape.of(COUNT));
    return OutputTensor.of(
        TensorEntry.of(spec),
        Architectures.detect(List.of(spec), Map.of()).place("w"),
        new Content.Values(elements),
        new OutputTensor.Decision(Treatment.MERGED, "", OptionalDouble.empty()),
        Set.of(),
        1);
  }

  private static boolean alike(OutputTensor a, OutputTensor b) {
    Meanings meanings = Meanings.ofTensor(Meanings.elsewhere());
    return meanings.of(a).equals(meanings.of(b));
  }

  private static boolean alike(Elements a, Elements b) {
    return alike(tensor(a, DType.F16), tensor(b, DType.F16));
  }

  @Test
  void theSameNodesOverTheSameBytes() {
    assertThat(alike(blend(0.5), blend(0.5))).isTrue();
    assertThat(alike(dropped(1), dropped(1))).isTrue();
    assertThat(alike(stored(FILE, 8), stored(FILE, 8))).isTrue();
  }

  @Test
  void anotherNumberSeedFileOrPlace() {
    assertThat(alike(blend(0.5), blend(0.25))).isFalse();
    assertThat(alike(dropped(1), dropped(2))).isFalse();
    assertThat(alike(stored(FILE, 8), stored(OTHER, 8))).isFalse();
    assertThat(alike(stored(FILE, 8), stored(FILE, 0))).isFalse();
  }

  @Test
  void storedOtherwise() {
    assertThat(alike(tensor(blend(0.5), DType.F16), tensor(blend(0.5), DType.BF16))).isFalse();
  }

  @Test
  void numbersAboutManyTensorsCountByWhatTheyAreAbout() {
    assertThat(alike(trimmed(blend(0.5), 3), trimmed(blend(0.5), 3))).isTrue();
    assertThat(alike(trimmed(blend(0.5), 3), trimmed(blend(0.5), 4))).isFalse();
    assertThat(alike(trimmed(blend(0.5), 3), trimmed(blend(0.25), 3))).isFalse();
  }

  @Test
  void aNumberAboutManyTensorsIsNoneOfOne() {
    Elements byConstant = new Elements.Trimmed(stored(FILE, 0), Scalar.constant(2));
    assertThat(alike(trimmed(blend(0.5), 3), byConstant)).isFalse();
    assertThat(alike(byConstant, trimmed(stored(FILE, 0), 0))).isFalse();
  }

  private static Elements trimmed(Elements elsewhere, long rank) {
    Scalar limit = new Scalar.RankedAmong(List.of(elsewhere, stored(FILE, 0)), rank);
    return new Elements.Trimmed(stored(FILE, 0), limit);
  }

  /// A method that is not Mokume's.
  private record Own() implements ElementMethod {
    @Override
    public MethodInfo info() {
      return new MethodInfo("own", "", Models.of("a"), List.of(), "");
    }

    @Override
    public ElementKernel kernel(Setting setting, double[] statistics) {
      throw new UnsupportedOperationException();
    }
  }

  private static Elements mapped(ElementMethod method) {
    Setting setting = new Setting("w", Shape.of(COUNT), 1, Map.of());
    return new Elements.Mapped(method, setting, List.of(stored(FILE, 0)), List.of());
  }

  @Test
  void theCodeOfAPluginMayBeAnother() {
    Elements made = mapped(new Own());
    assertThat(alike(made, mapped(new Own()))).isFalse();
    ElementMethod ours =
        MergeMethods.installed().own().stream()
            .filter(ElementMethod.class::isInstance)
            .map(ElementMethod.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(alike(mapped(ours), mapped(ours))).isTrue();
  }

  /// Each merge uses the one before twice: as a tree that were 2^5000 nodes.
  @Test
  void deepAndSharedExpressions() {
    assertThat(alike(chain(5000, 0.5), chain(5000, 0.5))).isTrue();
    assertThat(alike(chain(5000, 0.5), chain(5000, 0.25))).isFalse();
  }

  private static Elements chain(int length, double share) {
    Elements last = blend(share);
    for (int i = 0; i < length; i++) {
      last = new Elements.Binary(Elements.Operator.ADD, last, last);
    }
    return last;
  }
}
