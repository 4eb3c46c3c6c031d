package dev.mokume.lora;

import dev.mokume.checkpoint.StoredTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The names of the first LoRAs for Stable Diffusion 1.5, which say of a module only the how
/// manieth it is: `unet:17:up`, `text_encoder:3:down`.
///
/// The count goes through diffusers' U-Net in the order in which its parts are made (down, up, then
/// the middle), and in each transformer block through the first attention, the gated layer and the
/// second attention; in the text encoder through each layer's key, value, query and output. Source:
/// cloneofsimo/lora, and the shapes in its example files.
final class EarlyNames {
  static final String UNET = "unet";
  static final String TEXT_ENCODER = "text_encoder";

  private static final List<String> ATTENTION = List.of("to_q", "to_k", "to_v", "to_out.0");
  private static final List<String> ENCODER_ATTENTION =
      List.of("k_proj", "v_proj", "q_proj", "out_proj");
  private static final int ENCODER_LAYERS = 12;

  private static final List<String> UNET_MODULES = unet();
  private static final List<String> ENCODER_MODULES = textEncoder();

  private EarlyNames() {}

  /// Whether a module is named so: `unet:17`.
  static boolean isEarly(String module) {
    return module.startsWith(UNET + ":") || module.startsWith(TEXT_ENCODER + ":");
  }

  /// Whether a file has as many modules of each part as the count is known for.
  static boolean areKnown(Map<String, StoredTensor> tensors) {
    return isKnown(tensors, UNET, UNET_MODULES.size())
        && isKnown(tensors, TEXT_ENCODER, ENCODER_MODULES.size());
  }

  private static boolean isKnown(Map<String, StoredTensor> tensors, String part, int count) {
    long found =
        tensors.keySet().stream()
            .filter(name -> name.startsWith(part + ":") && name.endsWith(":up"))
            .count();
    return found == 0 || found == count && tensors.containsKey(part + ":" + (count - 1) + ":up");
  }

  /// `unet.down_blocks.0...` for `unet:17`; the module must be early, and the count known.
  static String module(String early) {
    int colon = early.indexOf(':');
    String part = early.substring(0, colon);
    List<String> modules = part.equals(UNET) ? UNET_MODULES : ENCODER_MODULES;
    int number = number(early.substring(colon + 1));
    return number < 0 || number >= modules.size() ? early : part + "." + modules.get(number);
  }

  private static int number(String text) {
    boolean plain =
        !text.isEmpty() && text.length() <= 4 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return plain ? Integer.parseInt(text) : -1;
  }

  private static List<String> unet() {
    List<String> modules = new ArrayList<>();
    for (int level = 0; level < 3; level++) {
      for (int layer = 0; layer < 2; layer++) {
        addTransformer(modules, "down_blocks." + level + ".attentions." + layer);
      }
    }
    for (int level = 1; level < 4; level++) {
      for (int layer = 0; layer < 3; layer++) {
        addTransformer(modules, "up_blocks." + level + ".attentions." + layer);
      }
    }
    addTransformer(modules, "mid_block.attentions.0");
    return List.copyOf(modules);
  }

  private static void addTransformer(List<String> modules, String at) {
    String block = at + ".transformer_blocks.0.";
    ATTENTION.forEach(name -> modules.add(block + "attn1." + name));
    modules.add(block + "ff.net.0.proj");
    ATTENTION.forEach(name -> modules.add(block + "attn2." + name));
  }

  private static List<String> textEncoder() {
    List<String> modules = new ArrayList<>();
    for (int layer = 0; layer < ENCODER_LAYERS; layer++) {
      String attention = "text_model.encoder.layers." + layer + ".self_attn.";
      ENCODER_ATTENTION.forEach(name -> modules.add(attention + name));
    }
    return List.copyOf(modules);
  }
}
