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
  /// What a merge that starts from nothing does with tensors.
  private static final List<Treatment> MADE =
      List.of(Treatment.COPIED, Treatment.CONVERTED, Treatment.MERGED);

  /// Whether a recipe's output is a folder in the layout of the diffusers library.
  static boolean isPipeline(Recipe recipe) {
    return switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> checkpoint.isPipeline();
      case Result.MaskFile _ -> false;
    };
  }

  /// Shards go into the folder that `out` names, which is made if it is not there.
  ///
  /// @param out as it was given
  int write(MergeOutput output, Path out, String what) {
    return out.equals(output.file().getParent())
        ? WholeFile.inFolder(out, () -> write(output, what))
        : write(output, what);
  }

  int write(MergeOutput output, String what) {
    if (isPipeline(output.recipe())) {
      return writePipeline(output.recipe(), output.file(), what);
    }
    tell(run.profiled(() -> merge(List.of(output), what)).getFirst());
    return ExitCode.OK;
  }

  /// Tells what was merged.
  void tell(MergeReport report) {
    run.tell(session, json, out -> describe(out, report), out -> out.println(sentence(report)));
  }

  private int writePipeline(Recipe recipe, Path folder, String what) {
    List<MergeReport> parts;
    try (ProgressLine progress = new ProgressLine(session, what)) {
      parts =
          run.profiled(
              () -> Mokume.mergePipeline(recipe, folder, run.toOptions(session, progress)));
    }
    run.tell(
        session,
        json,
        out -> {
          out.text("output", folder.toString());
          out.objects("parts", parts, Merging::describe);
        },
        out -> {
          parts.forEach(part -> out.println(sentenceOfSeveral(part)));
          out.println(together(parts));
        });
    return ExitCode.OK;
  }

  /// Outputs that are made together, without a word about them in the end. Where the time went is
  /// for the caller to note.
  ///
  /// @param outputs at least one
  List<MergeReport> merge(List<MergeOutput> outputs) {
    return merge(
        outputs, outputs.size() == 1 ? "merging" : "merging " + outputs.size() + " outputs");
  }

  private List<MergeReport> merge(List<MergeOutput> outputs, String what) {
    try (ProgressLine progress = new ProgressLine(session, what)) {
      return Mokume.merge(outputs, run.toOptions(session, progress));
    }
  }

  /// `wrote out.safetensors: 2.13 GB in 1.4 s (686 tensors merged, 445 copied; 4.27 GB read)`
  static String sentence(MergeReport report) {
    return "wrote "
        + files(report)
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
        + files(report)
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

  static String files(MergeReport report) {
    int shards = report.plan().shards();
    return report.output() + (shards == 0 ? "" : " and " + Amount.count(shards, "shard", "shards"));
  }

  private static String tensors(MergeReport report) {
    List<String> parts = new ArrayList<>();
    for (Treatment treatment : MADE.reversed()) {
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
    if (report.plan().shards() > 0) {
      out.number("shards", report.plan().shards());
    }
    out.number("bytes", report.bytes());
    out.number("bytesRead", report.bytesRead());
    out.number("seconds", report.seconds());
    out.object(
        "tensors",
        tensors -> {
          for (Treatment treatment : MADE) {
            tensors.number(treatment.name().toLowerCase(Locale.ROOT), count(report, treatment));
          }
          tensors.number("left", report.plan().left().size());
        });
    out.texts("notes", report.plan().notes());
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
