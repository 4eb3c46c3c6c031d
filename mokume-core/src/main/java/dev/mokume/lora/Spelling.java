package dev.mokume.lora;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How the name of a tensor ends that says something of a module, in every tool's way.
///
/// Sources: kohya-ss/sd-scripts, LyCORIS, diffusers, PEFT, cloneofsimo/lora, OneTrainer, and what
/// ComfyUI's loader knows.
///
/// @param module what stands before
record Spelling(String module, Role role) {
  private static final Map<String, Role> ENDINGS = endings();

  /// Longer ones first, since one may be another's end.
  private static final List<String> BY_LENGTH =
      ENDINGS.keySet().stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();

  /// PEFT's name for an adapter that was given none, which some tools leave in the names.
  private static final String DEFAULT = ".default";

  static Optional<Spelling> of(String name) {
    String plain = withoutDefault(name);
    for (String ending : BY_LENGTH) {
      if (plain.endsWith(ending) && plain.length() > ending.length()) {
        String module = plain.substring(0, plain.length() - ending.length());
        return Optional.of(
            new Spelling(
                module.replace(".processor.", "."),
                java.util.Objects.requireNonNull(ENDINGS.get(ending))));
      }
    }
    return Optional.empty();
  }

  private static String withoutDefault(String name) {
    String weight = DEFAULT + ".weight";
    if (name.endsWith(weight)) {
      return name.substring(0, name.length() - weight.length()) + ".weight";
    }
    return name.endsWith(DEFAULT) ? name.substring(0, name.length() - DEFAULT.length()) : name;
  }

  private static Map<String, Role> endings() {
    Map<String, Role> endings = new LinkedHashMap<>();
    for (String pair : List.of("lora_up lora_down", "lora_B lora_A")) {
      put(endings, Role.UP, "." + pair.split(" ")[0] + ".weight");
      put(endings, Role.DOWN, "." + pair.split(" ")[1] + ".weight");
    }
    put(endings, Role.UP, ".lora_B", "_lora.up.weight", ".lora.up.weight", ":up");
    put(endings, Role.DOWN, ".lora_A", "_lora.down.weight", ".lora.down.weight", ":down");
    put(endings, Role.UP, ".lora_linear_layer.up.weight");
    put(endings, Role.DOWN, ".lora_linear_layer.down.weight");
    put(endings, Role.MID, ".lora_mid.weight");
    put(endings, Role.EMBEDDING_UP, ".lora_embedding_B", ".lora_embedding_B.weight");
    put(endings, Role.EMBEDDING_DOWN, ".lora_embedding_A", ".lora_embedding_A.weight");
    put(endings, Role.ALPHA, ".alpha", "_lora.alpha");
    put(endings, Role.MAGNITUDE, ".dora_scale");
    put(endings, Role.ROW_MAGNITUDE, ".lora_magnitude_vector", ".lora_magnitude_vector.weight");
    put(endings, Role.HADAMARD_1A, ".hada_w1_a");
    put(endings, Role.HADAMARD_1B, ".hada_w1_b");
    put(endings, Role.HADAMARD_2A, ".hada_w2_a");
    put(endings, Role.HADAMARD_2B, ".hada_w2_b");
    put(endings, Role.HADAMARD_CORE_1, ".hada_t1");
    put(endings, Role.HADAMARD_CORE_2, ".hada_t2");
    put(endings, Role.KRONECKER_1, ".lokr_w1");
    put(endings, Role.KRONECKER_1A, ".lokr_w1_a");
    put(endings, Role.KRONECKER_1B, ".lokr_w1_b");
    put(endings, Role.KRONECKER_2, ".lokr_w2");
    put(endings, Role.KRONECKER_2A, ".lokr_w2_a");
    put(endings, Role.KRONECKER_2B, ".lokr_w2_b");
    put(endings, Role.KRONECKER_CORE_2, ".lokr_t2");
    put(endings, Role.GENERALISED_A1, ".a1.weight");
    put(endings, Role.GENERALISED_A2, ".a2.weight");
    put(endings, Role.GENERALISED_B1, ".b1.weight");
    put(endings, Role.GENERALISED_B2, ".b2.weight");
    put(endings, Role.GENERALISED_BM, ".bm.weight");
    put(endings, Role.ROTATION, ".oft_blocks");
    put(endings, Role.RESCALE, ".rescale");
    put(endings, Role.DIFFERENCE, ".diff", ".w_norm");
    put(endings, Role.BIAS_DIFFERENCE, ".diff_b", ".b_norm");
    put(endings, Role.REPLACEMENT, ".set_weight");
    put(endings, Role.RESHAPE, ".reshape_weight");
    return endings;
  }

  private static void put(Map<String, Role> endings, Role role, String... texts) {
    for (String text : texts) {
      endings.put(text, role);
    }
  }
}
