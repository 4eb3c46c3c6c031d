package dev.mokume.architecture;

/// Blocks of language models, by the transformers library's names, whatever stands before `layers.`
/// or `h.`.
final class LanguageModelNames {
  private LanguageModelNames() {}

  /// The number of the layer, -1 if `n` belongs to none.
  static int layer(String n) {
    int at = n.startsWith("layers.") ? 0 : n.indexOf(".layers.") + 1;
    if (at == 0 && !n.startsWith("layers.")) {
      return -1;
    }
    // Text encoders and vision towers have an encoder; a decoder-only language model has none.
    boolean ofEncoder =
        n.startsWith("encoder.")
            || n.substring(0, at).endsWith(".encoder.")
            || n.startsWith("text_model.");
    return ofEncoder ? -1 : Segments.number(n, at + "layers.".length());
  }

  static String block(String n) {
    int llama = layer(n);
    if (llama >= 0) {
      return Segments.numbered("L", llama);
    }
    String tail = n.startsWith("transformer.") ? n.substring("transformer.".length()) : n;
    int gpt2 = Segments.numberAfter(tail, "h.");
    if (gpt2 >= 0) {
      return Segments.numbered("L", gpt2);
    }
    if (tail.contains("embed_tokens.") || tail.startsWith("wte.") || tail.startsWith("wpe.")) {
      return "EMBED";
    }
    if (tail.startsWith("norm.")
        || tail.endsWith("model.norm.weight")
        || tail.startsWith("ln_f.")) {
      return "NORM";
    }
    return tail.contains("lm_head.") ? "HEAD" : "OTHER";
  }
}
