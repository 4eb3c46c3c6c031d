package dev.mokume.recipe;

/// How what is kept of a task vector makes up for what was dropped. Two tools call two of these
/// "rescale": see the vocabulary.
public enum Rescale {
  NONE,
  /// Each element is divided by the probability with which it was kept, or by the density where
  /// chance plays no part. Source: DARE, arXiv:2311.03099.
  INVERSE_DENSITY,
  /// Multiplied so that the sum of magnitudes is what it was. Source: mergekit.
  MATCH_L1,
  /// Multiplied so that the Euclidean norm is what it was. Source: mergekit.
  MATCH_L2,
  /// Multiplied so that the greatest magnitude is what it was. Source: mergekit.
  MATCH_MAX
}
