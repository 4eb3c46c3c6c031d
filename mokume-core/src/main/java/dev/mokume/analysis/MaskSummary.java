package dev.mokume.analysis;

import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.plan.PreparedMerge;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// How much a mask selects.
///
/// @param name what a person calls it: the file
/// @param total of all tensors
/// @param components in the order of [Component]
/// @param blocks in the order of the data's way
/// @param tensors in the order of the file, or for a recipe's mask of the models
public record MaskSummary(
    String name,
    Selection total,
    SequencedMap<Component, Selection> components,
    SequencedMap<Block, Selection> blocks,
    SequencedMap<String, Selection> tensors) {
  public MaskSummary {
    components = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(components));
    blocks = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(blocks));
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
  }

  /// Selected elements among all of some tensors.
  public record Selection(int tensors, long selected, long elements) {
    /// 0 to 1; NaN where there are no elements.
    public double share() {
      return elements == 0 ? Double.NaN : (double) selected / elements;
    }

    Selection plus(Selection other) {
      return new Selection(
          tensors + other.tensors, selected + other.selected, elements + other.elements);
    }
  }

  /// Settles how a mask file is counted. Reads headers only.
  ///
  /// @throws dev.mokume.error.MokumeException `MALFORMED_CHECKPOINT` or `UNSUPPORTED_CHECKPOINT` if
  ///   it is no mask file
  public static Measurement<MaskSummary> prepare(Checkpoint mask) {
    return CountedMask.of(mask);
  }

  /// Settles how the mask that a recipe makes is counted, without making it.
  ///
  /// @throws dev.mokume.error.MokumeException with the plan's problems; `INVALID_RECIPE` if the
  ///   recipe makes no mask
  public static Measurement<MaskSummary> prepare(PreparedMerge merge) {
    return CountedMask.of(merge);
  }
}
