package dev.mokume.example;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.analysis.Comparison;
import dev.mokume.architecture.Component;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergePlan;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;

/// Blends two checkpoints and tells what changed: `MergeTwo FIRST SECOND OUTPUT`.
public final class MergeTwo {
  private MergeTwo() {}

  public static void main(String[] arguments) {
    try {
      merge(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2]), System.out);
    } catch (MokumeException e) {
      e.problems().forEach(problem -> System.err.println(problem.message()));
    }
  }

  static void merge(Path first, Path second, Path output, PrintStream out) {
    Recipe recipe = blend(first, second, 0.35);

    // What will be done, from headers alone. Whatever is wrong with it is in plan.problems().
    MergePlan plan = Mokume.plan(recipe, MergeOptions.defaults());
    out.println(plan.tensors().size() + " tensors, " + plan.outputBytes() + " bytes");

    MergeListener listener =
        new MergeListener() {
          @Override
          public void warned(String message) {
            out.println(message);
          }

          @Override
          public void progressed(long done, long total) {
            // From many threads at once: hand it to a progress bar, and return.
          }
        };
    MergeOptions options = MergeOptions.defaults().withListener(listener);
    MergeReport report = Mokume.merge(recipe, output, options);
    out.println(report.bytesRead() + " bytes read");

    Comparison comparison = Mokume.diff(first, output, null, options);
    for (Comparison.Row row : comparison.components()) {
      out.printf(
          Locale.ROOT,
          "%s: %.1f %% of %d weights changed, cosine %.4f%n",
          row.component().words(),
          100 * row.changed(),
          row.elements(),
          row.cosine());
    }
  }

  /// `(1 - alpha) first + alpha second` of what the checkpoint is about: the diffusion model of a
  /// Stable Diffusion checkpoint, the language model of one for language. The rest is the first's.
  static Recipe blend(Path first, Path second, double alpha) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", first);
    models.put("b", second);
    Weights blended =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            new Weights.Source("a"),
            new Weights.Source("b"),
            new Ratio.Constant(alpha),
            Optional.empty());
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    for (Component component : Mokume.inspect(first).detection().mainComponents()) {
      components.put(component, blended);
    }
    return Recipe.of(models, Result.Checkpoint.of(components));
  }
}
