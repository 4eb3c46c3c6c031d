package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static dev.mokume.SmallMerge.C;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Masks of MergeLM before methods with statistics: a model of which part is dropped is merged like
/// any other.
class SparseBeforeTest {
  private static final Ratio ONE = new Ratio.Constant(1);
  private static final int WIDTH = 30;

  @TempDir private Path folder;
  private SmallMerge merge;
  private final Random random = new Random(3);

  @BeforeEach
  void start() {
    merge = new SmallMerge(folder);
  }

  private float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private SmallCheckpoint model() {
    return new SmallCheckpoint()
        .with("fc.weight", DType.F32, Shape.of(20, WIDTH), numbers(20 * WIDTH))
        .with("fc.bias", DType.F32, Shape.of(20), numbers(20));
  }

  private SmallCheckpoint information() {
    float[] squares = numbers(20 * WIDTH + 20);
    for (int i = 0; i < squares.length; i++) {
      squares[i] *= squares[i];
    }
    return new SmallCheckpoint()
        .with("fc.weight", DType.F32, Shape.of(20, WIDTH), Arrays.copyOf(squares, 20 * WIDTH))
        .with(
            "fc.bias",
            DType.F32,
            Shape.of(20),
            Arrays.copyOfRange(squares, 20 * WIDTH, squares.length));
  }

  private SmallCheckpoint gram() {
    float[] gram = new float[WIDTH * WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      gram[i * WIDTH + i] = WIDTH;
      for (int j = 0; j < i; j++) {
        gram[i * WIDTH + j] = random.nextFloat();
        gram[j * WIDTH + i] = gram[i * WIDTH + j];
      }
    }
    return new SmallCheckpoint().with("fc.weight", DType.F32, Shape.of(WIDTH, WIDTH), gram);
  }

  static Stream<Sparsify> masks() {
    return Stream.of(
        new Sparsify.Random(new Ratio.Constant(0.4), 7),
        new Sparsify.Magnitude(new Ratio.Constant(0.4)),
        new Sparsify.Above(new Ratio.Constant(0.6)),
        new Sparsify.OfModel(0.6));
  }

  private static Weights masked(Weights model, Sparsify keep) {
    Rescale rescale = keep instanceof Sparsify.Random ? Rescale.INVERSE_DENSITY : Rescale.NONE;
    Delta kept = new Delta.Sparse(new Delta.Difference(model, C), keep, rescale);
    return new Weights.AddDelta(C, kept, ONE);
  }

  private static Weights fisher(Weights a, Weights b) {
    return new Weights.Fisher(
        List.of(
            new Weights.Informed(a, new Weights.Source("fisherA"), ONE),
            new Weights.Informed(b, new Weights.Source("fisherB"), ONE)),
        true,
        1e-6);
  }

  private static Weights regmean(Weights a, Weights b) {
    return new Weights.RegMean(
        List.of(
            new Weights.Observed(a, new Weights.Source("gramA"), ONE),
            new Weights.Observed(b, new Weights.Source("gramB"), ONE)),
        0.9);
  }

  private void models() {
    merge
        .model("a", model())
        .model("b", model())
        .model("c", model())
        .model("fisherA", information())
        .model("fisherB", information())
        .model("gramA", gram())
        .model("gramB", gram());
  }

  /// In one merge comes out what comes out of the masked models, taken together, once they were
  /// written to files.
  @ParameterizedTest
  @MethodSource("masks")
  void itIsAsIfTheMaskedModelsHadBeenWritten(Sparsify keep) {
    models();
    Weights ofA = masked(A, keep);
    // Drawn for the second of two, as in the merge.
    Weights ofB = masked(B, keep);
    SmallCheckpoint fisher = merge.merge(fisher(ofA, ofB));
    SmallCheckpoint regmean = merge.merge(regmean(ofA, ofB));
    SmallCheckpoint first = merge.merge(both(ofA, ofB, 1, 0));
    SmallCheckpoint second = merge.merge(both(ofA, ofB, 0, 1));
    merge.model("maskedA", first).model("maskedB", second);
    Weights writtenA = new Weights.Source("maskedA");
    Weights writtenB = new Weights.Source("maskedB");

    assertSame(merge.merge(fisher(writtenA, writtenB)), fisher);
    assertSame(merge.merge(regmean(writtenA, writtenB)), regmean);
  }

  private static Weights both(Weights a, Weights b, double ofA, double ofB) {
    return new Weights.Sum(List.of(new Weights.Term(a, ofA), new Weights.Term(b, ofB)));
  }

  private static void assertSame(SmallCheckpoint actual, SmallCheckpoint expected) {
    assertThat(actual.values("fc.weight")).containsExactly(expected.values("fc.weight"));
    assertThat(actual.values("fc.bias")).containsExactly(expected.values("fc.bias"));
  }

  @Test
  void whatEveryModelDroppedIsTheBases() {
    models();
    Sparsify none = new Sparsify.Random(new Ratio.Constant(0), 1);
    SmallCheckpoint merged = merge.merge(regmean(masked(A, none), masked(B, none)));
    assertSame(merged, SmallCheckpoint.read(merge.models.get("c")));
  }
}
