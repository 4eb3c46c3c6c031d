package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static dev.mokume.SmallMerge.C;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergePlan;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models merged by the Gram matrices of their layers' inputs, worked by hand.
class RegMeanTest {
  private static final Ratio ONE = new Ratio.Constant(1);
  private static final Weights.Source OF_A = new Weights.Source("ofA");
  private static final Weights.Source OF_B = new Weights.Source("ofB");

  @TempDir private Path folder;
  private SmallMerge merge;

  @BeforeEach
  void start() {
    merge = new SmallMerge(folder);
  }

  private static SmallCheckpoint model(float first, float second, float bias) {
    return new SmallCheckpoint()
        .with("fc.weight", DType.F32, Shape.of(1, 2), first, second)
        .with("fc.bias", DType.F32, Shape.of(1), bias);
  }

  private static SmallCheckpoint gram(float... values) {
    return new SmallCheckpoint().with("fc.weight", DType.F32, Shape.of(2, 2), values);
  }

  private static Weights regmean(Weights a, Weights b, Ratio ofA, Ratio ofB) {
    return new Weights.RegMean(
        List.of(new Weights.Observed(a, OF_A, ofA), new Weights.Observed(b, OF_B, ofB)), 1);
  }

  private static Weights regmean() {
    return regmean(A, B, ONE, ONE);
  }

  private void models() {
    merge
        .model("a", model(1, 2, 3))
        .model("b", model(7, 8, 5))
        .model("ofA", gram(3, 0, 0, 1))
        .model("ofB", gram(1, 0, 0, 1));
  }

  @Test
  void progressMovesWhileALayerIsSolvedFor() {
    // Three tiles across: six steps factor the sum of the Gram matrices, nine more solve by it.
    int columns = 300;
    float[] gram = new float[columns * columns];
    for (int i = 0; i < columns; i++) {
      gram[i * columns + i] = 1;
    }
    Shape shape = Shape.of(200, columns);
    float[] zeros = new float[200 * columns];
    merge
        .model("a", new SmallCheckpoint().with("fc.weight", DType.F32, shape, zeros))
        .model("b", new SmallCheckpoint().with("fc.weight", DType.F32, shape, zeros))
        .model("ofA", gramOf(columns, gram))
        .model("ofB", gramOf(columns, gram));
    List<Long> told = Collections.synchronizedList(new ArrayList<>());
    merge.options =
        merge.options.withListener(
            new MergeListener() {
              @Override
              public void progressed(long done, long total) {
                told.add(done);
              }
            });

    merge.merge(regmean());

    assertThat(told).hasSizeGreaterThan(8).isSorted();
    assertThat(told.getLast()).isEqualTo(200L * columns * Float.BYTES);
  }

  private static SmallCheckpoint gramOf(int columns, float... values) {
    return new SmallCheckpoint().with("fc.weight", DType.F32, Shape.of(columns, columns), values);
  }

  @Test
  void layersAreSolvedForAndTheRestIsAveraged() {
    models();
    SmallCheckpoint merged = merge.merge(regmean());
    // (1 * 3 + 7 * 1) / (3 + 1) and (2 * 1 + 8 * 1) / (1 + 1); the bias has no Gram matrix.
    assertThat(merged.values("fc.weight")).containsExactly(2.5f, 5);
    assertThat(merged.values("fc.bias")).containsExactly(4);
  }

  @Test
  void weightsCountInBoth() {
    models();
    SmallCheckpoint merged = merge.merge(regmean(A, B, ONE, new Ratio.Constant(3)));
    // (1 * 3 + 7 * 3) / (3 + 3) and (2 * 1 + 8 * 3) / (1 + 3); (3 + 3 * 5) / 4.
    assertThat(merged.values("fc.weight")).containsExactly(4, 6.5f);
    assertThat(merged.values("fc.bias")).containsExactly(4.5f);
  }

  @Test
  void aModelWithoutAWeightPlaysNoPart() {
    models();
    SmallCheckpoint merged = merge.merge(regmean(A, B, new Ratio.Constant(0), ONE));
    assertThat(merged.values("fc.weight")).containsExactly(7, 8);
    assertThat(merged.values("fc.bias")).containsExactly(5);
  }

  @Test
  void theModelsMayBeMaskedBefore() {
    models();
    merge.model("c", model(0, 0, 0));
    // The greater half of what each learned: [0 2] and [0 8]; the biases stay.
    Weights merged = regmean(masked(A), masked(B), ONE, ONE);
    assertThat(merge.merge(merged).values("fc.weight")).containsExactly(0, 5);
    assertThat(merge.merge(merged).values("fc.bias")).containsExactly(4);
  }

  private static Weights masked(Weights model) {
    Delta kept =
        new Delta.Sparse(
            new Delta.Difference(model, C),
            new Sparsify.Magnitude(new Ratio.Constant(0.5)),
            Rescale.NONE);
    return new Weights.AddDelta(C, kept, ONE);
  }

