package dev.mokume.architecture;

import java.util.Optional;

/// The diffusers library's names of a U-Net's stages, told as the original ones: two residual
/// blocks a level going down, three going up.
final class DiffusersUnet {
  private static final int LEVELS = 4;

  private static final Vocabulary RESNET =
      Vocabulary.of()
          .modules("in_layers.0", "norm1", "in_layers.2", "conv1", "emb_layers.1", "time_emb_proj")
          .modules("out_layers.0", "norm2", "out_layers.3", "conv2")
          .modules("skip_connection", "conv_shortcut");
  private static final Vocabulary DOWNSAMPLER = Vocabulary.of().modules("op", "conv");
  private static final Vocabulary ENDS =
      Vocabulary.of()
          .modules("time_embed.0", "time_embedding.linear_1")
          .modules("time_embed.2", "time_embedding.linear_2")
          .modules("label_emb.0.0", "add_embedding.linear_1")
          .modules("label_emb.0.2", "add_embedding.linear_2")
          .modules("input_blocks.0.0", "conv_in", "out.0", "conv_norm_out", "out.2", "conv_out");

  private static final NameMap ATTENDING_FIRST_UP = build(true);
  private static final NameMap OTHERS = build(false);

  private DiffusersUnet() {}

  /// The original names and these. Source: the modules of the two libraries' U-Nets; the names of
  /// SDXL's U-Net in both ways are among the layouts.
  ///
  /// @param attendsFirstUp whether the lowest level has attention, after which the original counts
  ///   what enlarges the picture
  static NameMap map(boolean attendsFirstUp) {
    return attendsFirstUp ? ATTENDING_FIRST_UP : OTHERS;
  }

  private static NameMap build(boolean attendsFirstUp) {
    NameMap map = NameMap.of().stage("", "", ENDS);
    for (int level = 0; level < LEVELS; level++) {
      String down = "down_blocks." + level + ".";
      for (int layer = 0; layer < 2; layer++) {
        String original = "input_blocks." + (3 * level + 1 + layer) + ".";
        map.stage(original + "0.", down + "resnets." + layer + ".", RESNET);
        map.stage(original + "1.", down + "attentions." + layer + ".", Vocabulary.SAME);
      }
      map.stage("input_blocks." + (3 * level + 3) + ".0.", down + "downsamplers.0.", DOWNSAMPLER);
      String up = "up_blocks." + level + ".";
      for (int layer = 0; layer < 3; layer++) {
        String original = "output_blocks." + (3 * level + layer) + ".";
        map.stage(original + "0.", up + "resnets." + layer + ".", RESNET);
        map.stage(original + "1.", up + "attentions." + layer + ".", Vocabulary.SAME);
      }
      int upsampler = level > 0 || attendsFirstUp ? 2 : 1;
      map.stage(
          "output_blocks." + (3 * level + 2) + "." + upsampler + ".conv.",
          up + "upsamplers.0.conv.",
          Vocabulary.SAME);
    }
    return map.stage("middle_block.0.", "mid_block.resnets.0.", RESNET)
        .stage("middle_block.1.", "mid_block.attentions.0.", Vocabulary.SAME)
        .stage("middle_block.2.", "mid_block.resnets.1.", RESNET);
  }

  /// `IN04` for `down_blocks.1.attentions.0.proj_in.weight`.
  static String block(String localName) {
    int down = Segments.numberAfter(localName, "down_blocks.");
    if (down >= 0) {
      return down(localName, down);
    }
    int up = Segments.numberAfter(localName, "up_blocks.");
    if (up >= 0) {
      return up(localName, up);
    }
    if (localName.startsWith("mid_block.")) {
      return "M00";
    }
    if (localName.startsWith("time_embedding.")) {
      return "TIME";
    }
    if (localName.startsWith("add_embedding.") || localName.startsWith("class_embedding.")) {
      return "LABEL";
    }
    if (localName.startsWith("conv_in.")) {
      return "IN00";
    }
    return localName.startsWith("conv_norm_out.") || localName.startsWith("conv_out.")
        ? "OUT"
        : "OTHER";
  }

  /// 0, 1 or 2: which of the middle block's three parts `localName` is of.
  static Optional<Integer> middlePart(String localName) {
    if (localName.startsWith("mid_block.resnets.0.")) {
      return Optional.of(0);
    }
    if (localName.startsWith("mid_block.attentions.0.")) {
      return Optional.of(1);
    }
    return localName.startsWith("mid_block.resnets.1.") ? Optional.of(2) : Optional.empty();
  }

  private static String down(String localName, int level) {
    if (localName.contains(".downsamplers.")) {
      return Segments.numbered("IN", 3 * (level + 1));
    }
    int layer = layer(localName);
    return layer < 0 ? "OTHER" : Segments.numbered("IN", 3 * level + 1 + layer);
  }

  private static String up(String localName, int level) {
    if (localName.contains(".upsamplers.")) {
      return Segments.numbered("OUT", 3 * level + 2);
    }
    int layer = layer(localName);
    return layer < 0 ? "OTHER" : Segments.numbered("OUT", 3 * level + layer);
  }

  private static int layer(String localName) {
    int resnets = localName.indexOf(".resnets.");
    if (resnets >= 0) {
      return Segments.number(localName, resnets + ".resnets.".length());
    }
    int attentions = localName.indexOf(".attentions.");
    return attentions < 0 ? -1 : Segments.number(localName, attentions + ".attentions.".length());
  }
}
