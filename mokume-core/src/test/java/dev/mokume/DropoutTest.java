package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.RecipeReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Dropout of models that are 1, 10 and 100 everywhere, of a base of zeros: the mean of what is
/// kept of an element tells which models kept it.
///
/// The sets were drawn by numpy 2.4.6 as sd-mecha draws them: with `rng =
/// numpy.random.default_rng(seed)`, for each model `rng.binomial(n=1, p=1-drop_rate, size=16)`; or,
/// where the overlap is not 1, for all models together `rng.choice(range(2**models), size=16,
/// p=p)`, `p` the probabilities of the sets. (sd-mecha b8d4d88 itself stops there, since it hands
/// arrays of numpy's to torch.)
class DropoutTest {
  private static final int COUNT = 16;

  /// By the sum of 1, 2 and 4 for the first, second and third model: the mean of those kept.
  private static final float[] MEANS = {0, 1, 10, 5.5f, 100, 50.5f, 55, 37};

  @TempDir Path folder;

  @BeforeEach
  void models() {
    float[] values = {0, 1, 10, 100};
    for (int i = 0; i < values.length; i++) {
      float[] all = new float[COUNT];
      Arrays.fill(all, values[i]);
      new SmallCheckpoint().with("w", all).write(folder.resolve("zabc".charAt(i) + ".safetensors"));
    }
  }

  private float[] merge(int models, String parameters, String compat) {
    String text =
        """
        mokume: 1
        models: {z: z.safetensors, a: a.safetensors, b: b.safetensors, c: c.safetensors}
        compat: %s
        output: {all: {dropout: {models: [%s], base: z, %s}}}
        """
            .formatted(compat, String.join(", ", "abc".substring(0, models).split("")), parameters);
    Path out = folder.resolve("out.safetensors");
    Mokume.merge(
        RecipeReader.read(text, "r.yaml", folder),
        out,
        MergeOptions.defaults().withOverwrite(true).withDurable(false));
    return SmallCheckpoint.read(out).values("w");
  }

  private static float[] means(int... sets) {
    float[] means = new float[sets.length];
    IntStream.range(0, sets.length).forEach(i -> means[i] = MEANS[sets[i]]);
    return means;
  }

  @ParameterizedTest
  @CsvSource({
    "7, 0.3, 1001101001111111, 0010111111101111",
    "42, 0.9, 0000010000010000, 0000001000000001",
  })
  void modelsByThemselvesAreDrawnAsNumpyDraws(
      long seed, double dropRate, String first, String later) {
    int[] sets =
        IntStream.range(0, COUNT)
            .map(i -> first.charAt(i) - '0' + 2 * (later.charAt(i) - '0'))
            .toArray();
    String parameters = "drop_rate: %s, rescale: 0, seed: %s".formatted(dropRate, seed);
    assertThat(merge(2, parameters, "mecha")).containsExactly(means(sets));
  }

  @ParameterizedTest
  @CsvSource({
    "7, 2, 0.5, 0, 0, 1220020220000011",
    "7, 3, 0.2, 0.25, 0.5, 3541150442111222",
    "42, 2, 0.3, 0.75, 1, 3132033301132310",
    "3, 3, 0.4, 0.5, 0.25, 0052011040021347",
  })
  void modelsTogetherAreDrawnAsNumpyDraws(
      long seed, int models, double dropRate, double overlap, double emphasis, String expected) {
    int[] sets = expected.chars().map(digit -> digit - '0').toArray();
    String parameters =
        "drop_rate: %s, rescale: 0, overlap: %s, overlap_emphasis: %s, seed: %s"
            .formatted(dropRate, overlap, emphasis, seed);
    assertThat(merge(models, parameters, "mecha")).containsExactly(means(sets));
  }

  @Test
  void theMeanIsDividedByAPowerOfTheShareNotDropped() {
    float[] plain = merge(1, "drop_rate: 0.75, rescale: 0, seed: 3", "none");
    float[] once = merge(1, "drop_rate: 0.75, seed: 3", "none");
    float[] half = merge(1, "drop_rate: 0.75, rescale: 0.5, seed: 3", "none");
    assertThat(plain).contains(0, 1).doesNotContain(4);
    for (int i = 0; i < COUNT; i++) {
      assertThat(once[i]).isEqualTo(4 * plain[i]);
      assertThat(half[i]).isEqualTo(2 * plain[i]);
    }
  }

  @Test
  void nothingOrEverythingIsDropped() {
    assertThat(merge(2, "drop_rate: 1", "none")).containsOnly(0);
    assertThat(merge(2, "drop_rate: 0", "none")).containsOnly(5.5f);
    assertThat(merge(2, "drop_rate: 1, overlap: 0.5", "mecha")).containsOnly(0);
    assertThat(merge(2, "drop_rate: 0", "mecha")).containsOnly(5.5f);
  }

  @Test
  void withoutOverlapNoElementIsOfTwoModels() {
    assertThat(merge(3, "drop_rate: 0.1, rescale: 0, overlap: 0", "none"))
        .containsOnly(0, 1, 10, 100);
  }

  @Test
  void atNearlyFullOverlapAllKeepTheSame() {
    assertThat(merge(3, "drop_rate: 0.5, rescale: 0, overlap: 0.999999", "none"))
        .containsOnly(0, 37);
  }

  @Test
  void mokumesOwnNumbersAreOthers() {
    String parameters = "drop_rate: 0.5, rescale: 0, seed: 7";
    assertThat(merge(2, parameters, "none")).isNotEqualTo(merge(2, parameters, "mecha"));
  }

  @Test
  void numpyHasNoSeedBelowZero() {
    assertThatThrownBy(() -> merge(2, "seed: -1", "mecha"))
        .hasMessage(
            "numpy's generator, from which the profile mecha draws, has no seed below 0, but the"
                + " seed is -1.");
    assertThat(merge(1, "drop_rate: 0, seed: -1", "none")[0]).isCloseTo(1, offset(0f));
  }
}
