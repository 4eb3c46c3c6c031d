package dev.mokume.example;

import dev.mokume.MergeOptions;
import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.architecture.Component;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// Blends one component of two checkpoints; the rest comes from the first.
public final class MergeTwo {
  private MergeTwo() {}

  public static void main(String[] arguments) {
    MergeReport report =
        merge(
            Path.of(arguments[0]),
            Path.of(arguments[1]),
            Component.parse(arguments[2]),
            Path.of(arguments[3]));
    System.out.println(report.output() + ": " + report.bytes() + " bytes");
  }

  static MergeReport merge(Path first, Path second, Component component, Path output) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", first);
    models.put("b", second);

    Weights blend =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            new Weights.Source("a"),
            new Weights.Source("b"),
            new Ratio.Constant(0.35), // 65 % of the first, 35 % of the second
            Optional.empty());
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(component, blend);

    Recipe recipe = Recipe.of(models, Result.Checkpoint.of(components));
    return Mokume.merge(recipe, output, MergeOptions.defaults());
  }
}
