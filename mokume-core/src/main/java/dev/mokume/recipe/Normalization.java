package dev.mokume.recipe;

import java.util.Locale;

/// Which parameters are scaled to the norms of the reference model. Source: ComfyUI-DareMerge,
/// Normalize Model.
public enum Normalization {
  /// Weight and bias of every layer outside attention by the weight's ratio, and attention as
  /// `ATTN_ONLY`.
  Q_NORM,
  /// Weight and bias of every layer outside attention by the weight's ratio.
  ALL,
  /// Nothing.
  NONE,
  /// In each attention: q times its ratio, k divided by it; the output projection by its own. v is
  /// never scaled.
  ATTN_ONLY;

  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
