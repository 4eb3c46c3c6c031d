package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.plugin.MergeMethods;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class RecipeNumbersTest {
  private static final String TEXT =
      """
      mokume: 1
      models: {a: folder/a.safetensors, b: b.safetensors}
      masks:
        m: {magnitude: {a: a, b: b, threshold: 0.7}}
      output:
        unet: {dare: {a: a, b: b, alpha: 0.5, seed: 3, mask: m}}
        vae: {weighted_sum: {a: a, b: b, alpha: 0.25}}
        clip: {linear: {models: [{of: a, weight: 1}, {of: b, weight: 2}]}}
      """;

  private final Recipe recipe = read(TEXT);
  private final RecipeNumbers numbers = RecipeNumbers.of(recipe);

  private static Recipe read(String text) {
    return RecipeReader.read(text, "the test", Path.of(""));
  }

  private Recipe with(Object... namesAndValues) {
    SequencedMap<String, BigDecimal> values = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      values.put((String) namesAndValues[i], new BigDecimal((String) namesAndValues[i + 1]));
    }
    return numbers.with(values, MergeMethods.installed());
  }

  @Test
  void aBareNameIsOfEveryNumberThatIsCalledSo() {
    assertThat(with("alpha", "0.1"))
        .isEqualTo(read(TEXT.replace("alpha: 0.5", "alpha: 0.1").replace("0.25", "0.1")));
  }

  @Test
  void aPlaceIsOfOne() {
    assertThat(with("dare.alpha", "1")).isEqualTo(read(TEXT.replace("alpha: 0.5", "alpha: 1")));
    assertThat(with("output.vae.weighted_sum.alpha", "1"))
        .isEqualTo(read(TEXT.replace("alpha: 0.25", "alpha: 1")));
    assertThat(with("magnitude.threshold", "0.9", "seed", "12"))
        .isEqualTo(read(TEXT.replace("0.7", "0.9").replace("seed: 3", "seed: 12")));
  }

  @Test
  void whatIsNotWrittenHasItsDefaultAndCanBeVaried() {
    assertThat(with("drop-rate", "0.75"))
        .isEqualTo(read(TEXT.replace("seed: 3", "seed: 3, drop_rate: 0.75")));
  }

  @Test
  void anItemOfAListIsCountedFromZero() {
    assertThat(with("models.1.weight", "3"))
        .isEqualTo(read(TEXT.replace("weight: 2", "weight: 3")));
  }

  @Test
  void theModelsStayWhereTheyAre() {
    assertThat(with("seed", "4").models()).isEqualTo(recipe.models());
  }

  @Test
  void anUnknownNameOffersTheNearest() {
    assertThatThrownBy(() -> with("sed", "4"))
        .hasMessage(
            "the recipe has no number 'sed'; did you mean 'seed'? It has 'threshold', 'chunk',"
                + " 'alpha', 'drop_rate', 'seed', 'iterations', 'weight'.");
  }

  @Test
  void aNumberBehindATensorsNameHasItInItsPlace() {
    String text =
        """
        mokume: 1
        models: {a: a.safetensors, b: b.safetensors}
        output:
          unet: {weighted_sum: {a: a, b: b, alpha: {names: {input-blocks.1.weight: 0.5}}}}
        """;
    RecipeNumbers named = RecipeNumbers.of(read(text));
    SequencedMap<String, BigDecimal> values = new LinkedHashMap<>();
    values.put("names.input-blocks.1.weight", new BigDecimal("0.75"));

    assertThat(named.with(values, MergeMethods.installed()))
        .isEqualTo(read(text.replace("0.5", "0.75")));
  }

  @Test
  void aPlaceThatFitsSeveralIsRefused() {
    assertThatThrownBy(() -> with("weighted_sum.alhpa", "4"))
        .hasMessageStartingWith("the recipe has no number 'weighted_sum.alhpa'");
    RecipeNumbers two =
        RecipeNumbers.of(
            read(
                """
                mokume: 1
                models: {a: a.safetensors, b: b.safetensors}
                output:
                  unet: {weighted_sum: {a: a, b: b, alpha: 0.5}}
                  vae: {weighted_sum: {a: a, b: b, alpha: 0.25}}
                """));
    assertThat(two.problems(List.of("weighted_sum.alpha")))
        .extracting(problem -> problem.message())
        .containsExactly(
            "the recipe has several numbers 'weighted_sum.alpha':"
                + " 'output.unet.weighted_sum.alpha', 'output.vae.weighted_sum.alpha'. Write more"
                + " of the one's place.");
    assertThat(two.problems(List.of("alpha"))).isEmpty();
  }

  @Test
  void aNumberIsVariedOnceUnderWhateverName() {
    assertThat(numbers.problems(List.of("dare.seed", "alpha", "output.unet.dare.seed")))
        .extracting(problem -> problem.message())
        .containsExactly(
            "the number 'output.unet.dare.seed' is varied twice; name its values once.");
  }

  @Test
  void aValueThatTheRecipeDoesNotAllowIsToldWithWhatSetIt() {
    assertThatThrownBy(() -> with("seed", "0.5", "dare.drop-rate", "-1"))
        .hasMessage(
            "dare.drop-rate=-1: drop_rate must be a number from 0 to 1 but is -1\n"
                + "seed=0.5: seed must be a whole number of at most 64 bits but is 0.5");
  }
}
