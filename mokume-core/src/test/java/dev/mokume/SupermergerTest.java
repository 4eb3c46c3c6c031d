package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.recipe.RecipeReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// supermerger's merge modes, by the names that they have in recipes, worked by hand on vectors of
/// two: A is (2, 8), B is (6, 4), C is (4, 5).
class SupermergerTest {
  private static final List<String> ATTENTION =
      List.of("attn.to_q.weight", "attn.to_out.0.weight", "proj_out.weight", "norm1.weight");

  @TempDir Path folder;

  @BeforeEach
  void models() {
    model("a", 2, 8);
    model("b", 6, 4);
    model("c", 4, 5);
  }

  private void model(String name, float... values) {
    SmallCheckpoint model = new SmallCheckpoint().with("w", values);
    ATTENTION.forEach(tensor -> model.with(tensor, values));
    model.write(folder.resolve(name + ".safetensors"));
  }

  private SmallCheckpoint merge(String expression) {
    String text =
        "{mokume: 1, models: {a: a.safetensors, b: b.safetensors, c: c.safetensors}, output: {all: "
            + expression
            + "}}";
    Path out = folder.resolve("out.safetensors");
    Mokume.merge(
        RecipeReader.read(text, "r.yaml", folder),
        out,
        MergeOptions.defaults().withOverwrite(true).withDurable(false));
    return SmallCheckpoint.read(out);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        // 0.75 A + 0.25 B
        "Weight sum      | {weighted_sum: {a: a, b: b, alpha: 0.25}}               | 3        7",
        // A + 0.5 (B - C)
        "Add difference  | {add_difference: {a: a, b: b, base: c, alpha: 0.5}}     | 3        7.5",
        // (1 - 0.25 - 0.5) A + 0.25 B + 0.5 C
        "Triple sum      | {triple_sum: {a: a, b: b, c: c, alpha: 0.25, beta: 0.5}} | 4       5.5",
        // 0.5 (0.75 A + 0.25 B) + 0.5 C
        "sum Twice       | {sum_twice: {a: a, b: b, c: c, alpha: 0.25, beta: 0.5}} | 3.5      6",
        // A + 1.8 d |B - A| / (|B - A| + |B - C|): d is 2 and -1, the quotients 4/6 and 4/5.
        "trainDifference | {train_difference: {a: a, b: b, c: c, alpha: 1}}        | 4.4      6.56",
        // 2 of 2 rows are B's, or the first or the later one.
        "tensor          | {tensor: {a: a, b: b, alpha: 0.5, beta: 0}}             | 6        8",
        "tensor, beta    | {tensor: {a: a, b: b, alpha: 0.5, beta: 0.5}}           | 2        4",
        "tensor2         | {tensor2: {a: a, b: b, alpha: 1, beta: 0}}              | 6        4",
        "self            | {self: {a: a, alpha: 0.5}}                              | 1        4",
        // A + d (B - A), d = (1 + cos) / 2 with the cosine 20 / sqrt(32 * 13) of B - A and C - A.
        "extract         | {extract: {a: b, b: c, base: a, alpha: 0, beta: 0}}     | 5.961161"
            + " 4.038839",
      })
  void aMode(String mode, String expression, String expected) {
    String[] words = expected.strip().split(" +");
    assertThat(merge(expression).values("w"))
        .as(mode)
        .containsExactly(
            new float[] {Float.parseFloat(words[0]), Float.parseFloat(words[1])}, offset(1e-5f));
  }

  @Test
  void selfLeavesOutputsAndNorms() {
    SmallCheckpoint made = merge("{self: {a: a, alpha: 0.5}}");
    assertThat(made.values("attn.to_q.weight")).containsExactly(1, 4);
    for (String tensor : ATTENTION.subList(1, ATTENTION.size())) {
      assertThat(made.values(tensor)).as(tensor).containsExactly(2, 8);
    }
  }

  @Test
  void smoothAddAddsAnEvenDifferenceAsItIs() {
    model("b", 5, 6);
    assertThat(merge("{smooth_add: {a: a, b: b, c: c, alpha: 0.5}}").values("w"))
        .containsExactly(new float[] {2.5f, 8.5f}, offset(1e-6f));
  }

  @Test
  void plusRandomAddsNormalNumbersTimesAlpha() {
    int count = 10_000;
    float[] zeros = new float[count];
    model("a", zeros);
    float[] once = merge("{plus_random: {a: a, alpha: 0.5, seed: 3}}").values("w");
    float[] twice = merge("{plus_random: {a: a, alpha: 1, seed: 3}}").values("w");
    double[] numbers = new double[count];
    Arrays.setAll(numbers, i -> once[i]);
    double mean = Arrays.stream(numbers).average().orElseThrow();
    double square = Arrays.stream(numbers).map(x -> x * x).average().orElseThrow();
    assertThat(mean).isCloseTo(0, offset(0.02));
    assertThat(Math.sqrt(square)).isCloseTo(0.5, offset(0.02));
    assertThat(twice).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(twice[i]).isEqualTo(2 * once[i]);
    }
    assertThat(Map.of(1, once)).isNotEqualTo(Map.of(1, zeros));
  }
}
