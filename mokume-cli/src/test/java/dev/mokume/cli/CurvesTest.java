package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Detection;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.Parameter;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/// Numbers of methods that differ from tensor to tensor, from the command line.
class CurvesTest {
  private static final Detection MODEL =
      Architectures.detect(
          List.of(
              new TensorSpec(
                  "model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight",
                  DType.F16,
                  Shape.of(640, 768)),
              new TensorSpec(
                  "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight",
                  DType.F16,
                  Shape.of(49408, 768))),
          Map.of());

  /// What the options make, as a recipe's text without spaces.
  private static String recipe(String method, int models, String... options) {
    List<String> words = new ArrayList<>(List.of("--method", method));
    words.addAll(List.of(options));
    MethodFlags flags =
        CommandLine.populateCommand(new MethodFlags(), words.toArray(String[]::new));
    List<Path> inputs = new ArrayList<>();
    for (int i = 0; i < models; i++) {
      inputs.add(Path.of(ModelNames.letter(i)));
    }
    Recipe recipe =
        Method.isKnown(method)
            ? MethodRecipes.of(flags, inputs, _ -> MODEL)
            : AppliedRecipes.of(flags, MergeMethods.installed().get(method), inputs, _ -> MODEL);
    return RecipeWriter.write(recipe).replace(": ", ":").replace(", ", ",");
  }

  record Number(String method, int models, String option, List<String> others) {
    @Override
    public String toString() {
      return method + " " + option;
    }
  }

  static List<Number> numbers() {
    List<Number> numbers = new ArrayList<>();
    for (Method method : Method.known()) {
      List<String> others = new ArrayList<>();
      method
          .defaults()
          .forEach((option, otherwise) -> {
            if (option == MethodOption.STATISTICS) {
              others.addAll(List.of("--statistics", "g", "--statistics", "h"));
            } else if (otherwise.equals(Method.NEEDED)) {
              others.addAll(List.of(option.text(), "x"));
            }
          });
      for (MethodOption option : method.defaults().keySet()) {
        if (Method.NUMBERS.contains(option)) {
          List<String> own = new ArrayList<>(others);
          if (method.id().equals("weighted-sum") && option == MethodOption.WEIGHTS) {
            own.addAll(List.of("--weights", "1,1"));
          }
          String name = option.text().substring(2);
          numbers.add(new Number(method.id(), method.fewestModels(), name, own));
        }
      }
    }
    MergeMethods.installed()
        .own()
        .forEach(method -> {
          List<String> base =
              method.info().models().onDeltas() ? List.of("--base", "x") : List.of();
          for (Parameter parameter : method.info().parameters()) {
            if (parameter instanceof Parameter.Real
                || parameter instanceof Parameter.Whole(var name, _, _, _, _)
                    && !name.equals(Parameter.SEED)) {
              String id = parameter.name().replace('_', '-');
              String models = method.info().name();
              numbers.add(new Number(models, method.info().models().least(), id, base));
            }
          }
        });
    return numbers;
  }

