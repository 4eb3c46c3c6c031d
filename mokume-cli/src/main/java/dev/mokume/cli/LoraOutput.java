package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.error.Amount;
import dev.mokume.lowrank.RecombinationOptions;
import dev.mokume.lowrank.RecombinationReport;
import dev.mokume.lowrank.RecombinationReport.Layer;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.lowrank.WeightedLora;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Where a LoRA that is made of others goes, and how it is made.
final class LoraOutput {
  @Option(
      names = {"-o", "--output"},
      order = 1,
      required = true,
      paramLabel = "OUT",
      description = "The LoRA to write.")
  private Path output = Path.of("");

  @Option(
      names = "--dtype",
      order = 21,
      paramLabel = "TYPE",
      description = "Of the factors: F16, BF16, F32, F64. Default: as in the first LoRA.")
  Optional<String> dtype = Optional.empty();

  @Option(
      names = "--layers",
      order = 22,
      description = "Show every layer: its rank before and after, and what was lost.")
  private boolean everyLayer;

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--force", order = 503, description = "Replace an output that exists.")
  private boolean force;

  @Option(
      names = "--no-fingerprints",
      order = 504,
      description = "Leave the inputs' SHA-256 out of the output's metadata.")
  private boolean noFingerprints;

  @Option(
      names = "--no-fsync",
      order = 505,
      description = "Do not wait until the output is on the disk.")
  private boolean noFsync;

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  int write(
      Session session, List<WeightedLora> loras, RecombinationOptions options, Problems problems) {
    int threads = speed.threads(problems);
    long memory = problems.collect("--memory", 0L, () -> speed.budget(session).buffers());
    problems.throwIfAny();
    RecombinationReport report;
    try (ProgressLine progress = new ProgressLine(session, "merging")) {
      RunSettings settings =
          new RunSettings(
              threads,
              memory,
              !noFingerprints,
              AtomicFileOutput.Options.defaults().replaceExisting(force).durable(!noFsync),
              session.cancellation()::isCancelled,
              progress);
      report = Mokume.recombineLoras(loras, output, options, settings);
    }
    if (json) {
      Json.write(session.out(), out -> describe(out, report));
    } else {
      print(session.out(), report);
    }
    return ExitCode.OK;
  }

  private void print(PrintWriter out, RecombinationReport report) {
    out.println(
        "wrote "
            + report.output()
            + ": "
            + Amount.bytes(report.bytes())
            + " in "
            + Merging.seconds(report.seconds())
            + " ("
            + Amount.count(report.layers().size(), "layer", "layers")
            + (report.copied() == 0
                ? ""
                : ", " + Amount.count(report.copied(), "tensor", "tensors") + " copied")
            + ")");
    out.println("ranks " + ranks(report));
    if (everyLayer) {
      out.println();
      Table table = Table.of("layer", ">rank before", ">after", ">left of the product");
      report
          .layers()
          .forEach(layer ->
              table.row(
                  layer.module(),
                  String.valueOf(layer.before()),
                  String.valueOf(layer.rank()),
                  percent(layer.relativeError())));
      table.print(out, "");
    }
  }

  /// `8 to 128 before, 32 after; at most 4.1 % of a layer's product was lost`
  private static String ranks(RecombinationReport report) {
    double worst = report.layers().stream().mapToDouble(Layer::relativeError).max().orElse(0);
    return span(report.layers().stream().mapToInt(Layer::before).toArray())
        + " before, "
        + span(report.layers().stream().mapToInt(Layer::rank).toArray())
        + " after"
        + (worst == 0 ? "" : "; at most " + percent(worst) + " of a layer's product was lost");
  }

  private static String span(int[] ranks) {
    java.util.IntSummaryStatistics span = java.util.Arrays.stream(ranks).summaryStatistics();
    return span.getMin() == span.getMax()
        ? String.valueOf(span.getMin())
        : span.getMin() + " to " + span.getMax();
  }

  private static String percent(double share) {
    return String.format(
        Locale.ROOT, share > 0 && share < 0.001 ? "%.2g %%" : "%.1f %%", 100 * share);
  }

  private static void describe(Json out, RecombinationReport report) {
    out.text("output", report.output().toString());
    out.number("bytes", report.bytes());
    out.number("seconds", report.seconds());
    out.number("copied", report.copied());
    out.objects(
        "layers",
        report.layers(),
        (item, layer) -> {
          item.text("module", layer.module());
          item.number("before", layer.before());
          item.number("rank", layer.rank());
          item.number("relativeError", layer.relativeError());
        });
  }
}
