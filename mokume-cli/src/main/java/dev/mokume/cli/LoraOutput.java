package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.error.Amount;
import dev.mokume.lowrank.RecombinationOptions;
import dev.mokume.lowrank.RecombinationReport;
import dev.mokume.lowrank.RecombinationReport.Layer;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.lowrank.WeightedLora;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.IntSummaryStatistics;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How a LoRA that is made of others is written and told.
final class LoraOutput {
  @Option(
      names = "--dtype",
      order = 21,
      paramLabel = "TYPE",
      description = "Of the factors: F16, BF16, F32, F64. Default: as in the first LoRA.")
  Optional<String> dtype = Optional.empty();

  @Mixin private final LoraFlags flags = new LoraFlags();

  int write(
      Session session, List<WeightedLora> loras, RecombinationOptions options, Problems problems) {
    RunSettings settings = flags.settings(session, (_, _) -> {}, problems);
    problems.throwIfAny();
    RecombinationReport report = Mokume.recombineLoras(loras, flags.output(), options, settings);
    return flags.tell(session, out -> describe(out, report), () -> print(session.out(), report));
  }

  private void print(PrintWriter out, RecombinationReport report) {
    String layers = Amount.count(report.layers().size(), "layer", "layers");
    String copied =
        report.copied() == 0
            ? ""
            : ", " + Amount.count(report.copied(), "tensor", "tensors") + " copied";
    out.println(
        LoraFlags.sentence(report.output(), report.bytes(), report.seconds(), layers + copied));
    out.println("ranks " + ranks(report));
    if (flags.everyLayer()) {
      out.println();
      Table table = Table.of("layer", ">rank before", ">after", ">left of the product");
      report
          .layers()
          .forEach(layer ->
              table.row(
                  layer.module(),
                  String.valueOf(layer.before()),
                  String.valueOf(layer.rank()),
                  LoraFlags.percent(layer.relativeError())));
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
        + (worst == 0
            ? ""
            : "; at most " + LoraFlags.percent(worst) + " of a layer's product was lost");
  }

  private static String span(int[] ranks) {
    IntSummaryStatistics span = Arrays.stream(ranks).summaryStatistics();
    return span.getMin() == span.getMax()
        ? String.valueOf(span.getMin())
        : span.getMin() + " to " + span.getMax();
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
