package dev.mokume.cli;

import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.error.Amount;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Runs a recipe for a command: progress while it lasts, then a sentence or a JSON document about
/// what was done.
record Merging(Session session, RunOptions run, boolean json) {

  /// Whether a recipe's output is a folder in the layout of the diffusers library.
  static boolean isPipeline(Recipe recipe) {
    return switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> checkpoint.isPipeline();
      case Result.MaskFile _ -> false;
    };
  }

  int write(Recipe recipe, Path output, String what) {
    if (isPipeline(recipe)) {
      return writePipeline(recipe, output, what);
    }
    MergeReport report = merge(recipe, output, what);
    if (json) {
      Json.write(session.out(), out -> describe(out, report));
    } else {
      session.out().println(sentence(report));
    }
    return ExitCode.OK;
  }

  private int writePipeline(Recipe recipe, Path folder, String what) {
    List<MergeReport> parts;
    try (ProgressLine progress = new ProgressLine(session, what)) {
      parts = Mokume.mergePipeline(recipe, folder, run.toOptions(session, progress));
    }
    if (json) {
      Json.write(
          session.out(),
          out -> {
            out.text("output", folder.toString());
            out.objects("parts", parts, Merging::describe);
          });
    } else {
      parts.forEach(part -> session.out().println(sentenceOfSeveral(part)));
      session.out().println(together(parts));
    }
    return ExitCode.OK;
  }

  private MergeReport merge(Recipe recipe, Path output, String what) {
    try (ProgressLine progress = new ProgressLine(session, what)) {
      return Mokume.merge(recipe, output, run.toOptions(session, progress));
    }
  }

  /// Outputs that are made together, without a word about them in the end.
  ///
  /// @param outputs at least one
  List<MergeReport> merge(List<MergeOutput> outputs) {
    String what = outputs.size() == 1 ? "merging" : "merging " + outputs.size() + " outputs";
    try (ProgressLine progress = new ProgressLine(session, what)) {
      return Mokume.merge(outputs, run.toOptions(session, progress));
    }
  }

  /// `wrote out.safetensors: 2.13 GB in 1.4 s (686 tensors merged, 445 copied; 4.27 GB read)`
  static String sentence(MergeReport report) {
    return "wrote "
        + report.output()
        + ": "
        + Amount.bytes(report.bytes())
        + " in "
        + seconds(report.seconds())
        + " ("
        + tensors(report)
        + "; "
        + Amount.bytes(report.bytesRead())
        + " read)";
  }

  /// The same of one of several, whose time and reading cannot be told apart.
  static String sentenceOfSeveral(MergeReport report) {
    return "wrote "
        + report.output()
        + ": "
        + Amount.bytes(report.bytes())
        + " ("
        + tensors(report)
        + ")";
  }

  /// `made all 3 together in 1.4 s (4.27 GB read)`
  static String together(List<MergeReport> reports) {
    return "made "
        + (reports.size() == 2 ? "both" : "all " + reports.size())
        + " together in "
        + seconds(reports.getFirst().seconds())
        + " ("
        + Amount.bytes(reports.getFirst().bytesRead())
        + " read)";
  }

  private static String tensors(MergeReport report) {
    List<String> parts = new ArrayList<>();
    for (Treatment treatment : List.of(Treatment.MERGED, Treatment.CONVERTED, Treatment.COPIED)) {
      long count = count(report, treatment);
      if (count > 0) {
        String words = treatment.name().toLowerCase(Locale.ROOT);
        parts.add(
            parts.isEmpty()
                ? Amount.count(count, "tensor ", "tensors ") + words
                : Amount.count(count) + " " + words);
      }
    }
    return String.join(", ", parts);
  }

  static void describe(Json out, MergeReport report) {
    out.text("output", report.output().toString());
    out.number("bytes", report.bytes());
    out.number("bytesRead", report.bytesRead());
    out.number("seconds", report.seconds());
    out.object(
        "tensors",
        tensors -> {
          for (Treatment treatment : Treatment.values()) {
            tensors.number(treatment.name().toLowerCase(Locale.ROOT), count(report, treatment));
          }
          tensors.number("left", report.plan().left().size());
        });
    out.texts("warnings", report.warnings());
  }

  private static long count(MergeReport report, Treatment treatment) {
    return report.plan().tensors().stream()
        .map(PlannedTensor::treatment)
        .filter(treatment::equals)
        .count();
  }

  /// `0.27 s`, `12.4 s`, `2 min 05 s`
  static String seconds(double seconds) {
    if (seconds >= 100) {
      return ProgressLine.duration(seconds);
    }
    return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
  }
}
