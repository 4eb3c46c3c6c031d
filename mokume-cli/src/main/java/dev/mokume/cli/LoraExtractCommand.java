package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.architecture.Component;
import dev.mokume.error.Amount;
import dev.mokume.lowrank.ExtractionOptions;
import dev.mokume.lowrank.ExtractionReport;
import dev.mokume.lowrank.ExtractionReport.Layer;
import dev.mokume.lowrank.ExtractionReport.Left;
import dev.mokume.lowrank.FactorNames;
import dev.mokume.lowrank.RankChoice;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.tensor.DType;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume lora extract`
@Command(
    name = "extract",
    description = {
      "Makes a LoRA of what tells a fine-tuned model from the one that it was made of.",
      "For each layer it finds the factors of that rank whose product is nearest to the difference,"
          + " and measures what they leave of it."
    },
    customSynopsis = "mokume lora extract TUNED BASE -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume lora extract tuned.safetensors base.safetensors --rank 64 -o style.safetensors",
      "  mokume lora extract tuned.safetensors base.safetensors --energy 0.9 --rank 128 \\",
      "      -o style.safetensors"
    })
final class LoraExtractCommand implements Callable<Integer> {
  private static final int USUAL_RANK = 64;

  private final Session session;

  @Parameters(index = "0", paramLabel = "TUNED", description = "The fine-tuned checkpoint.")
  private Path tuned = Path.of("");

  @Parameters(index = "1", paramLabel = "BASE", description = "The one that it was made of.")
  private Path base = Path.of("");

  @Option(
      names = "--rank",
      order = 10,
      paramLabel = "N",
      description = "Columns of each layer's factors; default 64. With --energy: the most.")
  private Optional<Integer> rank = Optional.empty();

  @Option(
      names = "--energy",
      order = 11,
      paramLabel = "SHARE",
      description =
          "For each layer the smallest rank that holds this share of the difference's sum of"
              + " squares, as in 0.9.")
  private Optional<Double> energy = Optional.empty();

  @Option(
      names = "--conv-rank",
      order = 12,
      paramLabel = "N",
      description =
          "The rank of convolutions with a kernel larger than 1x1; 0 leaves them out. Default: that"
              + " of --rank.")
  private Optional<Integer> convolutionRank = Optional.empty();

  @Option(
      names = "--iterations",
      order = 13,
      paramLabel = "N",
      description =
          "How often each layer's sketch is refined; default 2. Fewer are faster, more are nearer"
              + " to the best factors.")
  private Optional<Integer> iterations = Optional.empty();

  @Option(
      names = "--seed",
      order = 14,
      paramLabel = "N",
      description = "Of the random vectors that sketches begin with; default 0.")
  private long seed;

  @Option(
      names = "--small-tensors",
      order = 15,
      description = "Also store the differences of biases and norms, as they are.")
  private boolean smallTensors;

  @Option(
      names = "--only",
      order = 16,
      split = ",",
      paramLabel = "COMPONENT",
      description = "Look at this component and no other: --only unet, --only unet,clip_l.")
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--names",
      order = 20,
      paramLabel = "WHOSE",
      description =
          "What tensors are called: kohya (the default: what web UIs and ComfyUI read), peft"
              + " (language models, and models under the diffusers library's names), or comfyui (as"
              + " its node LoraSave does).")
  private Optional<String> names = Optional.empty();

  @Option(
      names = "--dtype",
      order = 21,
      paramLabel = "TYPE",
      description = "Of the factors: F16 (the default), BF16, F32, F64.")
  private Optional<String> dtype = Optional.empty();

  @Mixin private final VariantFlag variant = new VariantFlag();

  @Mixin private final LoraFlags flags = new LoraFlags();

  LoraExtractCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    ExtractionOptions options = options(problems);
    ExtractionReport report;
    try (ProgressLine progress = new ProgressLine(session, "extracting")) {
      RunSettings settings = flags.settings(session, progress, problems);
      problems.throwIfAny();
      report =
          Mokume.extractLora(
              variant.of(tuned), variant.of(base), flags.output(), options, settings);
    }
    return flags.tell(session, out -> describe(out, report), () -> print(session.out(), report));
  }

  private ExtractionOptions options(Problems problems) {
    int most = rank.orElse(USUAL_RANK);
    ExtractionOptions usual = ExtractionOptions.defaults();
    RankChoice choice =
        problems.collect(
            usual.rank(),
            () ->
                energy.isPresent()
                    ? new RankChoice.Energy(energy.get(), most)
                    : new RankChoice.Fixed(most));
    FactorNames whose =
        names
            .map(text -> problems.oneOf("--names", text, FactorNames.values()))
            .orElse(usual.names());
    DType stored = dtype.flatMap(text -> Dtypes.parseFactors(text, problems)).orElse(usual.dtype());
    Set<Component> components = EnumSet.noneOf(Component.class);
    problems.collectAll(only, Component::parseGroup).forEach(components::addAll);
    return problems.collect(
        usual,
        () ->
            ExtractionOptions.ofRank(choice)
                .withConvolutionRank(convolutionRank.orElse(choice.most()))
                .withIterations(iterations.orElse(usual.iterations()))
                .withSeed(seed)
                .withNames(whose)
                .withDtype(stored)
                .withSmallTensors(smallTensors)
                .withComponents(components));
  }

  /// `wrote style.safetensors: 12.4 MB in 31.2 s (208 layers, 96 differences as they are)`
  static String sentence(ExtractionReport report) {
    String layers =
        Amount.count(
            report.layers().stream().filter(layer -> layer.rank() > 0).count(), "layer", "layers");
    String small =
        report.smallTensors() == 0
            ? ""
            : ", "
                + Amount.count(report.smallTensors(), "difference", "differences")
                + " as they are";
    return LoraFlags.sentence(report.output(), report.bytes(), report.seconds(), layers + small);
  }

  private void print(PrintWriter out, ExtractionReport report) {
    out.println(sentence(report));
    out.println();
    components(report).print(out, "");
    if (flags.everyLayer()) {
      out.println();
      layers(report).print(out, "");
    }
    leftByReason(report)
        .forEach((reason, count) -> {
          out.println();
          out.println("Left out, as " + reason + ": " + Amount.count(count, "tensor", "tensors"));
        });
  }

  private static Table components(ExtractionReport report) {
    Table table =
        Table.of("component", ">layers", ">unchanged", "ranks", ">left of the difference");
    byComponent(report)
        .forEach((component, layers) -> {
          List<Layer> changed = layers.stream().filter(layer -> layer.rank() > 0).toList();
          int least = changed.stream().mapToInt(Layer::rank).min().orElse(0);
          int most = changed.stream().mapToInt(Layer::rank).max().orElse(0);
          table.row(
              component.id(),
              Amount.count(changed.size()),
              Amount.count(layers.size() - changed.size()),
              least == most ? String.valueOf(most) : least + " to " + most,
              LoraFlags.percent(error(layers)));
        });
    return table;
  }

  private static Map<Component, List<Layer>> byComponent(ExtractionReport report) {
    return report.layers().stream()
        .collect(Collectors.groupingBy(Layer::component, TreeMap::new, Collectors.toList()));
  }

  private static double error(List<Layer> layers) {
    double norms = layers.stream().mapToDouble(layer -> layer.norm() * layer.norm()).sum();
    double errors = layers.stream().mapToDouble(layer -> layer.error() * layer.error()).sum();
    return norms == 0 ? 0 : Math.sqrt(errors / norms);
  }

  private static Table layers(ExtractionReport report) {
    Table table = Table.of("layer", "shape", ">rank", ">difference", ">left of it");
    report
        .layers()
        .forEach(layer ->
            table.row(
                layer.module(),
                layer.shape().toString(),
                String.valueOf(layer.rank()),
                String.format(Locale.ROOT, "%.4g", layer.norm()),
                LoraFlags.percent(layer.relativeError())));
    return table;
  }

  private static Map<String, Long> leftByReason(ExtractionReport report) {
    return report.left().stream()
        .collect(Collectors.groupingBy(Left::reason, TreeMap::new, Collectors.counting()));
  }

  static void describe(Json out, ExtractionReport report) {
    out.text("output", report.output().toString());
    out.number("bytes", report.bytes());
    out.number("seconds", report.seconds());
    out.number("relativeError", report.relativeError());
    out.number("smallTensors", report.smallTensors());
    out.objects(
        "layers",
        report.layers(),
        (item, layer) -> {
          item.text("module", layer.module());
          item.text("tensor", layer.tensor());
          item.text("component", layer.component().id());
          item.numbers("shape", layer.shape().toArray());
          item.number("rank", layer.rank());
          item.number("norm", layer.norm());
          item.number("error", layer.error());
          item.number("relativeError", layer.relativeError());
          item.number("energy", layer.energy());
          item.number("bestFactor", layer.bestFactor());
        });
    out.objects(
        "left",
        report.left(),
        (item, left) -> {
          item.text("tensor", left.tensor());
          item.text("reason", left.reason());
        });
  }
}
