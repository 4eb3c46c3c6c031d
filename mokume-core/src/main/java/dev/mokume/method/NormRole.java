package dev.mokume.method;

import java.util.List;
import java.util.Optional;

/// What a tensor is to norm matching, by its name.
///
/// @param kind its part
/// @param weight the tensor whose norms decide
record NormRole(Kind kind, String weight) {
  enum Kind {
    /// Scaled by the ratio of its own layer.
    QUERY,
    /// Divided by the query's ratio, so that their product keeps its size.
    KEY,
    VALUE,
    /// An attention's output projection; scaled by its own ratio.
    OUTPUT,
    /// A layer outside attention.
    LAYER
  }

  private record Ending(String text, Kind kind) {}

  private static final List<Ending> ATTENTION =
      List.of(
          new Ending(".to_q", Kind.QUERY),
          new Ending(".q_proj", Kind.QUERY),
          new Ending(".to_k", Kind.KEY),
          new Ending(".k_proj", Kind.KEY),
          new Ending(".to_v", Kind.VALUE),
          new Ending(".v_proj", Kind.VALUE),
          new Ending(".to_out.0", Kind.OUTPUT),
          new Ending(".out_proj", Kind.OUTPUT),
          new Ending(".o_proj", Kind.OUTPUT));

  /// The role of a tensor called `.weight` or `.bias`; others have none.
  static Optional<NormRole> of(String tensor) {
    int dot = tensor.lastIndexOf('.');
    String stem = dot < 0 ? "" : tensor.substring(0, dot);
    if (!tensor.endsWith(".weight") && !tensor.endsWith(".bias")) {
      return Optional.empty();
    }
    for (Ending ending : ATTENTION) {
      if (stem.endsWith(ending.text)) {
        String deciding = ending.kind == Kind.KEY ? query(stem) : stem;
        return Optional.of(new NormRole(ending.kind, deciding + ".weight"));
      }
    }
    return Optional.of(new NormRole(Kind.LAYER, stem + ".weight"));
  }

  private static String query(String key) {
    return key.endsWith(".to_k")
        ? key.substring(0, key.length() - ".to_k".length()) + ".to_q"
        : key.substring(0, key.length() - ".k_proj".length()) + ".q_proj";
  }

  boolean isAttention() {
    return kind != Kind.LAYER;
  }
}
