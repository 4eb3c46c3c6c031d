package dev.mokume.recipe.mergekit;

import dev.mokume.architecture.NumberedLayers;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.TensorSpec;
import dev.mokume.tokenizer.TokenizerMerge;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What a config's model is, as far as its header and its config.json tell.
///
/// @param name what the recipe calls it
/// @param reference without its adapter
/// @param path of the folder or file
/// @param tensors by name
/// @param kind of the architecture that it has
record OpenModel(
    String name,
    ModelReference reference,
    Path path,
    SequencedMap<String, TensorSpec> tensors,
    NumberedLayers layers,
    Optional<ModelConfig> config,
    ModelKind kind) {

  /// Reads headers only.
  ///
  /// @param architecture in place of what its own config says
  /// @throws dev.mokume.error.MokumeException if it cannot be opened
  static OpenModel open(
      String name, ModelReference reference, Path path, @Nullable String architecture) {
    SequencedMap<String, TensorSpec> tensors = new LinkedHashMap<>();
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      for (StoredTensor tensor : checkpoint.tensors().values()) {
        tensors.put(tensor.name(), tensor.spec());
      }
    }
    Optional<ModelConfig> config = ModelConfig.in(TokenizerMerge.folder(path));
    return new OpenModel(
        name,
        reference,
        path,
        tensors,
        NumberedLayers.of(tensors.keySet()),
        config,
        architecture == null
            ? config.map(ModelConfig::kind).orElse(ModelKind.UNKNOWN)
            : ModelKind.named(architecture));
  }

  /// The same with other shapes for some tensors.
  OpenModel resized(UnaryOperator<TensorSpec> shapes) {
    SequencedMap<String, TensorSpec> others = new LinkedHashMap<>();
    tensors.forEach((tensor, spec) -> others.put(tensor, shapes.apply(spec)));
    return new OpenModel(name, reference, path, others, layers, config, kind);
  }

  /// The same, where a head that is the embedding is a tensor of its own.
  ///
  /// @param name of the head, unless the model has one
  OpenModel withHead(String name) {
    Optional<TensorSpec> embedding = embedding();
    if (hasHead() || embedding.isEmpty()) {
      return this;
    }
    SequencedMap<String, TensorSpec> more = new LinkedHashMap<>(tensors);
    TensorSpec spec = embedding.get();
    more.put(name, new TensorSpec(name, spec.dtype(), spec.shape()));
    return new OpenModel(this.name, reference, path, more, layers, config, kind);
  }

  /// Its name and its folder, and what its config says.
  OpenModel withoutTensors() {
    return new OpenModel(
        name, reference, path, new LinkedHashMap<>(), NumberedLayers.of(List.of()), config, kind);
  }

  boolean hasHead() {
    return head().isPresent();
  }

  /// The head's name; nothing if it is the embedding.
  Optional<String> head() {
    return tensors.keySet().stream().filter(NumberedLayers::isHead).findFirst();
  }

  /// What its head would be called if it were a tensor of its own; nothing if it is, or if the
  /// model has no embedding that is its head.
  Optional<String> tiedHead() {
    return hasHead()
        ? Optional.empty()
        : embedding().map(spec -> NumberedLayers.headBeside(spec.name()));
  }

  private Optional<TensorSpec> embedding() {
    return tensors.values().stream()
        .filter(spec -> NumberedLayers.mayBeHead(spec.name()))
        .findFirst();
  }

  /// Where its config and its tokenizer lie.
  Path folder() {
    return TokenizerMerge.folder(path);
  }

  /// What stands before the number of a layer in the names of the language model's tensors.
  Optional<String> row() {
    return layers.main(config.map(ModelConfig::layers).orElse(OptionalInt.empty()));
  }

  /// How many layers of that row there are.
  int count(String row) {
    return layers.counts().getOrDefault(row, 0);
  }
}
