package dev.mokume.lora;

import dev.mokume.architecture.Component;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Which component a module is of, told by what stands before its name.
///
/// @param prefix as in the file; empty for none
/// @param components that it may be of, the likeliest first: which text encoder is the second one
///   depends on the model
/// @param module the rest of the name
record ModuleScope(String prefix, List<Component> components, String module) {
  private static final List<Component> FIRST_ENCODER =
      List.of(Component.CLIP_L, Component.CLIP_H, Component.CLIP_G, Component.T5XXL);
  private static final List<Component> SECOND_ENCODER = List.of(Component.CLIP_G, Component.T5XXL);
  private static final List<Component> ANY =
      List.of(
          Component.UNET,
          Component.LM,
          Component.CLIP_L,
          Component.CLIP_G,
          Component.CLIP_H,
          Component.T5XXL);

  private static final Map<String, List<Component>> PREFIXES = prefixes();

  /// Longer ones first, since one may be another's start.
  private static final List<String> BY_LENGTH =
      PREFIXES.keySet().stream()
          .sorted(Comparator.comparingInt(String::length).reversed())
          .toList();

  static ModuleScope of(String module) {
    for (String prefix : BY_LENGTH) {
      if (module.startsWith(prefix)) {
        List<Component> components = PREFIXES.getOrDefault(prefix, ANY);
        String rest = module.substring(prefix.length());
        if (components.equals(ANY)) {
          ModuleScope inner = of(rest);
          return inner.prefix.isEmpty()
              ? new ModuleScope(prefix, ANY, rest)
              : new ModuleScope(prefix + inner.prefix, inner.components, inner.module);
        }
        return new ModuleScope(prefix, components, rest);
      }
    }
    return new ModuleScope("", ANY, module);
  }

  /// The same module as one of a language model, whose own names may begin as others' prefixes do.
  ModuleScope inLanguageModel() {
    String inner =
        prefix.startsWith(Adapter.PEFT) ? prefix.substring(Adapter.PEFT.length()) : prefix;
    return new ModuleScope(prefix, List.of(Component.LM), inner + module);
  }

  /// What tools write before names. Sources: as for [Spelling].
  private static Map<String, List<Component>> prefixes() {
    Map<String, List<Component>> prefixes = new LinkedHashMap<>();
    for (String unet :
        List.of(
            "lora_unet_",
            "lora_transformer_",
            "lora_prior_unet_",
            "oft_unet_",
            "unet.",
            "transformer.",
            "diffusion_model.",
            "model.diffusion_model.")) {
      prefixes.put(unet, List.of(Component.UNET));
    }
    for (String text : List.of("lora_te_", "lora_te1_", "oft_te_", "text_encoder.", "te1.")) {
      prefixes.put(text, FIRST_ENCODER);
    }
    for (String text : List.of("lora_te2_", "text_encoder_2.", "te2.")) {
      prefixes.put(text, SECOND_ENCODER);
    }
    for (String text : List.of("lora_te3_", "lora_t5xxl_", "text_encoder_3.", "te3.")) {
      prefixes.put(text, List.of(Component.T5XXL));
    }
    for (Component encoder : FIRST_ENCODER) {
      for (String before : List.of("text_encoders.", "")) {
        String id = before + encoder.id() + ".";
        prefixes.put(id, List.of(encoder));
        prefixes.put(id + "transformer.", List.of(encoder));
      }
    }
    prefixes.put("lycoris_", ANY);
    prefixes.put(Adapter.PEFT, ANY);
    return prefixes;
  }

  /// The names by which the module may be known, the likeliest first.
  List<String> spellings() {
    List<String> spellings = new ArrayList<>(List.of(module));
    // diffusers' early attention processors leave out the number of the only layer there is.
    if (module.endsWith("to_out") || module.endsWith("to_out_lora")) {
      spellings.add(module + ".0");
    }
    if (module.startsWith("encoder.layers.") || module.startsWith("encoder_layers_")) {
      spellings.add("text_model." + module);
    }
    if (components.equals(List.of(Component.LM)) && module.startsWith("transformer.")) {
      spellings.add(module.substring("transformer.".length()));
    }
    return spellings;
  }
}
