package dev.mokume.architecture;

/// The names of an averaged copy: `model_ema.` and the U-Net's name without its dots.
///
/// `input_blocks.10.0.emb_layers.1.bias` is stored as `input_blocks100emb_layers1bias`. The digits
/// can still be told apart: the last of them is the number inside the block, which has but one
/// digit.
final class FlattenedUnet {
  private static final String MODEL = "diffusion_model";

  private FlattenedUnet() {}

  /// `flattened` is the name after `model_ema.`.
  static String block(String flattened) {
    if (!flattened.startsWith(MODEL)) {
      return "OTHER";
    }
    String n = flattened.substring(MODEL.length());
    if (n.startsWith("input_blocks")) {
      return numbered("IN", n, "input_blocks".length());
    }
    if (n.startsWith("output_blocks")) {
      return numbered("OUT", n, "output_blocks".length());
    }
    if (n.startsWith("middle_block")) {
      return "M00";
    }
    if (n.startsWith("time_embed")) {
      return "TIME";
    }
    if (n.startsWith("label_emb")) {
      return "LABEL";
    }
    return n.startsWith("out") ? "OUT" : "OTHER";
  }

  private static String numbered(String family, String n, int from) {
    int end = from;
    while (end < n.length() && Character.isDigit(n.charAt(end))) {
      end++;
    }
    int digits = end - from - 1;
    return digits < 1 || digits > 2
        ? "OTHER"
        : Segments.numbered(family, Integer.parseInt(n.substring(from, end - 1)));
  }
}
