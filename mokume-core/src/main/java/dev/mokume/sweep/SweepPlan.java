package dev.mokume.sweep;

import dev.mokume.plan.RunPlan;

/// What a sweep would do if nothing of it was done yet and all of it was written.
///
/// @param variants how many there are
/// @param together how many are made at once, of inputs that are read once for them
/// @param first the plan of the first so many
public record SweepPlan(int variants, int together, RunPlan first) {
  /// How often the inputs are gone through.
  public int runs() {
    return Math.ceilDiv(variants, together);
  }

  /// Bytes of all outputs; those of one recipe with other numbers are of one size, to a few bytes
  /// of metadata.
  public long outputBytes() {
    return variants * first.outputs().getFirst().outputBytes();
  }
}
