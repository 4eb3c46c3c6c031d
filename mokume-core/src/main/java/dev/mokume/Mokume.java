package dev.mokume;

import dev.mokume.analysis.Comparison;
import dev.mokume.analysis.MaskSummary;
import dev.mokume.analysis.Matrix;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.OutputOpener;
import dev.mokume.federated.Client;
import dev.mokume.federated.ClientCheck;
import dev.mokume.federated.Cohort;
import dev.mokume.federated.Federation;
import dev.mokume.federated.FederationOptions;
import dev.mokume.federated.OpenClients;
import dev.mokume.inspection.Inspection;
import dev.mokume.lowrank.Extraction;
import dev.mokume.lowrank.ExtractionOptions;
import dev.mokume.lowrank.ExtractionReport;
import dev.mokume.lowrank.Recombination;
import dev.mokume.lowrank.RecombinationOptions;
import dev.mokume.lowrank.RecombinationReport;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.lowrank.WeightedLora;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.OutputUpdate;
import dev.mokume.plan.Planner;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.PreparedRun;
import dev.mokume.plan.RunPlan;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.comfyui.Product;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import dev.mokume.sweep.Sweep;
import dev.mokume.sweep.SweepOptions;
import dev.mokume.sweep.SweepPlan;
import dev.mokume.sweep.SweepReport;
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
    try (PreparedRun run = Planner.prepareRun(recipe, options.strict())) {
      return run.plan().outputs().getFirst();
    }
  }

  /// Settles what [#merge(List, MergeOptions)] would do.
  ///
  /// @param outputs at least one
  /// @throws dev.mokume.error.MokumeException if an input cannot be opened
  public static RunPlan plan(List<MergeOutput> outputs, MergeOptions options) {
    try (PreparedRun run = Planner.prepare(outputs, options.strict())) {
      return run.plan();
    }
  }

  /// As [#plan(Recipe, MergeOptions)], for an output whose name chooses the format.
  ///
  /// @throws dev.mokume.error.MokumeException if an input cannot be opened
  public static MergePlan plan(Recipe recipe, Path output, MergeOptions options) {
    return plan(List.of(new MergeOutput(recipe, output)), options).outputs().getFirst();
  }

  /// Runs `recipe` and writes `output`, which appears under its name only when it is whole. If that
  /// is the name of an index, as `model.safetensors.index.json`, shards are written beside it.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; nothing is then written
  public static MergeReport merge(Recipe recipe, Path output, MergeOptions options) {
    return merge(List.of(new MergeOutput(recipe, output)), options).getFirst();
  }

  /// Makes several outputs together: what they have in common is read and computed once. They
  /// appear under their names only when all are whole.
  ///
  /// @param outputs at least one
  /// @return a report of each, in the same order
  /// @throws dev.mokume.error.MokumeException with every problem of all of them; nothing is then
  ///   written
  public static List<MergeReport> merge(List<MergeOutput> outputs, MergeOptions options) {
    try (PreparedRun run = Planner.prepare(outputs, options.strict())) {
      run.plan().outputs().forEach(options.listener()::planned);
      return MergeRun.intoFiles(run, options).run();
    }
  }

  /// Settles what [#update] would do. Tensors that it would copy are kept, in the plan's words; if
  /// it would compute everything, a note says why. If it would write nothing, since the output is
  /// up to date, the plan reads and writes no byte. Files are hashed, unless their hashes are
  /// remembered.
  ///
  /// @throws dev.mokume.error.MokumeException as by [#update]
  public static MergePlan planUpdate(
      MergeOutput output, MergeMethods methods, MergeOptions options) {
    try (PreparedRun run = prepareUpdate(output, methods, options)) {
      MergePlan plan = run.plan().outputs().getFirst();
      return MergeRun.intoFiles(run, options).isUpToDate() ? writingNothing(plan) : plan;
    }
  }

  /// The plan of an output that is there as it is to be.
  private static MergePlan writingNothing(MergePlan plan) {
    return new MergePlan(
        plan.recipe(),
        plan.description(),
        plan.tensors(),
        plan.left(),
        plan.notes(),
        plan.warnings(),
        plan.problems(),
        0,
        0,
        0,
        0,
        List.of());
  }

  /// Makes of an output that Mokume wrote before, whatever `options` say of overwriting, the file
  /// that [#merge(List, MergeOptions)] would write, byte for byte. Tensors that its recipe made in
  /// the same way of the same bytes are copied from it, the others computed; it stays as it was
  /// until all is written. What it holds is believed as far as its header and the files that it was
  /// made of can be checked.
  ///
  /// @param methods that the recipe in the output may name
  /// @throws dev.mokume.error.MokumeException with every problem found; `UNREADABLE_INPUT` if there
  ///   is no such output, `UNWRITABLE_OUTPUT` if it is not one of Mokume's
  public static MergeReport update(MergeOutput output, MergeMethods methods, MergeOptions options) {
    try (PreparedRun run = prepareUpdate(output, methods, options)) {
      run.plan().outputs().forEach(options.listener()::planned);
      return MergeRun.intoFiles(run, options.withOverwrite(true)).run().getFirst();
    }
  }

  private static PreparedRun prepareUpdate(
      MergeOutput output, MergeMethods methods, MergeOptions options) {
    return OutputUpdate.prepare(
        output,
        methods,
        options.fingerprints(),
        options.cancellation()::isCancelled,
        options.strict());
  }

  /// Runs `recipe` into a folder in the layout of the diffusers library: a file for each component,
  /// the configuration of each, and the index that makes a model of them. What a checkpoint does
  /// not have, scheduler and tokenizers, comes from the first model that is such a folder itself;
  /// the listener is told what the folder lacks and what has no place in it.
  ///
  /// @param recipe whose result is a checkpoint with the names of the diffusers library
  /// @return a report of each part
  /// @throws dev.mokume.error.MokumeException with every problem found; nothing is then written
  public static List<MergeReport> mergePipeline(Recipe recipe, Path folder, MergeOptions options) {
    return PipelineOutput.of(recipe, folder).merge(options);
  }

  /// Runs a config of mergekit into a model folder in the layout of the transformers library:
  /// weights, `config.json`, tokenizer and whatever else belongs to the model. The folder is made
  /// if it is not there; the listener is told what the config leaves to be told.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; nothing is then written
  public static MergeReport mergeModel(
      MergekitRecipe recipe, ModelFolder folder, MergeOptions options) {
    return new ModelFolderOutput(recipe, folder, options).merge();
  }

  /// The outputs that [#mergePipeline] makes together, one a part of the folder.
  ///
  /// @throws dev.mokume.error.MokumeException if a model cannot be opened, or if the output is of
  ///   an architecture of which Mokume does not write folders
  public static List<MergeOutput> pipeline(Recipe recipe, Path folder) {
    return PipelineOutput.of(recipe, folder).outputs();
  }

  /// Runs `recipe` into an output of the caller's own making, which is opened once its size is
  /// known, and committed only when all is written. Whether it may be replaced, and what makes it
  /// durable, is up to the caller.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; the output is then closed
  ///   without a commit
  public static MergeReport merge(Recipe recipe, OutputOpener output, MergeOptions options) {
    try (PreparedRun run = Planner.prepareRun(recipe, options.strict())) {
      run.plan().outputs().forEach(options.listener()::planned);
      return MergeRun.into(output, run, options).run().getFirst();
    }
  }

  /// Makes the variants of a sweep and tells how far each is from the models: the distances over a
  /// sample first, then the outputs that are wanted, of which each has the bytes that [#merge] of
  /// its recipe writes. Several are made at once, of inputs that are read once for them.
  ///
  /// A sweep that was stopped goes on where it was; see [dev.mokume.sweep.SweepState]. With
  /// `options.overwrite()` it begins anew.
  ///
  /// @param folder that the outputs go to, which is there; its state is in `sweep.jsonl`
  /// @throws dev.mokume.error.MokumeException with every problem found; what is whole by then stays
  public static SweepReport sweep(
      Sweep sweep, Path folder, SweepOptions wanted, MergeOptions options) {
    return SweepRun.of(sweep, folder, wanted, options);
  }

  /// Settles what [#sweep] would do if it wrote everything, reading headers only.
  ///
  /// @throws dev.mokume.error.MokumeException if an input cannot be opened
  public static SweepPlan plan(Sweep sweep, Path folder, MergeOptions options) {
    return SweepRun.plan(sweep, folder, options);
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
      tellNotes(models, options);
      Optional<Checkpoint> from = base == null ? Optional.empty() : Optional.of(models.get(2));
      return MeasureRun.of(Comparison.prepare(models.get(0), models.get(1), from), models, options);
    }
  }

  private static void tellNotes(List<Checkpoint> inputs, MergeOptions options) {
    List<Note> notes = inputs.stream().flatMap(input -> input.notes().stream()).distinct().toList();
    for (Note note : notes) {
      switch (note.kind()) {
        case READING -> options.listener().noted(note.text());
        case SKIPPED -> options.listener().warned(note.text());
      }
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
      tellNotes(List.of(opened), options);
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

  /// Computes one tensor of what `recipe` makes, exactly as the output would hold it; of a weight
  /// with a scale the values that it stands for, as F32. Only what that tensor needs is read;
  /// options as for [#diff]. The elements stay in memory, four bytes each, and may take half of
  /// `options.memory()`.
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

  /// Settles how the models of many clients become one, as federated learning does after each
  /// round: finds the clients that cannot take part, reading all of each once, and the recipe that
  /// merges the others. Of `merging` only threads, tile, memory, executor, listener and
  /// cancellation matter; [#merge] then runs the recipe.
  ///
  /// @throws dev.mokume.error.MokumeException if a client is named twice, if the base cannot be
  ///   read, or, unless they are to be skipped, with one message that names every client that
  ///   cannot take part
  public static Federation federate(
      List<Client> clients, FederationOptions options, MergeOptions merging) {
    try (OpenClients opened = OpenClients.of(clients, options.base())) {
      ClientCheck check = ClientCheck.prepare(opened);
      Cohort cohort = MeasureRun.of(check, opened.checkpoints(), merging);
      cohort.judge(options.badClients());
      return cohort.federation(options, opened);
    }
  }

  /// Makes a LoRA of what tells `tuned` from `base`, the model that it was made of.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; there is then no output
  public static ExtractionReport extractLora(
      Path tuned, Path base, Path output, ExtractionOptions options, RunSettings settings) {
    return Extraction.write(tuned, base, output, options, settings);
  }

  /// Makes the LoRA of a difference that a workflow computes.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; there is then no output
  public static ExtractionReport lora(
      Product.Content.Lora lora, Path output, MergeOptions options) {
    return new DifferenceLora(lora, output, options).write();
  }

  /// Makes one LoRA of several, or a smaller one of one, from their factors alone.
  ///
  /// @throws dev.mokume.error.MokumeException with every problem found; there is then no output
  public static RecombinationReport recombineLoras(
      List<WeightedLora> loras, Path output, RecombinationOptions options, RunSettings settings) {
    return Recombination.write(loras, output, options, settings);
  }
}
