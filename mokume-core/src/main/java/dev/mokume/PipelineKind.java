package dev.mokume;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Component;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What a folder in the layout of the diffusers library holds for models of an architecture, as
/// their publishers have it.
///
/// Source of `pipelines.json`: the folders of runwayml/stable-diffusion-v1-5,
/// stabilityai/stable-diffusion-2-1, -xl-base-1.0 and -3-medium-diffusers, and of
/// black-forest-labs/FLUX.1-dev and -schnell.
///
/// @param className of the pipeline
/// @param settings that stand in the index beside the parts
/// @param parts that have weights, in the order of the index
/// @param beside parts that a checkpoint does not have, by name, each with its library and class
/// @param without parts that are left out: `safety_checker`
record PipelineKind(
    String className,
    ObjectNode settings,
    List<Part> parts,
    SequencedMap<String, JsonNode> beside,
    List<String> without) {
  private static final String RESOURCE = "pipelines.json";

  /// @param name of the part and its folder
  /// @param type its library and class, as the index has them
  /// @param config of the published model
  record Part(String name, Component component, JsonNode type, ObjectNode config) {
    /// The file of its weights within the folder.
    String file() {
      return name
          + (component.isTextEncoder()
              ? "/model.safetensors"
              : "/diffusion_pytorch_model.safetensors");
    }
  }

  /// Nothing for an architecture whose folders Mokume does not write.
  static Optional<PipelineKind> of(Architecture architecture) {
    JsonNode kind = read().get(architecture.id());
    return Optional.ofNullable(kind).map(PipelineKind::of);
  }

  private static PipelineKind of(JsonNode kind) {
    List<Part> parts = new ArrayList<>();
    kind.get("parts")
        .properties()
        .forEach(part ->
            parts.add(
                new Part(
                    part.getKey(),
                    Component.parse(part.getValue().get("component").asString()),
                    part.getValue().get("class"),
                    (ObjectNode) part.getValue().get("config"))));
    SequencedMap<String, JsonNode> beside = new LinkedHashMap<>();
    kind.get("beside").properties().forEach(part -> beside.put(part.getKey(), part.getValue()));
    List<String> without = new ArrayList<>();
    kind.get("without").forEach(name -> without.add(name.asString()));
    return new PipelineKind(
        kind.get("class").asString(),
        (ObjectNode) kind.get("settings"),
        List.copyOf(parts),
        beside,
        without);
  }

  private static JsonNode read() {
    try (InputStream in = PipelineKind.class.getResourceAsStream(RESOURCE)) {
      return JsonMapper.shared().readTree(Objects.requireNonNull(in).readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
