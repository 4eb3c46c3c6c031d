package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.error.MokumeException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// How recipes say task vectors.
class DeltaReaderTest {
  private static final Weights A = new Weights.Source("a");
  private static final Weights B = new Weights.Source("b");
  private static final Weights C = new Weights.Source("c");

  private static Recipe recipe(String expression) {
    return RecipeReader.read(
        "mokume: 1\nmodels: {c: c, a: a, b: b}\noutput: {unet: " + expression + "}",
        "r.yaml",
        Path.of(""));
  }

  private static Weights read(String expression) {
    return ((Result.Checkpoint) recipe(expression).result()).components().get(Component.UNET);
  }

  private static Ratio ratio(double value) {
    return new Ratio.Constant(value);
  }

  private static TaskVectorMethod.Part part(
      Weights model, double weight, double density, double spread) {
    return new TaskVectorMethod.Part(model, ratio(weight), ratio(density), ratio(spread));
  }

  @Test
  void aNamedMethodIsReadAsWhatItStandsFor() {
    assertThat(
            read("{ties: {base: c, models: [{of: a, weight: 1, density: 0.3}, b], density: 0.5}}"))
        .isEqualTo(
            new Weights.AddDelta(
                C,
                new Delta.Combined(
                    List.of(
                        new Delta.Term(
                            new Delta.Sparse(
                                new Delta.Difference(A, C),
                                new Sparsify.Magnitude(ratio(0.3)),
                                Rescale.NONE),
                            ratio(1)),
                        new Delta.Term(
                            new Delta.Sparse(
                                new Delta.Difference(B, C),
                                new Sparsify.Magnitude(ratio(0.5)),
                                Rescale.NONE),
                            ratio(1))),
                    Delta.Election.MASS,
                    true),
                ratio(1)));
  }

  @Test
  void aModelsOwnNumbersGoBeforeThoseOfAll() {
    assertThat(
            read(
                "{breadcrumbs: {base: c, models: [{of: a, gamma: 0.2}, {of: b, weight: 3}],"
                    + " weight: 2, density: 0.5, gamma: 0.1, lambda: 0.7}}"))
        .isEqualTo(
            TaskVectorMethod.BREADCRUMBS.of(
                C,
                List.of(part(A, 2, 0.5, 0.2), part(B, 3, 0.5, 0.1)),
                false,
                Rescale.NONE,
                1,
                ratio(0.7)));
  }

  @ParameterizedTest
  @EnumSource
  void everyMethodHasItsDefaults(TaskVectorMethod method) {
    assertThat(read("{" + method.id() + ": {base: c, models: [a]}}"))
        .isEqualTo(
            method.of(
                C,
                List.of(part(A, 1, 1, method.defaultSpread())),
                method.normalises(),
                method.rescale(),
                1,
                ratio(1)));
  }

  @ParameterizedTest
  @EnumSource
  void everyMethodIsWrittenAsAComposition(TaskVectorMethod method) {
    Recipe recipe = recipe("{" + method.id() + ": {base: c, models: [a, b]}}");
    String text = RecipeWriter.write(recipe);
    assertThat(text).contains("{\"add_delta\": {\"base\": \"c\", \"delta\": {\"combined\": ");
    assertThat(RecipeReader.read(text, "again", Path.of(""))).isEqualTo(recipe);
  }

  @Test
  void linearDividesByItsWeights() {
    assertThat(read("{linear: {models: [{of: a, weight: 3}, {of: b, weight: 1}]}}"))
        .isEqualTo(new Weights.Sum(List.of(new Weights.Term(A, 3), new Weights.Term(B, 1)), true));
  }

  @Test
  void aMethodHasOnlyTheKeysThatItUses() {
    assertThatThrownBy(() -> read("{ties: {base: c, models: [{of: a, gamma: 0.1}], seed: 3}}"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "r.yaml:3:50: a model of ties has no key 'gamma'; its keys are of, weight, density\n"
                + "r.yaml:3:64: ties has no key 'seed'; its keys are base, models, lambda,"
                + " normalize, weight, rescale, density");
  }

  @Test
  void aMethodNeedsModels() {
    assertThatThrownBy(() -> read("{dare_ties: {base: c, models: []}}"))
        .isInstanceOf(MokumeException.class)
        .hasMessage("r.yaml:3:46: dare_ties: models must be a list of models but is empty");
  }

  @Test
  void whatIsKeptIsOneOfSix() {
    assertThatThrownBy(() ->
            read(
                "{add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}},"
                    + " keep: {magnitud: {density: 1}}}}}}"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "r.yaml:3:101: there is no method 'magnitud' for what is kept; did you mean"
                + " 'magnitude'? The methods are magnitude, above, of_model, outliers,"
                + " random, ranked");
  }
}
