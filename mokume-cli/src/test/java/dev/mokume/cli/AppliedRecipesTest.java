package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.error.MokumeException;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Argument;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// What the options mean for methods with parameters.
class AppliedRecipesTest {
  private static final Weights A = new Weights.Source("A");
  private static final Weights B = new Weights.Source("B");
  private static final Weights C = new Weights.Source("C");

  private static Weights unet(String method, int models, String... options) {
    MethodFlags flags = new MethodFlags();
    new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(flags)).parseArgs(options);
    List<Path> inputs = Stream.of("a", "b", "c").limit(models).map(Path::of).toList();
    Result result =
        AppliedRecipes.of(
                flags,
                method(method),
                inputs,
                _ ->
                    Architectures.detect(
                        List.of(new TensorSpec(TinyCheckpoint.IN, DType.F32, Shape.of(4)))))
            .result();
    return ((Result.Checkpoint) result).components().get(Component.UNET);
  }

  private static MergeMethod method(String name) {
    return MergeMethods.installed().get(name);
  }

  @Test
  void alphaAndParameters() {
    assertThat(unet("crossover", 2, "--alpha", "0.25", "--set", "tilt=0.5"))
        .isEqualTo(
            Weights.Applied.of(method("crossover"), List.of(A, B))
                .with("alpha", Argument.of(0.25))
                .with("tilt", Argument.of(0.5)));
  }

  @Test
  void blockWeightsAreThoseOfAlpha() {
    assertThat(unet("slerp_magnitude", 2, "--mbw", "OUT=1", "--alpha", "0.2"))
        .isEqualTo(
            Weights.Applied.of(method("slerp_magnitude"), List.of(A, B))
                .with("alpha", new Argument.Real(new Ratio.ByBlock("OUT=1", 0.2))));
  }

  @Test
  void taskVectorsHaveABase() {
    assertThat(unet("ties_sum", 2, "--base", "z", "--seed", "3", "--set", "election=count"))
        .isEqualTo(
            new Weights.Applied(
                    method("ties_sum"),
                    List.of(A, B),
                    Optional.of(C),
                    new Ratio.Constant(1),
                    new LinkedHashMap<>())
                .with("seed", new Argument.Whole(3))
                .with("election", new Argument.Choice("count")));
  }

  @Test
  void everythingThatIsWrongIsTold() {
    assertThatThrownBy(() ->
            unet(
                "crossover",
                1,
                "--base",
                "z",
                "--seed",
                "1",
                "--drop-rate",
                "1",
                "--set",
                "tlit=1",
                "--set",
                "alpha=2"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            """
            --drop-rate is not an option of crossover; its parameters are given with --set NAME=VALUE.
            crossover takes 2 models, but 1 were given.
            --base is not an option of crossover, which works on the models themselves.
            --set: crossover has no parameter 'tlit'; did you mean 'tilt'? Choose from alpha, tilt.
            alpha of crossover must be a number in [0.0, 1.0], but is '2'.
            --seed is not an option of crossover, which has no seed.\
            """);
  }
}
