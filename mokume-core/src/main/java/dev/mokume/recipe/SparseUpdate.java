package dev.mokume.recipe;

import java.util.Objects;

/// The element step of DARE-TIES as the node pack does it: which elements of `d = b - a` are taken
/// over.
///
/// Each element is dropped with probability `dropRate`. With a vote, one majority sign is elected
/// for the *whole tensor* and only deltas of that sign survive (not the TIES paper's election per
/// element); a zero delta has no sign. With `rescale` the deltas are divided by `1 - dropRate`
/// before the vote.
///
/// Source: ComfyUI-DareMerge; DARE: arXiv:2311.03099; TIES: arXiv:2306.01708.
public record SparseUpdate(double dropRate, Vote vote, boolean rescale, long seed) {
  public SparseUpdate {
    if (!(dropRate >= 0 && dropRate <= 1)) {
      throw new IllegalArgumentException(
          "drop rate must be in [0, 1] but was "
              + dropRate
              + "; 0 keeps every element, 1 drops all");
    }
    Objects.requireNonNull(vote);
  }

  /// How the whole-tensor sign is elected; no count or sum of zero is positive.
  public enum Vote {
    /// The sign of the sum of the deltas.
    SUM,
    /// The sign that more deltas have.
    COUNT,
    /// No election: deltas of either sign survive.
    OFF
  }
}
