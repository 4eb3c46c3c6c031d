package dev.mokume.architecture;

import java.util.Optional;

/// The diffusers library's names of a U-Net's stages, told as the original ones: two residual
/// blocks a level going down, three going up.
final class DiffusersUnet {
  private DiffusersUnet() {}

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
