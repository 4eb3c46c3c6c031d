package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// Every number of every method and mask may be a ratio: what comes out of one number in one layer
/// and another in the next is what each makes of its layer.
class CurvesTest {
  private static final String FIRST = "model.layers.0.to_v.weight";
  private static final String LATER = "model.layers.1.to_v.weight";
  private static final Shape SHAPE = Shape.of(6, 8);

  /// A method, its number, an expression with `$` for it, and two values.
  private static final String ROWS =
      """
      weighted_sum alpha | {weighted_sum: {a: a, b: b, alpha: $}} | 0.25 | 0.75
      sum weight | {sum: [{of: a, weight: $}, {of: b, weight: 1}]} | 0.25 | 0.75
      linear weight | {linear: {models: [{of: a, weight: $}, {of: b, weight: 1}]}} | 0.25 | 0.75
      interpolate alpha | {interpolate: {method: slerp, a: a, b: b, alpha: $}} | 0.25 | 0.75
      add_difference alpha | {add_difference: {a: a, b: b, base: c, alpha: $}} | 0.25 | 0.75
      fisher weight | {fisher: {models: [{of: a, information: i, weight: $}, {of: b, information: c}]}} | 0.25 | 0.75
      fisher minimum | {fisher: {models: [{of: a, information: i}, {of: b, information: c}], minimum: $}} | 0.25 | 0.75
      regmean weight | {regmean: {models: [{of: a, statistics: g, weight: $}, {of: b, statistics: g}]}} | 0.25 | 0.75
      regmean off_diagonal | {regmean: {models: [{of: a, statistics: g}, {of: b, statistics: h}], off_diagonal: $}} | 0.25 | 0.75
      add_delta scale | {add_delta: {base: c, delta: {difference: {of: a, base: c}}, scale: $}} | 0.25 | 0.75
      combined weight | {add_delta: {base: c, delta: {combined: {terms: [{delta: {difference: {of: a, base: c}}, weight: $}]}}}} | 0.25 | 0.75
      sparse density | {sparse: {model: a, keep: {magnitude: {density: $}}}} | 0.25 | 0.75
      dare alpha | {dare: {a: a, b: b, alpha: $}} | 0.25 | 0.75
      dare drop_rate | {dare: {a: a, b: b, alpha: 1, drop_rate: $, rescale: true}} | 0.25 | 0.75
      dare iterations | {dare: {a: a, b: b, alpha: 1, iterations: $}} | 1 | 3
      clip_simple alpha | {clip_simple: {a: a, b: b, alpha: $}} | 0.25 | 0.75
      clip_simple ratio | {clip_simple: {a: a, b: b, ratio: $}} | 0.25 | 0.75
      clip_dare alpha | {clip_dare: {a: a, b: b, alpha: $}} | 0.25 | 0.75
      clip_dare drop_rate | {clip_dare: {a: a, b: b, alpha: 1, drop_rate: $}} | 0.25 | 0.75
      clip_dare iterations | {clip_dare: {a: a, b: b, alpha: 1, iterations: $}} | 1 | 3
      cosine_a alpha | {cosine_a: {a: a, b: b, alpha: $}} | 0.125 | 0.25
      cosine_b alpha | {cosine_b: {a: a, b: b, alpha: $}} | 0.125 | 0.25
      federated examples | {federated: {clients: [{of: a, examples: $}, {of: b}]}} | 0.25 | 0.75
      federated scale | {federated: {clients: [{of: a, scale: $}, {of: b}], base: c}} | 0.25 | 0.75
      federated trimmed_mean | {federated: {clients: [{of: a}, {of: b}, {of: c}], method: {trimmed_mean: $}}} | 0.1 | 0.4
      noise alpha | {noise: {model: a, alpha: $}} | 0.25 | 0.75
      noise mean | {noise: {model: a, alpha: 1, mean: $}} | 0.25 | 1000000
      noise deviation | {noise: {model: a, alpha: 1, deviation: $}} | 0.25 | 0.75
      nuslerp alpha | {nuslerp: {a: a, b: b, alpha: $}} | 0.25 | 0.75
      nuslerp parallel | {nuslerp: {a: a, b: b, alpha: 0.5, parallel: $}} | 0 | 0.9999
      multislerp weight | {multislerp: {models: [{of: a, weight: $}, {of: b}]}} | 0.25 | 0.75
      karcher iterations | {karcher: {models: [a, b, c], iterations: $, tolerance: 1.0e-12}} | 1 | 9
      karcher tolerance | {karcher: {models: [a, b, c], tolerance: $}} | 0.5 | 1.0e-9
      nearswap reach | {nearswap: {base: c, model: a, reach: $}} | 0.25 | 0.75
      ram epsilon | {ram: {base: c, models: [a, b], epsilon: $}} | 0.25 | 0.75
      ramplus_tl epsilon | {ramplus_tl: {base: c, models: [a, b], epsilon: $}} | 0.25 | 0.75
      ramplus_tl gain | {ramplus_tl: {base: c, models: [a, b], epsilon: 0.25, gain: $}} | 0.25 | 0.75
      ramplus_tl most | {ramplus_tl: {base: c, models: [a, b], epsilon: 0.25, most: $}} | 0.25 | 0.75
      sce density | {sce: {base: c, models: [a, b], density: $}} | 0.25 | 0.75
      magnitude density | {add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}}, keep: {magnitude: {density: $}}}}}} | 0.25 | 0.75
      above drop_rate | {add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}}, keep: {above: {drop_rate: $}}}}}} | 0.25 | 0.75
      outliers density | {add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}}, keep: {outliers: {density: $, gamma: 0.1}}}}}} | 0.25 | 0.75
      outliers gamma | {add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}}, keep: {outliers: {density: 0.5, gamma: $}}}}}} | 0.1 | 0.4
      random density | {add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}}, keep: {random: {density: $}}}}}} | 0.25 | 0.75
      ranked density | {add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}}, keep: {ranked: {density: $}}}}}} | 0.25 | 0.75
      ranked epsilon | {add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}}, keep: {ranked: {density: 0.5, epsilon: $}}}}}} | 0.1 | 0.4
      magnitude threshold | {weighted_sum: {a: a, b: b, alpha: 1, mask: {magnitude: {a: a, b: b, threshold: $}}}} | 0.25 | 0.75
      random clear_share | {weighted_sum: {a: a, b: b, alpha: 1, mask: {random: {model: a, clear_share: $}}}} | 0.25 | 0.75
      gaussian mean | {weighted_sum: {a: a, b: b, alpha: 1, mask: {gaussian: {model: a, mean: $, deviation: 1}}}} | 0 | 1000000000
      gaussian deviation | {weighted_sum: {a: a, b: b, alpha: 1, mask: {gaussian: {model: a, mean: 0, deviation: $}}}} | 0 | 1
      edit clear_share | {weighted_sum: {a: a, b: b, alpha: 1, mask: {edit: {mask: {constant: {model: a, value: true}}, layers: "*", fill: {random: {clear_share: $}}}}}} | 0.25 | 0.75
      edit mean | {weighted_sum: {a: a, b: b, alpha: 1, mask: {edit: {mask: {constant: {model: a, value: true}}, layers: "*", fill: {gaussian: {mean: $, deviation: 1}}}}}} | 0 | 1000000000
      edit deviation | {weighted_sum: {a: a, b: b, alpha: 1, mask: {edit: {mask: {constant: {model: a, value: true}}, layers: "*", fill: {gaussian: {mean: 0, deviation: $}}}}}} | 0 | 1
      """;

