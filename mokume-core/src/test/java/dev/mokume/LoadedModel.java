package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A model folder as a loader reads it: the config says what there must be, the index where it is;
/// no weight may be missing, be left over or have another shape.
final class LoadedModel {
  final Path folder;
  final JsonNode config;
  private final Map<String, Path> files = new TreeMap<>();

  private LoadedModel(Path folder) {
    this.folder = folder;
    this.config = json("config.json");
    Path single = folder.resolve("model.safetensors");
    if (Files.exists(single)) {
      assertThat(folder.resolve("model.safetensors.index.json")).doesNotExist();
      SmallCheckpoint.read(single).names().forEach(name -> files.put(name, single));
    } else {
      readIndex();
    }
  }

  private void readIndex() {
    JsonNode index = json("model.safetensors.index.json");
    index
        .get("weight_map")
        .properties()
        .forEach(
            entry -> files.put(entry.getKey(), folder.resolve(entry.getValue().stringValue())));
    long bytes = 0;
    Set<String> there = new TreeSet<>();
    for (Path file : new TreeSet<>(files.values())) {
      try (Checkpoint shard = Checkpoints.open(file)) {
        for (var tensor : shard.tensors().values()) {
          assertThat(files).containsEntry(tensor.name(), file);
          there.add(tensor.name());
          bytes += tensor.length();
        }
      }
    }
    assertThat(there).isEqualTo(files.keySet());
    assertThat(index.get("metadata").get("total_size").asLong()).isEqualTo(bytes);
  }

  /// @throws AssertionError if a loader would complain
  static LoadedModel of(Path folder) {
    LoadedModel model = new LoadedModel(folder);
    Map<String, Shape> wanted = new TreeMap<>();
    long width = model.config.get("hidden_size").asLong();
    long vocabulary = model.config.get("vocab_size").asLong();
    wanted.put("model.embed_tokens.weight", Shape.of(vocabulary, width));
    for (int i = 0; i < model.layers(); i++) {
      wanted.put("model.layers." + i + ".self_attn.q_proj.weight", Shape.of(width, width));
      wanted.put("model.layers." + i + ".mlp.up_proj.weight", Shape.of(width, width));
      wanted.put("model.layers." + i + ".input_layernorm.weight", Shape.of(width));
    }
    wanted.put("model.norm.weight", Shape.of(width));
    if (!model.config.get("tie_word_embeddings").asBoolean()) {
      wanted.put("lm_head.weight", Shape.of(vocabulary, width));
    }
    Map<String, Shape> found = new TreeMap<>();
    model.files.forEach(
        (name, file) -> found.put(name, SmallCheckpoint.read(file).spec(name).shape()));
    assertThat(found).isEqualTo(wanted);
    return model;
  }

  int layers() {
    return config.get("num_hidden_layers").asInt();
  }

  /// The first element of a tensor.
  float first(String tensor) {
    return values(tensor)[0];
  }

  float[] values(String tensor) {
    return SmallCheckpoint.read(file(tensor)).values(tensor);
  }

  Path file(String tensor) {
    Path file = files.get(tensor);
    assertThat(file).as(tensor).isNotNull();
    return file;
  }

  String text(String name) {
    try {
      return Files.readString(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode json(String name) {
    return JsonMapper.shared().readTree(text(name));
  }
}
