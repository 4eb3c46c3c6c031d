package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.lowrank.ExtractionOptions;
import dev.mokume.lowrank.ExtractionReport;
import dev.mokume.lowrank.ExtractionReport.Layer;
import dev.mokume.lowrank.FactorNames;
import dev.mokume.lowrank.RankChoice;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.recipe.mergekit.ModelPlaces;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
  private static final String PREFIX = "base_model.model.";

  private final Session session;

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
      names = {"--hf-cache", "--transformers-cache"},
      order = 5,
      paramLabel = "DIR",
      description = "Where downloaded repositories lie; default: as the Hugging Face libraries do.")
  private Optional<Path> cache = Optional.empty();

  @Mixin private final ForeignFlags foreign = new ForeignFlags();

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--force", order = 503, description = "Replace an output that exists.")
  private boolean force;

  @Mixin private final Help help = new Help();

  MergekitExtractLoraCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() throws IOException {
    foreign.notes().forEach(note -> session.err().println("note: " + note));
    String from = named(0, tuned, "the fine-tuned model: --model");
    String of = named(1, base, "its base: --base-model");
    Path folder = Path.of(named(2, out, "the folder to write: --out-path"));
    ModelPlaces places =
        new ModelPlaces(List.of(Path.of("")), MergekitCommand.cache(cache), Map.of());
    Problems problems = new Problems();
    int threads = speed.threads(problems);
    long memory = problems.collect("--memory", 0L, () -> speed.budget(session).buffers());
    problems.throwIfAny();
    ExtractionOptions usual = ExtractionOptions.defaults();
    Files.createDirectories(folder);
    ExtractionReport report;
    try (ProgressLine progress = new ProgressLine(session, "extracting")) {
      report =
          Mokume.extractLora(
              places.of(from),
              places.of(of),
              folder.resolve("adapter_model.safetensors"),
              new ExtractionOptions(
                  new RankChoice.Fixed(rank),
                  rank,
                  usual.iterations(),
                  usual.seed(),
                  FactorNames.PEFT,
                  usual.dtype(),
                  false,
                  usual.components()),
              new RunSettings(
                  threads,
                  memory,
                  false,
                  AtomicFileOutput.Options.defaults().replaceExisting(force),
                  session.cancellation()::isCancelled,
                  progress::progressed));
    }
    Files.writeString(folder.resolve("adapter_config.json"), config(report, of));
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

  private String named(int index, Optional<String> option, String what) {
    if (option.isPresent() && models.size() > index) {
      throw invalid(what + " is given twice.");
    }
    return option
        .or(() -> models.stream().skip(index).findFirst())
        .orElseThrow(() -> invalid("say " + what + " MODEL."));
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, message);
  }

  /// What the peft library reads: every layer's scale is alpha divided by its rank, which is 1.
  private String config(ExtractionReport report, String baseName) {
    List<Layer> changed = report.layers().stream().filter(layer -> layer.rank() > 0).toList();
    List<Layer> others = changed.stream().filter(layer -> layer.rank() != rank).toList();
    StringWriter text = new StringWriter();
    Json.write(
        new PrintWriter(text),
        json -> {
          json.text("base_model_name_or_path", baseName);
          json.text("peft_type", "LORA");
          json.text("task_type", "CAUSAL_LM");
          json.number("r", rank);
          json.number("lora_alpha", rank);
          json.texts(
              "target_modules", changed.stream().map(MergekitExtractLoraCommand::module).toList());
          for (String pattern : List.of("rank_pattern", "alpha_pattern")) {
            json.object(
                pattern,
                ranks -> others.forEach(layer -> ranks.number(module(layer), layer.rank())));
          }
          json.text("bias", "none");
        });
    return text.toString();
  }

  private static String module(Layer layer) {
    return layer.module().startsWith(PREFIX)
        ? layer.module().substring(PREFIX.length())
        : layer.module();
  }
}
