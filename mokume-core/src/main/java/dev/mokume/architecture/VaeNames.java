package dev.mokume.architecture;

/// Blocks of the latent autoencoder, by its own and by diffusers' names. `ENC00` is the encoder's
/// first level, `DEC03` the decoder's level at which the data arrives; both count from the pixels'
/// side, as the original names do.
final class VaeNames {
  private static final int LEVELS = 4;

  private VaeNames() {}

  static String block(String n) {
    if (n.startsWith("encoder.")) {
      return encoder(n);
    }
    if (n.startsWith("decoder.")) {
      return decoder(n);
    }
    if (n.startsWith("quant_conv.")) {
      return "QUANT";
    }
    return n.startsWith("post_quant_conv.") ? "POST_QUANT" : "OTHER";
  }

  private static String encoder(String n) {
    int level =
        Math.max(
            Segments.numberAfter(n, "encoder.down."),
            Segments.numberAfter(n, "encoder.down_blocks."));
    return level >= 0 ? Segments.numbered("ENC", level) : ends("ENC", n);
  }

  private static String decoder(String n) {
    int level = Segments.numberAfter(n, "decoder.up.");
    // diffusers counts the decoder's levels from the other end.
    int reversed = Segments.numberAfter(n, "decoder.up_blocks.");
    if (reversed >= 0 && reversed < LEVELS) {
      level = LEVELS - 1 - reversed;
    }
    return level >= 0 ? Segments.numbered("DEC", level) : ends("DEC", n);
  }

  private static String ends(String family, String n) {
    String rest = n.substring("encoder.".length());
    if (rest.startsWith("mid.") || rest.startsWith("mid_block.")) {
      return family + "_MID";
    }
    return rest.startsWith("conv_in.") ? family + "_IN" : family + "_OUT";
  }
}
