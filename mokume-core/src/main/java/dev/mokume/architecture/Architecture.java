package dev.mokume.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What kind of model a checkpoint holds.
public enum Architecture {
  SD15("SD 1.x", Family.IMAGE_UNET),
  SD21("SD 2.x", Family.IMAGE_UNET),
  SDXL("SDXL", Family.IMAGE_UNET),
  SDXL_REFINER("the SDXL refiner", Family.IMAGE_UNET),
  SD3("SD 3", Family.IMAGE_TRANSFORMER),
  FLUX_DEV("FLUX.1 dev", Family.IMAGE_TRANSFORMER),
  FLUX_SCHNELL("FLUX.1 schnell", Family.IMAGE_TRANSFORMER),
  AURAFLOW("AuraFlow", Family.IMAGE_TRANSFORMER),
  QWEN_IMAGE("Qwen-Image", Family.IMAGE_TRANSFORMER),
  MOCHI("Mochi", Family.IMAGE_TRANSFORMER),
  LTXV("LTX-Video", Family.IMAGE_TRANSFORMER),
  /// Cosmos 1, 7B and 14B.
  COSMOS("Cosmos 1", Family.IMAGE_TRANSFORMER),
  COSMOS_PREDICT2("Cosmos Predict2", Family.IMAGE_TRANSFORMER),
  /// WAN 2.1 and 2.2, which name their tensors alike.
  WAN("WAN 2", Family.IMAGE_TRANSFORMER),
  LLAMA("a Llama-style language model", Family.LANGUAGE),
  MISTRAL("a Mistral language model", Family.LANGUAGE),
  QWEN2("a Qwen 2 language model", Family.LANGUAGE),
  QWEN3("a Qwen 3 language model", Family.LANGUAGE),
  GPT2("a GPT-2-style language model", Family.LANGUAGE),
  /// A VAE on its own, whose model its names do not tell.
  VAE("a VAE", Family.PART),
  /// Text encoders on their own, whose model their names do not tell.
  TEXT_ENCODER("a text encoder", Family.PART),
  LORA("a LoRA", Family.PART),
  UNKNOWN("an architecture that Mokume does not know", Family.UNKNOWN);

  /// What architectures have in common.
  public enum Family {
    IMAGE_UNET,
    /// Makes pictures or films.
    IMAGE_TRANSFORMER,
    LANGUAGE,
    /// Not a whole model.
    PART,
    UNKNOWN
  }

  private final String words;
  private final Family family;

  Architecture(String words, Family family) {
    this.words = words;
    this.family = family;
  }

  /// As in a sentence: "this looks like SD 2.x".
  public String words() {
    return words;
  }

  public Family family() {
    return family;
  }

  /// The name that people type: `sdxl`, `flux_dev`.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The diffusion model's blocks in the order of the data's way, for the architectures whose
  /// number of blocks is fixed; empty for all others, whose blocks only a checkpoint can tell
  /// ([Detection#blocks()]).
  public List<Block> blocks() {
    return switch (this) {
      case SD15, SD21 -> unet(12, false);
      case SDXL -> unet(9, true);
      case SDXL_REFINER -> unet(12, true);
      case SD3 -> sd3();
      case FLUX_DEV -> flux(true);
      case FLUX_SCHNELL -> flux(false);
      case AURAFLOW,
          QWEN_IMAGE,
          MOCHI,
          LTXV,
          COSMOS,
          COSMOS_PREDICT2,
          WAN,
          LLAMA,
          MISTRAL,
          QWEN2,
          QWEN3,
          GPT2,
          VAE,
          TEXT_ENCODER,
          LORA,
          UNKNOWN ->
          List.of();
    };
  }

  private static List<Block> unet(int depth, boolean label) {
    List<String> names = new ArrayList<>(List.of("TIME"));
    if (label) {
      names.add("LABEL");
    }
    names.addAll(numbered("IN", depth));
    names.add("M00");
    names.addAll(numbered("OUT", depth));
    names.add("OUT");
    return ofUnet(names);
  }

  private static List<Block> sd3() {
    List<String> names =
        new ArrayList<>(List.of("POS_EMBED", "X_EMBED", "CONTEXT_EMBED", "T_EMBED", "Y_EMBED"));
    names.addAll(numbered("JB", 24));
    names.add("FINAL");
    return ofUnet(names);
  }

  private static List<Block> flux(boolean guidance) {
    List<String> names = new ArrayList<>(List.of("IMG_IN", "TXT_IN", "TIME_IN", "VECTOR_IN"));
    if (guidance) {
      names.add("GUIDANCE_IN");
    }
    names.addAll(numbered("DB", 19));
    names.addAll(numbered("SB", 38));
    names.add("FINAL");
    return ofUnet(names);
  }

  /// `family` numbered from 00 to `count` - 1.
  static List<String> numbered(String family, int count) {
    List<String> names = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      names.add(Segments.numbered(family, i));
    }
    return names;
  }

  private static List<Block> ofUnet(List<String> names) {
    return names.stream().map(name -> new Block(Component.UNET, name)).toList();
  }
}
