package dev.mokume.cli;

import dev.mokume.MergeOptions;
import dev.mokume.MergeReport;
import dev.mokume.ModelFolder;
import dev.mokume.Mokume;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.mergekit.MergekitConfig;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `mokume mergekit-pytorch`: merges of checkpoints whose tensors nobody has to know.
@Command(
    name = "mergekit-pytorch",
    description = {
      "Runs a config of mergekit on checkpoints of any kind (safetensors, .pt, .bin, ...): their"
          + " tensors are merged by their names, and there are no layers and no tokenizer.",
      "OUT is a folder, or a file like merged.safetensors."
    },
    customSynopsis = "mokume mergekit-pytorch CONFIG.yml OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume mergekit-pytorch config.yml merged",
      "  mokume mergekit-pytorch config.yml merged.safetensors --tensor-union"
    })
final class MergekitPytorchCommand implements Callable<Integer> {
  private final Session session;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "CONFIG", description = "The config.")
  private Path file = Path.of("");

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "OUT",
      description = "The folder or file to write.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = {"-i", "--tensor-intersection"},
      order = 1,
      description = "Merge what all models have, and leave the rest out.")
  private boolean intersection;

  @Option(
      names = {"-u", "--tensor-union"},
      order = 2,
      description = "Merge everything; a model has no part in a tensor that it lacks.")
  private boolean union;

  @Mixin private final MergekitFlags flags = new MergekitFlags();

  @Mixin private final RunOptions run = new RunOptions();

  @Mixin private final Help help = new Help();

  MergekitPytorchCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    ForeignFlags.of(spec).forEach(note -> session.err().println("note: " + note));
    MergekitRecipe recipe = recipe();
    if (flags.arePreview()) {
      Path out = output.orElse(PlanCommand.NOWHERE);
      Path weights = isFile(out) ? out : out.resolve("model.safetensors");
      return flags.preview(session, run, recipe, weights);
    }
    Path out =
        output.orElseThrow(
            () -> new MissingArgument("say what to write: mokume mergekit-pytorch CONFIG.yml OUT"));
    flags.tell(session, run, merge(recipe, out));
    return ExitCode.OK;
  }

  private MergekitRecipe recipe() {
    List<MergekitConfig> configs = MergekitConfig.read(file);
    if (configs.size() > 1) {
      throw invalid(file + ": has several configs; a flat merge has one.");
    }
    if (intersection && union) {
      throw invalid(
          "--tensor-intersection and --tensor-union say different things of what not all models"
              + " have; give one of them.");
    }
    return MergekitRecipe.flat(
        configs.getFirst(),
        MergekitFlags.places(file, CacheFlag.usual(), Map.of()),
        flags.options(),
        intersection
            ? Optional.of(Result.Tensors.COMMON)
            : union ? Optional.of(Result.Tensors.ALL) : Optional.empty());
  }

  private MergeReport merge(MergekitRecipe recipe, Path out) {
    try (ProgressLine progress = new ProgressLine(session, "merging")) {
      MergeOptions options = run.toOptions(session, progress);
      if (isFile(out)) {
        recipe.notes().forEach(options.listener()::warned);
        return run.profiled(() -> Mokume.merge(recipe.recipe(), out, options));
      }
      return run.profiled(() ->
          Mokume.mergeModel(
              recipe, new ModelFolder(out, flags.largestShard(), false, false), options));
    }
  }

  private static boolean isFile(Path out) {
    return Checkpoints.isNamedAsCheckpoint(out);
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, message);
  }
}
