package dev.mokume.plot;

import java.util.Locale;
import java.util.Map;

/// What flows along a link: ComfyUI's name for it, and the colour that it is drawn in.
record LinkType(String name, int colour) {
  private static final int OTHER = 0x8d8d8d;

  private static final Map<String, Integer> COLOURS =
      Map.ofEntries(
          Map.entry("MODEL", 0x7e57c2),
          Map.entry("CLIP", 0xc79a00),
          Map.entry("VAE", 0xe0525a),
          Map.entry("CONDITIONING", 0xef8532),
          Map.entry("LATENT", 0xd04fb0),
          Map.entry("IMAGE", 0x3b8ee0),
          Map.entry("MASK", 0x5b9e3e),
          Map.entry("MODEL_MASK", 0x2e9e6b),
          Map.entry("LAYER_GRADIENT", 0x0097a7),
          Map.entry("STRING", 0x6d8b3a));

  static LinkType of(String name) {
    return new LinkType(name, COLOURS.getOrDefault(name, OTHER));
  }

  /// What the name of an input says, where nobody knows the node: `model_a` takes a MODEL.
  static LinkType guess(String input) {
    String name = input.toLowerCase(Locale.ROOT);
    if (name.contains("mask")) {
      return of(name.startsWith("m") ? "MODEL_MASK" : "MASK");
    } else if (name.startsWith("model")) {
      return of("MODEL");
    } else if (name.startsWith("clip")) {
      return of("CLIP");
    } else if (name.startsWith("vae")) {
      return of("VAE");
    } else if (name.startsWith("gradient")) {
      return of("LAYER_GRADIENT");
    } else if (name.equals("positive") || name.equals("negative")) {
      return of("CONDITIONING");
    } else if (name.startsWith("latent") || name.startsWith("samples")) {
      return of("LATENT");
    } else if (name.startsWith("image") || name.equals("pixels")) {
      return of("IMAGE");
    } else if (name.equals("text")) {
      return of("STRING");
    }
    return of("");
  }
}
