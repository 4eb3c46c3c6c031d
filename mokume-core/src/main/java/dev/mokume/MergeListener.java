package dev.mokume;

import dev.mokume.plan.MergePlan;

/// Told what a merge does, from whichever thread does it. Methods return quickly and do not throw.
public interface MergeListener {
  /// A listener that ignores everything.
  MergeListener NONE = new MergeListener() {};

  /// The plan is made and nothing was read yet. Of outputs that are made together, each has one.
  default void planned(MergePlan plan) {}

  /// So many of the plan's bytes of work are done: `done` grows to `total`.
  default void progressed(long done, long total) {}

  /// How something was understood, or what is worth knowing, as a sentence.
  default void noted(String message) {}

  /// Something that is not as it should be, or was passed over, and does not stop the work, as a
  /// sentence.
  default void warned(String message) {}
}
