package dev.mokume.architecture;

/// Blocks of text encoders: CLIP by three ways of naming, and T5.
final class TextEncoderNames {
  private TextEncoderNames() {}

  static String block(String localName) {
    String n =
        localName.startsWith("text_model.")
            ? localName.substring("text_model.".length())
            : localName;
    int layer = layer(n);
    if (layer >= 0) {
      return Segments.numbered("L", layer);
    }
    if (n.startsWith("embeddings.")
        || n.startsWith("token_embedding")
        || n.startsWith("positional_embedding")
        || n.startsWith("shared.")
        || n.startsWith("encoder.embed_tokens.")) {
      return "EMBED";
    }
    if (n.startsWith("final_layer_norm.")
        || n.startsWith("ln_final.")
        || n.startsWith("encoder.final_layer_norm.")) {
      return "NORM";
    }
    if (n.startsWith("text_projection")) {
      return "PROJECTION";
    }
    return n.equals("logit_scale") ? "SCALE" : "OTHER";
  }

  private static int layer(String n) {
    int clip = Segments.numberAfter(n, "encoder.layers.");
    int open =
        Math.max(
            Segments.numberAfter(n, "transformer.resblocks."),
            Segments.numberAfter(n, "resblocks."));
    int t5 = Segments.numberAfter(n, "encoder.block.");
    return Math.max(clip, Math.max(open, t5));
  }
}
