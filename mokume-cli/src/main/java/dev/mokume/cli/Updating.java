package dev.mokume.cli;

import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.error.Amount;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plugin.MergeMethods;

/// Brings an output to another recipe for a command: progress while it lasts, then a sentence or a
/// JSON document about what was done.
record Updating(Session session, RunOptions run, boolean json) {
  int write(MergeOutput output, MergeMethods methods) {
    MergeReport report;
    try (ProgressLine progress = new ProgressLine(session, "updating")) {
      report = run.profiled(() -> Mokume.update(output, methods, run.toOptions(session, progress)));
    }
    run.tell(
        session,
        json,
        out -> {
          Merging.describe(out, report);
          Kept.of(report.plan()).describe(out);
          out.flag("written", report.written());
        },
        out -> out.println(sentence(report)));
    return ExitCode.OK;
  }

  /// `updated out.safetensors: 2.13 GB in 0.7 s (made 7 tensors of 25 MB anew, kept 1,124 tensors
  /// of 2.11 GB; 2.16 GB read)`, or `out.safetensors is up to date: nothing was written.`
  private static String sentence(MergeReport report) {
    if (!report.written()) {
      return report.output() + " is up to date: nothing was written.";
    }
    Kept parts = Kept.of(report.plan());
    return "updated "
        + Merging.files(report)
        + ": "
        + Amount.bytes(report.bytes())
        + " in "
        + Merging.seconds(report.seconds())
        + " (made "
        + parts.made().words()
        + " anew, kept "
        + parts.kept().words()
        + "; "
        + Amount.bytes(report.bytesRead())
        + " read)";
  }
}
