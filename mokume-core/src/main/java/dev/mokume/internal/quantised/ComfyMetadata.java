package dev.mokume.internal.quantised;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What `_quantization_metadata` in a file's free text tells ComfyUI: for each quantised layer a
/// JSON object, whose `format` says how its weight is stored.
///
/// @param layers the object of each layer, as text, by the layer's name in order
public record ComfyMetadata(SequencedMap<String, String> layers) {
  public static final String KEY = "_quantization_metadata";

  private static final String VERSION = "1.0";

  /// Far more than any layer's settings take.
  private static final int DEEPEST = 8;

  private static final int MOST_TOKENS = 4_000_000;

  public ComfyMetadata {
    layers = Collections.unmodifiableSequencedMap(new TreeMap<>(layers));
  }

  /// What the free text of a file says; nothing if it says nothing of the kind, or not in the way
  /// ComfyUI writes it.
  static Optional<ComfyMetadata> of(Map<String, String> metadata) {
    String text = metadata.get(KEY);
    if (text == null) {
      return Optional.empty();
    }
    try {
      if (!(Json.MAPPER.readTree(text).get("layers") instanceof JsonNode layers)
          || !layers.isObject()) {
        return Optional.empty();
      }
      SequencedMap<String, String> byName = new TreeMap<>();
      layers.properties().forEach(entry -> byName.put(entry.getKey(), entry.getValue().toString()));
      return Optional.of(new ComfyMetadata(byName));
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /// The text for a file's metadata.
  public String json() {
    StringBuilder json = new StringBuilder("{\"format_version\":\"" + VERSION + "\",\"layers\":{");
    String separator = "";
    for (Map.Entry<String, String> layer : layers.entrySet()) {
      json.append(separator)
          .append(Json.MAPPER.writeValueAsString(layer.getKey()))
          .append(':')
          .append(layer.getValue());
      separator = ",";
    }
    return json.append("}}").toString();
  }

  /// Made when it is first needed, which takes as long as the rest of opening a file.
  private static final class Json {
    private static final JsonMapper MAPPER =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(
                        StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .maxTokenCount(MOST_TOKENS)
                            .build())
                    .build())
            .build();
  }
}
