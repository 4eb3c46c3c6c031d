package dev.mokume;

import dev.mokume.analysis.Comparison;
import dev.mokume.analysis.MaskSummary;
import dev.mokume.analysis.Matrix;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.OutputOpener;
import dev.mokume.inspection.Inspection;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.Planner;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.comfyui.Product;
import dev.mokume.tensor.TensorValues;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The front door of the library: [#plan] and [#merge] run recipes, [#tensor] and [#countMask] look
/// at what one would make, [#inspect], [#diff] and [#inspectMask] at files.
public final class Mokume {
  private Mokume() {}

  /// Settles what `recipe` would do, reading headers only. The plan may have problems; it never has
  /// them half.
  ///
  /// @throws dev.mokume.error.MokumeException if an input cannot be opened
  public static MergePlan plan(Recipe recipe, MergeOptions options) {
    try (PreparedMerge merge = Planner.prepare(recipe, options.strict())) {
      return merge.plan();
    }
  }

  /// As [#plan(Recipe, MergeOptions)], for an output whose name chooses the format.
  ///
  /// @throws dev.mokume.error.MokumeException if an input cannot be opened
  public static MergePlan plan(Recipe recipe, Path output, MergeOptions options) {
    try (PreparedMerge merge = Planner.prepare(recipe, output, options.strict())) {
      return merge.plan();
    }
  }

  /// Runs `recipe` and writes `output`, which appears under its name only when it is whole.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; nothing is then written
  public static MergeReport merge(Recipe recipe, Path output, MergeOptions options) {
    try (PreparedMerge merge = Planner.prepare(recipe, output, options.strict())) {
      options.listener().planned(merge.plan());
      return MergeRun.into(output, merge, options).run();
    }
  }

  /// Runs `recipe` into an output of the caller's own making, which is opened once its size is
  /// known, and committed only when all is written. Whether it may be replaced, and what makes it
  /// durable, is up to the caller.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; the output is then closed
  ///   without a commit
  public static MergeReport merge(Recipe recipe, OutputOpener output, MergeOptions options) {
    try (PreparedMerge merge = Planner.prepare(recipe, options.strict())) {
      options.listener().planned(merge.plan());
      return MergeRun.into(output, merge, options).run();
    }
  }

  /// Compares two checkpoints, or their task vectors against `base`, block by block. Every element
  /// is read once, and nothing is written; of `options` only threads, tile, memory, executor,
  /// listener and cancellation matter.
  ///
  /// @throws dev.mokume.error.MokumeException if an input cannot be opened or read, if two of them
  ///   have no tensor in common, or for quantised weights; with every problem found
  public static Comparison diff(Path a, Path b, @Nullable Path base, MergeOptions options) {
    List<Path> paths = base == null ? List.of(a, b) : List.of(a, b, base);
    try (OpenCheckpoints opened = OpenCheckpoints.of(paths)) {
      List<Checkpoint> models = opened.checkpoints();
      Optional<Checkpoint> from = base == null ? Optional.empty() : Optional.of(models.get(2));
      return MeasureRun.of(Comparison.prepare(models.get(0), models.get(1), from), models, options);
    }
  }

  /// Tells what a checkpoint is, what it holds and what is odd about it. Reads the header, and the
  /// few numbers of `position_ids`.
  ///
  /// @throws dev.mokume.error.MokumeException if it cannot be opened or read
  public static Inspection inspect(Path checkpoint) {
    try (Checkpoint opened = Checkpoints.open(checkpoint)) {
      return Inspection.of(opened);
    }
  }

  /// Works out a text that a workflow makes: layer ratios, reports. Options as for [#diff].
  ///
  /// @throws dev.mokume.error.MokumeException if an input cannot be opened or read, or with every
  ///   problem found
  public static String text(Product.Text text, MergeOptions options) {
    return new ProductText(options).of(text);
  }

  /// Works out what a picture that a workflow makes shows: one tensor, computed as by [#tensor] and
  /// scaled, in at most so many cells.
  ///
  /// @param mostRows at least 1
  /// @param mostColumns at least 1
  /// @throws dev.mokume.error.MokumeException as by [#tensor], and `INVALID_RECIPE` if there is no
  ///   such scaling or the tensor has no elements
  public static Matrix matrix(
      Product.Content.Picture picture, int mostRows, int mostColumns, MergeOptions options) {
    return new ProductMatrix(picture, options).of(mostRows, mostColumns);
  }

  /// Counts what a mask file selects, block by block; options as for [#diff].
  ///
  /// @throws dev.mokume.error.MokumeException if it cannot be opened or read, or is no mask file
  public static MaskSummary inspectMask(Path mask, MergeOptions options) {
    try (Checkpoint opened = Checkpoints.open(mask)) {
      return MeasureRun.of(MaskSummary.prepare(opened), List.of(opened), options);
    }
  }

  /// Counts what the mask of a recipe selects, without writing it; options as for [#diff].
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; `INVALID_RECIPE` if the
  ///   recipe's result is not a mask
  public static MaskSummary countMask(Recipe recipe, MergeOptions options) {
    try (PreparedMerge merge = Planner.prepare(recipe, options.strict())) {
      return MeasureRun.of(
          MaskSummary.prepare(merge), merge.measures(), merge.inputs().sources(), options);
    }
  }

  /// Computes one tensor of what `recipe` makes, exactly as the output would hold it. Only what
  /// that tensor needs is read; options as for [#diff]. The elements stay in memory, four bytes
  /// each, and may take half of `options.memory()`.
  ///
  /// @param name as the output has it
  /// @throws dev.mokume.error.MokumeException with every problem found; `INVALID_RECIPE` if there
  ///   is no such tensor, `UNSUPPORTED_CHECKPOINT` if it does not hold floats, `MEMORY_BUDGET` if
  ///   it is too large
  public static TensorValues tensor(Recipe recipe, String name, MergeOptions options) {
    try (PreparedMerge merge = Planner.prepare(recipe, options.strict())) {
      return SingleTensor.of(merge, name, options);
    }
  }
}