  /// Whole numbers that say which one and not how much, numbers of more than one tensor, and the
  /// strength of a LoRA, which needs a model that it fits.
  private static final Set<String> NOT_HERE =
      Set.of(
          "lora strength",
          "magnitude chunk",
          "quarter quarter",
          "quarter before",
          "of_model drop_rate");

  @TempDir Path folder;

  record Row(String name, String expression, String first, String later) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (String line : ROWS.lines().toList()) {
      String[] parts = line.split(" \\| ");
      rows.add(new Row(parts[0], parts[1], parts[2], parts[3]));
    }
    for (String method :
        List.of(
            "task_arithmetic",
            "ties",
            "dare_ties",
            "dare_linear",
            "breadcrumbs",
            "breadcrumbs_ties",
            "della",
            "della_linear")) {
      taskVectors(method).forEach(rows::add);
    }
    MergeMethods.installed().own().forEach(method -> rows.addAll(own(method)));
    return rows;
  }

  private static Stream<Row> taskVectors(String method) {
    List<String> numbers = new ArrayList<>(List.of("lambda", "weight"));
    if (!method.equals("task_arithmetic")) {
      numbers.add("density");
    }
    if (method.startsWith("breadcrumbs")) {
      numbers.add("gamma");
    }
    if (method.startsWith("della")) {
      numbers.add("epsilon");
    }
    return numbers.stream()
        .map(number -> {
          String model = number.equals("lambda") ? "{of: a}" : "{of: a, %s: $}".formatted(number);
          boolean half = numbers.contains("density") && !number.equals("density");
          return new Row(
              method + " " + number,
              "{%s: {base: c, models: [%s, b], normalize: false%s%s}}"
                  .formatted(
                      method,
                      model,
                      half ? ", density: 0.5" : "",
                      number.equals("lambda") ? ", lambda: $" : ""),
              number.equals("epsilon") || number.equals("gamma") ? "0.1" : "0.25",
              number.equals("epsilon") || number.equals("gamma") ? "0.4" : "0.75");
        });
  }

  /// Of a method that says itself what it takes.
  private static List<Row> own(MergeMethod method) {
    MethodInfo info = method.info();
    List<Row> rows = new ArrayList<>();
    if (info.models().onDeltas()) {
      rows.add(row(info, "scale", "0.25", "0.75"));
    }
    for (Parameter parameter : info.parameters()) {
      switch (parameter) {
        case Parameter.Real _ -> rows.add(real(info, parameter.name()));
        case Parameter.Whole whole when !whole.name().equals(Parameter.SEED) ->
            rows.add(row(info, whole.name(), "1", "3"));
        case Parameter.Whole _, Parameter.Flag _, Parameter.Choice _ -> {
          // No numbers that a ratio could give.
        }
      }
    }
    return rows;
  }

  private static Row real(MethodInfo info, String parameter) {
    return switch (info.name() + " " + parameter) {
      case "add_cosine_a alpha", "add_cosine_b alpha" -> row(info, parameter, "-0.25", "-0.5");
      case "geometric_median tolerance" -> row(info, parameter, "0", "1");
      default -> row(info, parameter, "0.25", "0.75");
    };
  }

  private static Row row(MethodInfo info, String parameter, String first, String later) {
    List<String> keys = new ArrayList<>();
    List<String> names = info.models().names();
    for (int i = 0; i < names.size(); i++) {
      keys.add(names.get(i) + ": " + "abc".charAt(i));
    }
    if (names.isEmpty()) {
      keys.add(
          switch (parameter) {
            case "stiffness" -> "models: [a, b, c, i]";
            // The median of these is the first, to which the way is shorter than any limit.
            case "eps" -> "models: [a, a, b]";
            default -> "models: [a, b, i]";
          });
    }
    if (info.models().onDeltas()) {
      keys.add("base: c");
    }
    keys.addAll(
        switch (info.name() + " " + parameter) {
          // Where the defaults hide what the parameter does.
          case "dropout overlap_emphasis" -> List.of("overlap: 0.5", "drop_rate: 0.6");
          case "crossover tilt" -> List.of("alpha: 0.4");
          case "ties_sum della" -> List.of("density: 1", "drop_rate: 0.5");
          case "ties_sum drop_rate" -> List.of("density: 1");
          case "truncate_rank iterations" -> List.of("basis: random", "rank: 2");
          case "top_k_tensor_sum offset", "tensor_sum offset" -> List.of("width: 0.5");
          case "extract gamma" -> List.of("beta: 0.25");
          case "rotate centralization" -> List.of("alignment: 0.5");
          case "geometric_median iterations" -> List.of("tolerance: 0");
          default -> List.of();
        });
    keys.add(parameter + ": $");
    return new Row(
        info.name() + " " + parameter,
        "{%s: {%s}}".formatted(info.name(), String.join(", ", keys)),
        first,
        later);
  }

  @BeforeEach
  void models() {
    SplittableRandom random = new SplittableRandom(7);
    for (String model : List.of("a", "b", "c", "i")) {
      SmallCheckpoint checkpoint = new SmallCheckpoint();
      for (String name : List.of(FIRST, LATER)) {
        float[] values = new float[(int) SHAPE.elementCount()];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) random.nextDouble(model.equals("i") ? 0 : -2, 2);
        }
        checkpoint.with(name, SHAPE, values);
      }
      checkpoint.write(folder.resolve(model + ".safetensors"));
    }
    gram("g", 0.5f);
    gram("h", 0.125f);
  }

  /// Statistics of a linear layer of 8 inputs: 1 on the diagonal, `beside` elsewhere.
  private void gram(String name, float beside) {
    float[] values = new float[64];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 9 == 0 ? 1 : beside;
    }
    SmallCheckpoint statistics = new SmallCheckpoint();
    List.of(FIRST, LATER).forEach(layer -> statistics.with(layer, Shape.of(8, 8), values));
    statistics.write(folder.resolve(name + ".safetensors"));
  }

  private SmallCheckpoint merge(String expression) {
    Path out = folder.resolve("out.safetensors");
    String text =
        """
        mokume: 1
        models: {a: a.safetensors, b: b.safetensors, c: c.safetensors, i: i.safetensors, g: g.safetensors, h: h.safetensors}
        output: {all: %s}
        """
            .formatted(expression);
    Mokume.merge(
        RecipeReader.read(text, "r.yaml", folder),
        out,
        MergeOptions.defaults().withOverwrite(true).withDurable(false).withMemory(16 << 20));
    return SmallCheckpoint.read(out);
  }

  @ParameterizedTest
  @MethodSource("rows")
  void aCurveIsEachNumberInItsLayer(Row row) {
    SmallCheckpoint first = merge(row.expression().replace("$", row.first()));
    SmallCheckpoint later = merge(row.expression().replace("$", row.later()));
    SmallCheckpoint curve =
        merge(
            row.expression().replace("$", "{depth: [%s, %s]}".formatted(row.first(), row.later())));
    assertThat(curve.bytes(FIRST)).isEqualTo(first.bytes(FIRST)).isNotEqualTo(later.bytes(FIRST));
    assertThat(curve.bytes(LATER)).isEqualTo(later.bytes(LATER)).isNotEqualTo(first.bytes(LATER));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{mbw: \"model.layers.0=0.25,model.layers.1=0.75\"}",
        "{depth: [0.25, 0.75]}",
        "{patterns: {\"model.layers.0\": 0.25, \"*\": 0.75}}",
        "{components: {all: {depth: [0.25, 0.75]}}}",
        "{multiply: [{depth: [0.5, 1]}, {patterns: {\"model.layers.0\": 0.5, \"*\": 0.75}}]}",
      })
  void anyFormOfRatioWillDo(String ratio) {
    String expression =
        "{weighted_sum: {a: a, b: b, alpha: 1, mask: {magnitude: {a: a, b: b,"
            + " threshold: $}}}}";
    SmallCheckpoint made = merge(expression.replace("$", ratio));
    assertThat(made.bytes(FIRST)).isEqualTo(merge(expression.replace("$", "0.25")).bytes(FIRST));
    assertThat(made.bytes(LATER)).isEqualTo(merge(expression.replace("$", "0.75")).bytes(LATER));
  }

  @Test
  void noNumberOfTheSchemaIsForgotten() {
    Map<?, ?> schema = map(parse(RecipeReader.schema()));
    Set<String> numbers = new TreeSet<>();
    for (String family : List.of("weights", "delta", "keep", "mask")) {
      Collection<?> forms = (Collection<?>) map(map(schema.get("$defs")).get(family)).get("anyOf");
      for (Object form : forms) {
        if (map(form).get("properties") instanceof Map<?, ?> methods) {
          methods.forEach((method, value) -> collect((String) method, value, numbers));
        }
      }
    }
    Set<String> tested = new TreeSet<>(NOT_HERE);
    rows().forEach(row -> tested.add(row.name()));
    numbers.removeAll(tested);
    assertThat(numbers).isEmpty();
  }

  /// The keys below a method whose values are numbers, seeds left out.
  private static void collect(String method, Object schema, Set<String> numbers) {
    if (map(schema).get("properties") instanceof Map<?, ?> keys) {
      keys.forEach((key, value) -> {
        if (isNumber(map(value)) && !key.equals("seed")) {
          numbers.add(method + " " + key);
        }
        collect(method, value, numbers);
      });
    }
    for (String inner : List.of("items", "anyOf", "oneOf")) {
      Object value = map(schema).get(inner);
      if (value instanceof Map<?, ?>) {
        collect(method, value, numbers);
      } else if (value instanceof List<?> list) {
        list.forEach(item -> collect(method, item, numbers));
      }
    }
  }

  private static boolean isNumber(Map<?, ?> schema) {
    boolean alternative =
        schema.get("anyOf") instanceof List<?> list
            && list.stream().anyMatch(item -> isNumber(map(item)));
    return alternative
        || Set.of("number", "integer").contains(Objects.toString(schema.get("type")))
        || Stream.of("number", "share", "curve", "share_ratio", "size_ratio", "ratio")
            .anyMatch(name -> ("#/$defs/" + name).equals(schema.get("$ref")));
  }

  private static Object parse(String text) {
    return new Load(LoadSettings.builder().setSchema(new CoreSchema()).build())
        .loadFromString(text);
  }

  private static Map<?, ?> map(Object value) {
    return value instanceof Map<?, ?> map ? map : Map.of();
  }

  @Test
  void aNumberThatAMethodCannotHaveIsToldWithItsTensor() {
    assertThatThrownBy(
            () -> merge("{dare: {a: a, b: b, alpha: 1, drop_rate: {depth: [0.5, 1.5]}}}"))
        .hasMessage(
            "drop_rate must be a number from 0 to 1 but is 1.5 for tensor '%s'. Change the"
                    .formatted(LATER)
                + " recipe's ratio there.");
  }

  @Test
  void iterationsMustBeWholeNumbers() {
    assertThatThrownBy(() -> merge("{dare: {a: a, b: b, alpha: 1, iterations: {depth: [1, 2.5]}}}"))
        .hasMessage(
            "iterations must be a whole number from 1 to 100 but is 2.5 for tensor '%s'. Change the"
                    .formatted(LATER)
                + " recipe's ratio there.");
  }

  @Test
  void ranksMustBeWholeNumbers() {
    assertThatThrownBy(() -> merge("{truncate_rank: {a: a, base: c, rank: {depth: [1, 2.5]}}}"))
        .hasMessage(
            "truncate_rank: rank must be a whole number in [0, 1000000], but is 2.5 for '%s'."
                .formatted(LATER));
  }

  @Test
  void aTensorWithoutANumberStaysAsItIs() {
    SmallCheckpoint made =
        merge("{dare: {a: a, b: b, alpha: 1, drop_rate: {patterns: {\"model.layers.0\": 0.5}}}}");
    SmallCheckpoint a = SmallCheckpoint.read(folder.resolve("a.safetensors"));
    assertThat(made.bytes(LATER)).isEqualTo(a.bytes(LATER));
    assertThat(made.bytes(FIRST)).isNotEqualTo(a.bytes(FIRST));
  }

  @Test
  void aMaskWhoseRatioHasNoNumberSaysNothingOfTheTensor() {
    SmallCheckpoint made =
        merge(
            "{weighted_sum: {a: a, b: b, alpha: 1, mask: {magnitude: {a: a, b: b, threshold:"
                + " {patterns: {\"model.layers.0\": 0}}}}}}");
    SmallCheckpoint a = SmallCheckpoint.read(folder.resolve("a.safetensors"));
    SmallCheckpoint b = SmallCheckpoint.read(folder.resolve("b.safetensors"));
    assertThat(made.bytes(FIRST)).isEqualTo(a.bytes(FIRST));
    assertThat(made.bytes(LATER)).isEqualTo(b.bytes(LATER));
  }
}
