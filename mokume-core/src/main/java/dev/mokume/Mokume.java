package dev.mokume;

import dev.mokume.analysis.Comparison;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.Planner;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.recipe.Recipe;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The front door of the library.
public final class Mokume {
  private Mokume() {}

  /// Settles what `recipe` would do, reading headers only. The plan may have problems; it never has them half.
  ///
  /// @throws dev.mokume.error.MokumeException if an input cannot be opened
  public static MergePlan plan(Recipe recipe, MergeOptions options) {
    Objects.requireNonNull(options);
    try (PreparedMerge merge = Planner.prepare(recipe)) {
      return merge.plan();
    }
  }

  /// Runs `recipe` and writes `output`, which appears under its name only when it is whole.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; nothing is then written
  public static MergeReport merge(Recipe recipe, Path output, MergeOptions options) {
    try (PreparedMerge merge = Planner.prepare(recipe)) {
      options.listener().planned(merge.plan());
      return new MergeRun(merge, output, options).run();
    }
  }

  /// Compares two checkpoints, or their task vectors against `base`, block by block. Every element is read once.
  public static Comparison diff(Path a, Path b, @Nullable Path base, MergeOptions options) {
    throw new UnsupportedOperationException("being built: " + a + b + base + options);
  }
}
