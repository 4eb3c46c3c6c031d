package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Methods by lengths and angles and those upon a base, as a recipe's text says them.
class CombinationReaderTest {
  private static final Weights A = new Weights.Source("a");
  private static final Weights B = new Weights.Source("b");
  private static final Weights C = new Weights.Source("c");

  private static Weights weights(String expression) {
    Recipe recipe =
        RecipeReader.read(
            "{mokume: 1, models: {a: a, b: b, c: c}, output: {lm: {" + expression + "}}}",
            "r",
            Path.of(""));
    return ((Result.Checkpoint) recipe.result()).components().firstEntry().getValue();
  }

  private static void refuses(String expression, String message) {
    assertThatThrownBy(() -> weights(expression)).hasMessageContaining(message);
  }

  @Test
  void everyMethodHasDefaults() {
    assertThat(weights("nuslerp: {a: a, b: b, alpha: 0.3}"))
        .isEqualTo(
            new Weights.ByAngle(
                new AngleRule.Arc(new Ratio.Constant(0.3)),
                List.of(A, B),
                Optional.empty(),
                Vectors.WHOLE));
    assertThat(weights("multislerp: {models: [{of: a}, {of: b, weight: 2}]}"))
        .isEqualTo(
            new Weights.ByAngle(
                new AngleRule.Mean(List.of(new Ratio.Constant(1), new Ratio.Constant(2)), true),
                List.of(A, B),
                Optional.empty(),
                Vectors.WHOLE));
    assertThat(weights("karcher: {models: [a, b], base: c}"))
        .isEqualTo(
            new Weights.ByAngle(
                new AngleRule.Karcher(10, 1e-5), List.of(A, B), Optional.of(C), Vectors.WHOLE));
    assertThat(weights("model_stock: {base: c, models: [a, b], vectors: rows}"))
        .isEqualTo(
            new Weights.ByAngle(
                new AngleRule.Stock(), List.of(A, B), Optional.of(C), Vectors.ROWS));
    assertThat(weights("nearswap: {base: c, model: a, reach: 0.5}"))
        .isEqualTo(
            new Weights.ByElement(
                new ElementRule.NearSwap(new Ratio.Constant(0.5)), C, List.of(A)));
    assertThat(weights("ram: {base: c, models: [a, b]}"))
        .isEqualTo(new Weights.ByElement(new ElementRule.Overlap(1e-5, 0, 0.2), C, List.of(A, B)));
    assertThat(weights("ramplus_tl: {base: c, models: [a, b]}"))
        .isEqualTo(
            new Weights.ByElement(new ElementRule.Overlap(1e-5, 0.1, 0.2), C, List.of(A, B)));
    assertThat(weights("sce: {base: c, models: [a, b]}"))
        .isEqualTo(new Weights.ByElement(new ElementRule.Variance(1), C, List.of(A, B)));
    assertThat(weights("arcee_fusion: {base: c, model: a}"))
        .isEqualTo(new Weights.ByElement(new ElementRule.Importance(), C, List.of(A)));
  }

  @Test
  void aStockTakesTwoModelsOrMore() {
    refuses(
        "model_stock: {base: c, models: [a]}", "models must be a list of 2 to 64 but is one of 1");
  }

  @Test
  void modelsAreAList() {
    refuses("karcher: {models: a}", "models must be a list of 1 to 64 but is 'a'");
  }

  @Test
  void moreModelsThanCanBeMeasuredAgainstOneAnotherAreRefused() {
    String many = "a, ".repeat(64) + "b";
    refuses(
        "karcher: {models: [" + many + "]}", "models must be a list of 1 to 64 but is one of 65");
  }

  @Test
  void numbersHaveTheirRanges() {
    refuses(
        "nuslerp: {a: a, b: b, alpha: 0.3, parallel: 1}",
        "parallel must be a number from 0 up to but without 1 but is 1");
    refuses(
        "karcher: {models: [a, b], tolerance: 0}",
        "tolerance must be a finite number above 0 but is 0");
    refuses(
        "sce: {base: c, models: [a], density: 2}", "density must be a number from 0 to 1 but is 2");
    refuses(
        "ram: {base: c, models: [a], epsilon: -1}",
        "epsilon must be a finite number that is not negative but is -1");
  }

  @Test
  void vectorsAreWholeRowsOrColumns() {
    refuses(
        "nuslerp: {a: a, b: b, alpha: 0.3, vectors: row}",
        "vectors has no value 'row'; did you mean 'rows'? It is one of whole, rows, columns");
  }

  @Test
  void everyModelIsNamed() {
    refuses("multislerp: {models: [{weight: 1}]}", "a model of multislerp lacks of; it needs of");
  }
}