  @Test
  void thePlanSaysWhatIsAveragedAndWhatSolvingTakes() {
    merge
        .model("a", model(1, 2, 3).with("emb", DType.F32, Shape.of(2, 1), 0, 0))
        .model("b", model(7, 8, 5).with("emb", DType.F32, Shape.of(2, 1), 2, 4))
        .model("ofA", gram(3, 0, 0, 1))
        .model("ofB", gram(1, 0, 0, 1));
    MergePlan plan = merge.plan(SmallMerge.only(Component.OTHER, regmean()));
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.notes())
        .contains(
            "regmean averages 1 matrix that no statistics have a Gram matrix of: 'emb'.",
            "regmean solves for each layer in f64; the largest, 'fc.weight', takes 393 kB of the"
                + " memory for buffers.");
  }

  @Test
  void statisticsThatLackALayerOfTheOthersAreRefused() {
    models();
    merge
        .model("a", two())
        .model("b", two())
        .model("ofA", gram(1, 0, 0, 1).with("fc2.weight", DType.F32, Shape.of(1, 1), 1));
    refused(
        merge.models.get("ofB")
            + " has no Gram matrix of 'fc2.weight', but "
            + merge.models.get("ofA")
            + " has one. Give each model's statistics the same layers; a layer that none of them"
            + " has is averaged.");
  }

  private static SmallCheckpoint two() {
    return model(1, 2, 3).with("fc2.weight", DType.F32, Shape.of(2, 1), 4, 5);
  }

  @Test
  void aGramMatrixOfAnotherWidthIsRefused() {
    models();
    merge.model("ofB", new SmallCheckpoint().with("fc.weight", DType.F32, Shape.of(1, 1), 1));
    refused(
        merge.models.get("ofB")
            + ": the Gram matrix of 'fc.weight' has shape [1, 1], but the weight has [1, 2], so"
            + " that [2, 2] was expected: X' X of the layer's inputs X. Gather the statistics on"
            + " this model.");
  }

  @Test
  void aGramMatrixOfWhatIsNoMatrixIsRefused() {
    models();
    merge.model("ofB", gram(1, 0, 0, 1).with("fc.bias", DType.F32, Shape.of(1, 1), 1));
    refused(
        merge.models.get("ofB")
            + " has a Gram matrix of 'fc.bias', which has shape [1], but only a linear layer's"
            + " weight, of shape [outputs, inputs], is solved for. Leave that one out of the"
            + " statistics.");
  }

  @Test
  void aGramMatrixOfAnUnknownTensorIsRefused() {
    models();
    merge.model("ofB", gram(1, 0, 0, 1).with("fc1.weight", DType.F32, Shape.of(2, 2), 1, 0, 0, 1));
    refused(
        merge.models.get("ofB")
            + " has 1 Gram matrix of tensors that the model lacks, first of 'fc1.weight' (did you"
            + " mean 'fc.weight'?). Name each after the weight of its layer, and gather them on"
            + " this model.");
  }

  @Test
  void statisticsOfNothingAreRefused() {
    models();
    merge.model("ofB", new SmallCheckpoint());
    assertThatThrownBy(() -> merge.merge(regmean()))
        .isInstanceOf(MokumeException.class)
        .hasMessageContaining(
            merge.models.get("ofB")
                + " has no Gram matrix of any tensor that is merged. Give it one for each linear"
                + " layer, named after the layer's weight.");
  }

  @Test
  void aGramMatrixThatIsNotSymmetricIsRefused() {
    models();
    merge.model("ofB", gram(1, 0.5f, 0, 1));
    refused(
        merge.models.get("ofB")
            + ": the Gram matrix of 'fc.weight' is not symmetric: it has 0.0 in row 1, column 0,"
            + " but 0.5 in row 0, column 1. Give it X' X of the layer's inputs X.");
  }

  @Test
  void aGramMatrixWithANumberThatIsNoneIsRefused() {
    models();
    merge.model("ofB", gram(1, 0, 0, Float.NaN));
    refused(
        merge.models.get("ofB")
            + ": the Gram matrix of 'fc.weight' has no finite number in row 1, column 1. Gather"
            + " the statistics anew.");
  }

  @Test
  void aNegativeSumOfSquaresIsRefused() {
    models();
    merge.model("ofB", gram(-1, 0, 0, 1));
    refused(
        merge.models.get("ofB")
            + ": the Gram matrix of 'fc.weight' has -1.0 on its diagonal, in row 0, where a sum of"
            + " squares stands, which is never negative. Give it X' X of the layer's inputs X.");
  }

  @Test
  void anInputThatNoModelSawIsRefused() {
    models();
    merge.model("ofA", gram(3, 0, 0, 0)).model("ofB", gram(1, 0, 0, 0));
    refused(
        "'fc.weight' cannot be solved for: its input 1 was 0 in every example that the Gram"
            + " matrices are of, so that nothing says what becomes of it. Gather them from more"
            + " examples, or leave the tensor out with exclude.");
  }

  @Test
  void tooFewExamplesAreRefused() {
    models();
    merge.model("ofA", gram(1, 1, 1, 1)).model("ofB", gram(2, 2, 2, 2));
    refused(
        "'fc.weight' cannot be solved for: the sum of its Gram matrices has no inverse, as that of"
            + " fewer examples than inputs has none. Gather them from more examples, give"
            + " off_diagonal less than 1 (0.9 is usual), or leave the tensor out with exclude.");
  }

  @Test
  void aNegativeWeightIsRefused() {
    models();
    assertThatThrownBy(() -> merge.merge(regmean(A, B, new Ratio.Constant(-1), ONE)))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "regmean is given a weight of -1.0 for tensor 'fc.bias', but it must not be negative:"
                + " it is how much a model's inputs count.");
  }

  private void refused(String message) {
    assertThatThrownBy(() -> merge.merge(regmean()))
        .isInstanceOf(MokumeException.class)
        .hasMessage(message);
  }
}
