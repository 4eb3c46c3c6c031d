package dev.mokume.cli;

import dev.mokume.MergeReport;
import dev.mokume.ModelFolder;
import dev.mokume.Mokume;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.mergekit.ConfigOrder;
import dev.mokume.recipe.mergekit.MergekitConfig;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
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

/// `mokume mergekit`, and `mergekit-yaml` and `mergekit-multi`, which are the same.
@Command(
    name = "mergekit",
    description = {
      "Runs a config of mergekit: makes a folder with the merged language model, its config.json,"
          + " its tokenizer and what else belongs to it.",
      "Models are folders, files, or repositories that are in the Hugging Face cache already."
    },
    customSynopsis = "mokume mergekit CONFIG.yml OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume mergekit ties.yml merged",
      "  mokume mergekit slices.yml tall --dry-run",
      "  mokume mergekit-yaml config.yml merged --out-shard-size 2B --lazy-unpickle",
      "  mokume mergekit-multi stages.yml --intermediate-dir stages --out-path merged"
    })
final class MergekitCommand implements Callable<Integer> {
  private final Session session;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "CONFIG",
      description = "The config; several in one file, with --- between them, may use one another.")
  private Path file = Path.of("");

  @Parameters(index = "1", arity = "0..1", paramLabel = "OUT", description = "The folder to write.")
  private Optional<Path> output = Optional.empty();

  @Option(
      names = {"-o", "--out-path"},
      order = 1,
      paramLabel = "OUT",
      description = "The same as OUT.")
  private Optional<Path> outPath = Optional.empty();

  @Mixin private final CacheFlag cache = new CacheFlag();

  @Option(
      names = {"-I", "--intermediate-dir"},
      order = 11,
      paramLabel = "DIR",
      description =
          "Where the results of configs go that have a name, if there are several in the file;"
              + " default: OUT-stages.")
  private Optional<Path> intermediate = Optional.empty();

  @Option(
      names = "--no-lazy",
      order = 12,
      description = "Make results with a name again that are there already.")
  private boolean noLazy;

  @Option(names = "--lazy", hidden = true, description = "The default.")
  private boolean lazy;

  @Mixin private final MergekitFlags flags = new MergekitFlags();

  @Option(
      names = "--allow-crimes",
      negatable = true,
      order = 17,
      description = "Merge models of different architectures, as far as names and shapes agree.")
  private boolean allowCrimes;

  @Option(names = "--no-copy-tokenizer", order = 18, description = "Leave the tokenizer out.")
  private boolean noTokenizer;

  @Option(names = "--copy-tokenizer", hidden = true, description = "The default.")
  private boolean copyTokenizer;

  @Option(names = "--no-write-model-card", order = 19, description = "Leave the README.md out.")
  private boolean noCard;

  @Option(names = "--write-model-card", hidden = true, description = "The default.")
  private boolean writeCard;

  @Mixin private final RunOptions run = new RunOptions();

  @Mixin private final Help help = new Help();

  MergekitCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    ForeignFlags.of(spec).forEach(note -> session.err().println("note: " + note));
    List<MergekitConfig> configs = ConfigOrder.of(MergekitConfig.read(file), file.toString());
    Path out = out(configs);
    if (configs.size() > 1 && run.keepsRecording()) {
      throw invalid(
          "--recording keeps that of one merge, but "
              + file
              + " asks for "
              + configs.size()
              + "; give --profile, which tells of each.");
    }
    Map<String, Path> results = new HashMap<>();
    for (MergekitConfig config : configs) {
      Optional<Path> stage =
          isAlone(configs) ? Optional.empty() : config.name().map(stages(out)::resolve);
      Path folder = stage.orElse(out);
      config.name().ifPresent(name -> results.put(name, folder));
      boolean isThere = stage.isPresent() && Files.exists(folder.resolve("config.json"));
      if (isThere && !noLazy && !flags.arePreview()) {
        session.err().println("note: " + folder + " is there already and is not made again.");
        continue;
      }
      int code = make(recipe(config, results), folder);
      if (code != ExitCode.OK) {
        return code;
      }
    }
    return ExitCode.OK;
  }

  /// Whether there is no other config that could use the result. People give names to such configs
  /// too, and mergekit writes them where it is told to.
  private boolean isAlone(List<MergekitConfig> configs) {
    return configs.size() == 1 && intermediate.isEmpty();
  }

  private Path out(List<MergekitConfig> configs) {
    if (output.isPresent() && outPath.isPresent()) {
      throw invalid("OUT and --out-path both say where to write; give one of them.");
    }
    boolean needed =
        isAlone(configs) || configs.stream().anyMatch(config -> config.name().isEmpty());
    Optional<Path> out = output.or(() -> outPath);
    if (out.isEmpty() && needed && !flags.arePreview()) {
      throw new MissingArgument("say which folder to write: mokume mergekit CONFIG.yml OUT");
    }
    return out.orElse(PlanCommand.NOWHERE);
  }

  private Path stages(Path out) {
    return intermediate.orElseGet(() -> out.resolveSibling(out.getFileName() + "-stages"));
  }

  private MergekitRecipe recipe(MergekitConfig config, Map<String, Path> results) {
    return MergekitRecipe.of(
        config,
        MergekitFlags.places(file, cache.cache(), results),
        flags.options().withMixed(allowCrimes));
  }

  private int make(MergekitRecipe recipe, Path folder) {
    if (flags.arePreview()) {
      return flags.preview(session, run, recipe, folder.resolve("model.safetensors"));
    }
    MergeReport report;
    try (ProgressLine progress = new ProgressLine(session, "merging")) {
      report =
          run.profiled(() ->
              Mokume.mergeModel(
                  recipe,
                  new ModelFolder(folder, flags.largestShard(), !noTokenizer, !noCard),
                  run.toOptions(session, progress)));
    }
    flags.tell(session, run, report);
    return ExitCode.OK;
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, message);
  }
}
