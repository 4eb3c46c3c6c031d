package dev.mokume.architecture;

import java.util.List;

/// Blocks of the latent autoencoder, by its own and by diffusers' names. `ENC00` is the encoder's
/// first level, `DEC03` the decoder's level at which the data arrives; both count from the pixels'
/// side, as the original names do.
final class VaeNames {
  private static final int LEVELS = 4;

  /// The encoder has two a level, the decoder three.
  private static final int MOST_BLOCKS = 3;

  private static final List<String> EARLY_ATTENTION =
      List.of("query.", "to_q.", "key.", "to_k.", "value.", "to_v.", "proj_attn.", "to_out.0.");

  private static final Vocabulary RESNET =
      Vocabulary.of()
          .modules("norm1", "norm1", "conv1", "conv1", "norm2", "norm2", "conv2", "conv2")
          .modules("nin_shortcut", "conv_shortcut");
  private static final Vocabulary ATTENTION =
      Vocabulary.of()
          .modules("norm", "group_norm")
          .matrices("q", "to_q", "k", "to_k", "v", "to_v", "proj_out", "to_out.0");

  /// The original names and diffusers'. Source: the modules of the two libraries' autoencoders.
  static final NameMap MAP = map();

  private VaeNames() {}

  private static NameMap map() {
    Vocabulary ends = Vocabulary.of().modules("quant_conv", "quant_conv");
    ends.modules("post_quant_conv", "post_quant_conv");
    NameMap map = NameMap.of();
    for (String way : List.of("encoder.", "decoder.")) {
      boolean down = way.equals("encoder.");
      for (int level = 0; level < LEVELS; level++) {
        String original = way + (down ? "down." + level : "up." + (LEVELS - 1 - level)) + ".";
        String other = way + (down ? "down_blocks." : "up_blocks.") + level + ".";
        for (int block = 0; block < MOST_BLOCKS; block++) {
          map.stage(original + "block." + block + ".", other + "resnets." + block + ".", RESNET);
        }
        map.stage(
            original + (down ? "downsample." : "upsample."),
            other + (down ? "downsamplers.0." : "upsamplers.0."),
            Vocabulary.SAME);
      }
      map.stage(way + "mid.block_1.", way + "mid_block.resnets.0.", RESNET)
          .stage(way + "mid.attn_1.", way + "mid_block.attentions.0.", ATTENTION)
          .stage(way + "mid.block_2.", way + "mid_block.resnets.1.", RESNET);
      ends.modules(way + "conv_in", way + "conv_in", way + "conv_out", way + "conv_out")
          .modules(way + "norm_out", way + "conv_norm_out");
    }
    return map.stage("", "", ends);
  }

  /// Until 2023 the diffusers library called the parts of an attention otherwise.
  static String present(String localName) {
    int at = localName.indexOf(".attentions.0.");
    if (at < 0) {
      return localName;
    }
    int start = at + ".attentions.0.".length();
    String inner = localName.substring(start);
    for (int i = 0; i < EARLY_ATTENTION.size(); i += 2) {
      String early = EARLY_ATTENTION.get(i);
      if (inner.startsWith(early)) {
        return localName.substring(0, start)
            + EARLY_ATTENTION.get(i + 1)
            + inner.substring(early.length());
      }
    }
    return localName;
  }

  /// Names of autoencoders with a time axis: WAN's and Qwen-Image's count the layers of each way in
  /// one row, LTX-Video's calls them `res_blocks`.
  static boolean isOfVideo(String n) {
    return n.startsWith("encoder.downsamples.")
        || n.startsWith("decoder.upsamples.")
        || (n.startsWith("encoder.down_blocks.") || n.startsWith("decoder.up_blocks."))
            && n.contains(".res_blocks.");
  }

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
