package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.lowrank.ExtractionOptions;
import dev.mokume.lowrank.ExtractionReport;
import dev.mokume.lowrank.FactorNames;
import dev.mokume.lowrank.ModuleFilter;
import dev.mokume.lowrank.RankChoice;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.recipe.mergekit.ModelPlaces;
import java.nio.file.Path;
import java.util.ArrayList;
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

/// `mokume mergekit-extract-lora`: `mokume lora extract` as mergekit's program is called, into a
/// folder as the peft library has it.
@Command(
    name = "mergekit-extract-lora",
    hidden = true,
    description = {
      "Makes an adapter of what tells a fine-tuned language model from its base, in a folder as the"
          + " peft library has it.",
      "'mokume lora extract' does the same with more to choose."
    },
    customSynopsis = {
      "mokume mergekit-extract-lora --model TUNED --base-model BASE --out-path OUT [OPTIONS]",
      "       mokume mergekit-extract-lora TUNED BASE OUT [OPTIONS]"
    },
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  mokume mergekit-extract-lora --model tuned --base-model base --out-path lora --max-rank 64"
    })
final class MergekitExtractLoraCommand implements Callable<Integer> {
  private static final int USUAL_RANK = 128;

  private final Session session;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..3",
      paramLabel = "MODEL",
      description = "The fine-tuned model, its base and the folder to write, if not as options.")
  private List<String> models = new ArrayList<>();

  @Option(names = "--model", order = 1, paramLabel = "TUNED", description = "The fine-tuned model.")
  private Optional<String> tuned = Optional.empty();

  @Option(
      names = "--base-model",
      order = 2,
      paramLabel = "BASE",
      description = "The one that it was made of.")
  private Optional<String> base = Optional.empty();

  @Option(names = "--out-path", order = 3, paramLabel = "OUT", description = "The folder to write.")
  private Optional<String> out = Optional.empty();

  @Option(
      names = {"--max-rank", "--rank"},
      order = 4,
      paramLabel = "N",
      description = "Columns of each layer's factors; default 128.")
  private int rank = USUAL_RANK;

  @Option(
      names = {"-i", "--include-regex"},
      order = 5,
      paramLabel = "REGEX",
      description = "Only modules in whose name this is found; may be given several times.")
  private List<String> include = new ArrayList<>();

  @Option(
      names = {"-e", "--exclude-regex"},
      order = 6,
      paramLabel = "REGEX",
      description = "No module in whose name this is found; may be given several times.")
  private List<String> exclude = new ArrayList<>();

  @Mixin private final CacheFlag cache = new CacheFlag();

  @Option(
      names = "--sv-epsilon",
      order = 4,
      paramLabel = "X",
      description =
          "Leave out what belongs to singular values of a layer's difference that are not above X;"
              + " default 0: none.")
  private double limit;

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(
      names = "--random-seed",
      order = 8,
      paramLabel = "N",
      description = "Of the random vectors that the factors are found with; default 0.")
  private long seed;

  @Option(names = "--force", order = 503, description = "Replace an output that exists.")
  private boolean force;

  @Mixin private final Help help = new Help();

  MergekitExtractLoraCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    ForeignFlags.of(spec).forEach(note -> session.err().println("note: " + note));
    String from = named(0, tuned, "the fine-tuned model: --model");
    String of = named(1, base, "its base: --base-model");
    Path folder = Path.of(named(2, out, "the folder to write: --out-path"));
    ModelPlaces places = new ModelPlaces(List.of(Path.of("")), cache.cache(), Map.of());
    Problems problems = new Problems();
    int threads = speed.threads(problems);
    long memory = problems.collect("--memory", 0L, () -> speed.budget(session).buffers());
    ExtractionOptions options =
        problems.collect(
            ExtractionOptions.defaults(),
            () ->
                ExtractionOptions.ofRank(choice())
                    .withNames(FactorNames.PEFT)
                    .withSeed(seed)
                    .withModules(new ModuleFilter(include, exclude))
                    .withBaseName(of));
    problems.throwIfAny();
    WholeFile.createFolder(folder);
    ExtractionReport report;
    try (ProgressLine progress = new ProgressLine(session, "extracting")) {
      report =
          Mokume.extractLora(
              places.of(from),
              places.of(of),
              folder.resolve("adapter_model.safetensors"),
              options,
              new RunSettings(
                  threads,
                  memory,
                  false,
                  AtomicFileOutput.Options.defaults().replaceExisting(force),
                  session.cancellation()::isCancelled,
                  progress));
    }
    session
        .out()
        .println(
            "wrote "
                + folder
                + ": "
                + Amount.bytes(report.bytes())
                + " in "
                + Merging.seconds(report.seconds()));
    return ExitCode.OK;
  }

  private RankChoice choice() {
    return limit == 0 ? new RankChoice.Fixed(rank) : new RankChoice.Above(limit, rank);
  }

  private String named(int index, Optional<String> option, String what) {
    if (option.isPresent() && models.size() > index) {
      throw invalid(what + " is given twice.");
    }
    return option
        .or(() -> models.stream().skip(index).findFirst())
        .orElseThrow(() -> new MissingArgument("say " + what + " MODEL"));
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, message);
  }
}