  private static String with(Number number, String option, String value) {
    List<String> options = new ArrayList<>(number.others());
    options.addAll(List.of(option, number.option() + "=" + value));
    return recipe(number.method(), number.models(), options.toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void everyNumberOfEveryMethodTakesEveryKindOfCurve(Number number) {
    assertThat(with(number, "--gradient", "0,1")).contains("{\"depth\":[0,1]}");
    assertThat(with(number, "--mbw", "IN04=2,OUT=1")).contains("{\"mbw\":\"IN04=2,OUT=1\"");
    assertThat(with(number, "--ratio-for", "{components: {unet: 2, clip: 1}}"))
        .contains("{\"components\":{\"unet\":2,");
    assertThat(with(number, "--elemental", "IN04:attn2:2"))
        .contains("{\"elemental\":\"IN04:attn2:2\"");
  }

  @Test
  void withoutANameItIsOfAlphaOrLambda() {
    assertThat(recipe("slerp", 2, "--gradient", "0,1")).contains("\"alpha\":{\"depth\":[0,1]}");
    assertThat(recipe("ties", 2, "--base", "c", "--gradient", "0,1"))
        .contains("\"scale\":{\"depth\":[0,1]}");
    assertThat(recipe("smooth_add", 3, "--elemental", "IN04:attn:1"))
        .contains("\"alpha\":{\"elemental\":\"IN04:attn:1\",\"otherwise\":1}");
  }

  @Test
  void allOfOneNumberAreMultipliedAndRulesOverrule() {
    assertThat(
            recipe(
                "dare",
                2,
                "--drop-rate",
                "0.5",
                "--mbw",
                "drop-rate=IN04=1",
                "--gradient",
                "drop_rate=0,1",
                "--elemental",
                "drop-rate=:ff:0.25"))
        .contains(
            "\"drop_rate\":{\"elemental\":\":ff:0.25\",\"otherwise\":{\"multiply\":[{\"depth\":[0,1]},"
                + "{\"mbw\":\"IN04=1\",\"otherwise\":0.5}],\"join\":\"inner\"}}");
  }

  @Test
  void aDefaultIsNoFactor() {
    assertThat(recipe("dare", 2, "--mbw", "drop-rate=IN04=1", "--gradient", "drop-rate=0,1"))
        .contains("{\"mbw\":\"IN04=1\",\"otherwise\":1}");
  }

  @Test
  void aModelMayHaveOneOfItsOwn() {
    assertThat(
            recipe(
                "dare-ties",
                2,
                "--base",
                "c",
                "--density",
                "0.5",
                "--gradient",
                "density.B=0.2,0.8",
                "--gradient",
                "weights=1,0"))
        .contains(
            "{\"of\":\"A\",\"base\":\"C\"}},\"keep\":{\"random\":{\"density\":0.5,",
            "{\"of\":\"B\",\"base\":\"C\"}},\"keep\":{\"random\":{\"density\":"
                + "{\"multiply\":[{\"depth\":[0.2,0.8]},0.5],\"join\":\"inner\"},",
            "\"weight\":{\"depth\":[1,0]}");
  }

  @Test
  void aNumberThatAMethodDoesNotHaveIsToldWithTheNearest() {
    assertThatThrownBy(() -> recipe("dare", 2, "--gradient", "drop-rat=0,1"))
        .hasMessage(
            "--gradient: dare has no number 'drop-rat'; did you mean 'drop-rate'? Its numbers are"
                + " alpha, drop-rate, iterations.");
  }

  @Test
  void aWordIsNoRatio() {
    assertThatThrownBy(() -> recipe("lerp", 2, "--ratio-for", "x"))
        .hasMessage(
            "--ratio-for alpha: 'x' is neither a number nor a ratio; write one as in recipes,"
                + " 'patterns: {\"*attn*\": 0.2, \"*\": 0.8}' in braces.");
  }

  @Test
  void aMethodWithoutAFirstNumberAsksWhichIsMeant() {
    assertThatThrownBy(() -> recipe("karcher", 2, "--gradient", "1,2"))
        .hasMessage("--gradient 1,2: say which number is meant, as in --gradient density=1,2.");
  }

  @Test
  void aMethodWithoutNumbersTakesNone() {
    assertThatThrownBy(() -> recipe("normalize", 2, "--mbw", "x=1"))
        .hasMessageStartingWith("--mbw is not an option of normalize; it belongs to weighted-sum,");
  }

  @Test
  void aRatioIsToldWithWhatIsWrong() {
    assertThatThrownBy(() -> recipe("dare", 2, "--ratio-for", "alpha={depht: [0, 1]}"))
        .hasMessageStartingWith(
            "--ratio-for alpha:1:2: there is no method 'depht' for a ratio; did you mean 'depth'?");
  }

  @Test
  void rowsHaveNamesInAFile(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("mbwpresets.txt"),
            "preset_name\tpreset_weights\nSOFT\t0.5,0,0.1\n\nHard*2\t1,1,1\n");
    assertThat(recipe("slerp", 2, "--mbw", "soft", "--mbw-presets", file.toString()))
        .contains("{\"mbw\":\"0.5,0,0.1\"");
    assertThat(recipe("dare", 2, "--mbw", "drop-rate=HARD*2", "--mbw-presets", file.toString()))
        .contains("\"drop_rate\":{\"mbw\":\"1,1,1\"");
    assertThatThrownBy(() -> recipe("slerp", 2, "--mbw", "SOFTT", "--mbw-presets", file.toString()))
        .hasMessage(file + " has no preset 'SOFTT'; did you mean 'SOFT'?");
  }
}
