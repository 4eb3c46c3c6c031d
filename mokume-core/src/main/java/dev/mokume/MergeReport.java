package dev.mokume;

import dev.mokume.plan.MergePlan;
import java.util.List;

/// What a merge did.
///
/// @param output the name of what was written: for a file its path as given, for shards that of
///   their index
/// @param bytes its size, or that of all its files
/// @param written whether it was: an update leaves alone what is up to date
/// @param bytesRead read from the inputs, fingerprints not counted; for all outputs that were made
///   together
/// @param seconds of wall time, planning not counted; for all of them too
/// @param warnings those of the plan, and what was found while it ran, as sentences
public record MergeReport(
    MergePlan plan,
    String output,
    long bytes,
    boolean written,
    long bytesRead,
    double seconds,
    List<String> warnings) {
  public MergeReport {
    warnings = List.copyOf(warnings);
  }
}
