package dev.mokume.sweep;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a sweep found out and wrote.
///
/// @param outcomes of each variant, in the sweep's order
/// @param part distances are of one in so many elements
/// @param seconds that it took
public record SweepReport(List<Outcome> outcomes, int part, double seconds) {
  public SweepReport {
    outcomes = List.copyOf(outcomes);
  }

  /// What became of a variant.
  ///
  /// @param distances to each model that it has tensors in common with
  /// @param file where it is, if it was to be written
  /// @param before whether an earlier run had written it
  public record Outcome(
      Variant variant, List<Distance> distances, Optional<Path> file, boolean before) {
    public Outcome {
      distances = List.copyOf(distances);
    }
  }
}
