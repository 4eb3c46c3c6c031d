package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.error.MokumeException;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Methods with parameters in recipes.
class AppliedReaderTest {
  private static final Weights A = new Weights.Source("a");
  private static final Weights B = new Weights.Source("b");
  private static final Weights C = new Weights.Source("c");

  private static Recipe recipe(String expression) {
    return RecipeReader.read(
        "{mokume: 1, models: {a: a, b: b, c: c}, output: {unet: " + expression + "}}",
        "r.yaml",
        Path.of(""));
  }

  private static Weights unet(String expression) {
    Recipe recipe = recipe(expression);
    assertThat(RecipeReader.read(RecipeWriter.write(recipe), "canonical", Path.of("")))
        .isEqualTo(recipe);
    return ((Result.Checkpoint) recipe.result()).components().get(Component.UNET);
  }

  private static MergeMethod method(String name) {
    return MergeMethods.installed().get(name);
  }

  @Test
  void parametersHaveDefaults() {
    assertThat(unet("{crossover: {a: a, b: b}}"))
        .isEqualTo(Weights.Applied.of(method("crossover"), List.of(A, B)));
  }

  @Test
  void aNumberMayBeARatio() {
    assertThat(unet("{crossover: {a: a, b: b, alpha: {mbw: OUT=1}, tilt: 0.5}}"))
        .isEqualTo(
            Weights.Applied.of(method("crossover"), List.of(A, B))
                .with("alpha", new Argument.Real(new Ratio.ByBlock("OUT=1", 0)))
                .with("tilt", Argument.of(0.5)));
  }

  @Test
  void aMethodOnTaskVectorsHasABaseAndAScale() {
    assertThat(
            unet(
                "{ties_sum: {models: [a, b], base: c, scale: 0.5, election: count, seed: 7,"
                    + " rescale: false}}"))
        .isEqualTo(
            new Weights.Applied(
                    method("ties_sum"),
                    List.of(A, B),
                    Optional.of(C),
                    new Ratio.Constant(0.5),
                    new LinkedHashMap<>())
                .with("election", new Argument.Choice("count"))
                .with("seed", new Argument.Whole(7))
                .with("rescale", new Argument.Flag(false)));
  }

  @Test
  void everyMistakeIsTold() {
    assertThatThrownBy(
            () -> recipe("{ties_sum: {models: [], base: c, density: 2, election: loud, seed: x}}"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            """
            r.yaml:1:76: models of ties_sum must be a list of 1 or more, but is a list of 0
            r.yaml:1:98: density must be a number in [0.0, 1.0] but is 2
            r.yaml:1:111: election has no value 'loud'; it is one of mass, count
            r.yaml:1:123: seed must be a whole number of at most 64 bits but is 'x'\
            """);
  }

  @Test
  void aPluginThatIsNotThereIsToldOf() {
    assertThatThrownBy(() -> recipe("{plugin: {name: mirror, a: a}}"))
        .hasMessage(
            "r.yaml:1:72: there is no plugin method 'mirror', and no plugin; name the jar with"
                + " --plugins");
  }
}
