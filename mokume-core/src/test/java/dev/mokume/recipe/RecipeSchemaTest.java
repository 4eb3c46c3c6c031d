package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import dev.mokume.internal.yaml.Form;
import dev.mokume.plugin.MergeMethods;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// The published schema says what the reader does.
class RecipeSchemaTest {
  private static final Path PROJECT = Path.of("..");
  private static final JsonSchema SCHEMA = new JsonSchema((Map<?, ?>) tree(published()));

  private static String published() {
    try (InputStream stream = RecipeReader.class.getResourceAsStream("recipe.schema.json")) {
      return new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Object tree(String yaml) {
    LoadSettings settings = LoadSettings.builder().setSchema(new CoreSchema()).build();
    return Objects.requireNonNull(new Load(settings).loadFromString(yaml));
  }

  static List<Path> samples() throws IOException {
    try (Stream<Path> files = Files.list(PROJECT.resolve("samples/recipes"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }

  @Test
  void theDocumentationHasTheSameBytes() throws IOException {
    assertThat(PROJECT.resolve("docs/recipe-schema.json")).hasContent(published());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void everySampleIsReadAndFits(Path sample) throws IOException {
    Recipe recipe = RecipeReader.read(sample);
    assertThat(SCHEMA.problems(tree(Files.readString(sample)))).isEmpty();
    assertThat(RecipeReader.read(RecipeWriter.write(recipe), "canonical", Path.of("")))
        .isEqualTo(recipe);
  }

  @Test
  void thereAreSamples() throws IOException {
    assertThat(samples()).hasSizeGreaterThan(4);
  }

  @Test
  void everyGeneratedRecipeFits() {
    for (long seed = 0; seed < 200; seed++) {
      String text = RecipeWriter.write(new RecipeGenerator(seed).recipe());
      assertThat(SCHEMA.problems(tree(text))).as(text).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{mokume: 2, models: {a: a}, output: {}}",
        "{mokume: 1, models: {}, output: {}}",
        "{mokume: 1, models: {a: a}}",
        "{mokume: 1, models: {a: a}, output: {}, mask: {file: m}}",
        "{mokume: 1, models: {a: a}, mask: {file: m}, ema: drop}",
        "{mokume: 1, models: {a: a}, output: {unett: a}}",
        "{mokume: 1, models: {a: a}, output: {unet: {dare: {a: a, b: a}}}}",
        "{mokume: 1, models: {a: a}, output: {unet: {dare: {a: a, b: a, alpha: 1, drop_rate:"
            + " 1.5}}}}",
        "{mokume: 1, models: {a: a}, output: {unet: {dare: {a: a, b: a, alpha: 1, drop: 1}}}}",
        "{mokume: 1, models: {a: a}, output: {unet: {weighted_sum: {a: a, b: a, alpha: {mean:"
            + " [1]}}}}}",
        "{mokume: 1, models: {a: a}, output: {}, dtype: i8}",
        "{mokume: 1, models: {a: a}, output: {}, dtype: f16_scaled}",
        "{mokume: 1, models: {a: a}, output: {}, rounding: stochastic}",
        "{mokume: 1, models: {a: a}, output: {}, rounding: {stochastic: x}}",
        "{mokume: 1, models: {a: a}, output: {}, scales: none}",
        "{mokume: 1, models: {a: a}, mask: {file: m}, rounding: nearest}",
        "{mokume: 1, models: {a: a}, output: {}, metadata: {mokume.x: y}}",
      })
  void whatTheReaderRefusesDoesNotFit(String text) {
    assertThat(SCHEMA.problems(tree(text))).isNotEmpty();
    assertThatThrownBy(() -> RecipeReader.read(text, "r", Path.of("")))
        .isInstanceOf(MokumeException.class);
  }

  @Test
  void theSchemaHasTheReadersKeys() {
    assertThat(keys(SCHEMA.root())).containsExactlyElementsOf(RecipeBody.FORM.keys());
    assertThat(keys(property(SCHEMA.root(), "output")))
        .containsExactlyElementsOf(ComponentKeys.names());
    checkFamily("weights", methodsForWeights(), formsForWeights());
    checkFamily("delta", DeltaReader.KINDS, DeltaReader.FORMS);
    checkFamily("keep", DeltaReader.KEEPS, DeltaReader.FORMS);
    checkFamily("mask", MaskReader.METHODS, MaskReader.FORMS);
    checkFamily("ratio", RatioReader.METHODS, RatioReader.FORMS);
  }

  private static List<String> methodsForWeights() {
    List<String> methods = new ArrayList<>(WeightsReader.METHODS);
    MergeMethods.installed().own().forEach(method -> methods.add(method.info().name()));
    methods.add(AppliedReader.PLUGIN);
    return methods;
  }

  private static List<Form> formsForWeights() {
    List<Form> forms = new ArrayList<>(WeightsReader.FORMS);
    MergeMethods.installed()
        .own()
        .forEach(method -> forms.add(AppliedReader.form(method.info(), List.of())));
    return forms;
  }

  @Test
  void theSchemaHasTheReadersValues() {
    assertThat(values(definition("interpolation")))
        .isEqualTo(Arrays.stream(Interpolation.values()).map(Interpolation::id).toList());
    assertThat(values(property(SCHEMA.root(), "compat")))
        .isEqualTo(Arrays.stream(Compat.values()).map(Compat::id).toList());
    assertThat(values(property(SCHEMA.root(), "rng")))
        .isEqualTo(Arrays.stream(Rng.values()).map(Rng::id).toList());
    assertThat(values(property(SCHEMA.root(), "ema")))
        .isEqualTo(Arrays.stream(Result.Ema.values()).map(Reading::id).toList());
    assertThat(values(property(SCHEMA.root(), "scales")))
        .isEqualTo(Arrays.stream(Encoding.Scales.values()).map(Reading::id).toList());
    assertThat(values(definition("dtype"))).isEqualTo(RecipeBody.dtypeNames());
  }

  private static void checkFamily(String family, List<String> methods, List<Form> forms) {
    List<String> found = new ArrayList<>();
    for (Object option : (List<?>) Objects.requireNonNull(definition(family).get("anyOf"))) {
      if (((Map<?, ?>) option).get("properties") instanceof Map<?, ?> properties) {
        String method = (String) properties.keySet().iterator().next();
        found.add(method);
        forms.stream()
            .filter(form -> form.name().equals(method))
            .forEach(form ->
                checkForm(form, (Map<?, ?>) Objects.requireNonNull(properties.get(method))));
      }
    }
    assertThat(found).containsExactlyInAnyOrderElementsOf(methods);
  }

  private static void checkForm(Form form, Map<?, ?> schema) {
    assertThat(keys(schema)).as(form.name()).containsExactlyInAnyOrderElementsOf(form.keys());
    List<?> required = schema.get("required") instanceof List<?> list ? list : List.of();
    assertThat(required.stream().map(String::valueOf).toList())
        .as(form.name())
        .containsExactlyInAnyOrderElementsOf(form.required());
  }

  private static Map<?, ?> definition(String name) {
    return (Map<?, ?>)
        Objects.requireNonNull(
            ((Map<?, ?>) Objects.requireNonNull(SCHEMA.root().get("$defs"))).get(name));
  }

  private static Map<?, ?> property(Map<?, ?> schema, String name) {
    return (Map<?, ?>)
        Objects.requireNonNull(
            ((Map<?, ?>) Objects.requireNonNull(schema.get("properties"))).get(name));
  }

  private static List<String> keys(Map<?, ?> schema) {
    return ((Map<?, ?>) Objects.requireNonNull(schema.get("properties")))
        .keySet().stream().map(String::valueOf).toList();
  }

  private static List<?> values(Map<?, ?> schema) {
    return (List<?>) Objects.requireNonNull(schema.get("enum"));
  }
}
