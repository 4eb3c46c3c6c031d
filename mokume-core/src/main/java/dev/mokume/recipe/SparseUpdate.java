package dev.mokume.recipe;

import java.util.Objects;

/// The element step of DARE-TIES as the node pack does it: which elements of `d = b - a` are taken
/// over.
///
/// Each element is dropped with probability `dropRate`, in [0, 1]. With a vote, one majority sign
/// is elected for the *whole tensor* and only deltas of that sign survive (not the TIES paper's
/// election per element); a zero delta has no sign. With `rescale` the deltas are divided by `1 -
/// dropRate` before the vote.
///
/// Source: ComfyUI-DareMerge; DARE: arXiv:2311.03099; TIES: arXiv:2306.01708.
public record SparseUpdate(Ratio dropRate, Vote vote, boolean rescale, long seed) {
  public SparseUpdate {
    Quantity.DROP_RATE.of(dropRate);
    Objects.requireNonNull(vote);
  }

  /// With the same drop rate for every tensor.
  public SparseUpdate(double dropRate, Vote vote, boolean rescale, long seed) {
    this(Quantity.DROP_RATE.of(dropRate), vote, rescale, seed);
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
