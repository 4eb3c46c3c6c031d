package dev.mokume.lowrank;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The `adapter_config.json` that the peft library wants beside an adapter: which modules it
/// changes, of what rank. Every alpha is the module's rank, so that a product counts as it is.
///
/// @param ranks by the module's name in the model
/// @param transposed whether the changed weights have rows for columns, as GPT-2's
/// @param task in the library's word, if it is known
/// @param base the name of the model that it is for, if it is known
record AdapterConfig(
    SortedMap<String, Integer> ranks,
    boolean transposed,
    Optional<String> task,
    Optional<String> base) {
  private static final String PREFIX = "base_model.model.";

  /// @param ranks by the module's name in the LoRA; those of 0 have no factors
  static AdapterConfig of(
      Map<String, Integer> ranks,
      boolean transposed,
      Optional<String> task,
      Optional<String> base) {
    SortedMap<String, Integer> own = new TreeMap<>();
    ranks.forEach((module, rank) -> {
      if (rank > 0) {
        own.put(module.substring(PREFIX.length()), rank);
      }
    });
    return new AdapterConfig(own, transposed, task, base);
  }

  /// Whether modules have the names that the library gives them.
  static boolean isFor(Collection<String> modules) {
    return !modules.isEmpty() && modules.stream().allMatch(module -> module.startsWith(PREFIX));
  }

  /// The file's bytes. `r` is the greatest rank, and modules of another are in the patterns.
  byte[] bytes() {
    JsonMapper mapper = JsonMapper.shared();
    int greatest = ranks.values().stream().mapToInt(Integer::intValue).max().orElse(1);
    ObjectNode patterns = mapper.createObjectNode();
    ranks.forEach((module, rank) -> {
      if (rank != greatest) {
        patterns.put(module, rank);
      }
    });
    ObjectNode config = mapper.createObjectNode();
    config.set("alpha_pattern", patterns);
    put(config, "base_model_name_or_path", base);
    config.put("bias", "none");
    config.put("fan_in_fan_out", transposed);
    config.put("inference_mode", true);
    config.put("lora_alpha", greatest);
    config.put("lora_dropout", 0.0);
    config.putNull("modules_to_save");
    config.put("peft_type", "LORA");
    config.put("r", greatest);
    config.set("rank_pattern", patterns);
    ranks.keySet().forEach(config.putArray("target_modules")::add);
    put(config, "task_type", task);
    config.put("use_dora", false);
    config.put("use_rslora", false);
    String text = mapper.writerWithDefaultPrettyPrinter().writeValueAsString(config);
    return (text.replace("\r\n", "\n") + "\n").getBytes(StandardCharsets.UTF_8);
  }

  private static void put(ObjectNode config, String key, Optional<String> text) {
    text.ifPresentOrElse(known -> config.put(key, known), () -> config.putNull(key));
  }
}
