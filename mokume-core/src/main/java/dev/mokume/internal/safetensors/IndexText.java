package dev.mokume.internal.safetensors;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// The `model.safetensors.index.json` of a set of shards, as transformers and diffusers write it,
/// tensors in the order of their names.
final class IndexText {
  private IndexText() {}

  /// @param shardOf the file of each tensor
  /// @param bytes of all tensors together
  static byte[] of(Map<String, String> shardOf, long bytes) {
    Map<String, String> sorted = new TreeMap<>(JsonText.UTF_8_ORDER);
    sorted.putAll(shardOf);
    StringBuilder json = new StringBuilder(sorted.size() * 128 + 128);
    json.append("{\n  \"metadata\": {\n    \"total_size\": ").append(bytes).append("\n  },\n");
    json.append("  \"weight_map\": {");
    String separator = "\n    ";
    for (Map.Entry<String, String> tensor : sorted.entrySet()) {
      JsonText.append(json.append(separator), tensor.getKey()).append(": ");
      JsonText.append(json, tensor.getValue());
      separator = ",\n    ";
    }
    return json.append("\n  }\n}\n").toString().getBytes(StandardCharsets.UTF_8);
  }
}
