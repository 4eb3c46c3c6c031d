package dev.mokume.recipe.mergekit;

import dev.mokume.architecture.NumberedLayers;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/// What a config's model is, as far as its header and its config.json tell.
///
/// @param name what the recipe calls it
/// @param reference without its adapter
/// @param path of the folder or file
/// @param tensors by name
record OpenModel(
    String name,
    ModelReference reference,
    Path path,
    SequencedMap<String, TensorSpec> tensors,
    NumberedLayers layers,
    Optional<ModelConfig> config) {

  /// Reads headers only.
  ///
  /// @throws dev.mokume.error.MokumeException if it cannot be opened
  static OpenModel open(String name, ModelReference reference, Path path) {
    SequencedMap<String, TensorSpec> tensors = new LinkedHashMap<>();
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      for (StoredTensor tensor : checkpoint.tensors().values()) {
        tensors.put(tensor.name(), tensor.spec());
      }
    }
    return new OpenModel(
        name,
        reference,
        path,
        tensors,
        NumberedLayers.of(tensors.keySet()),
        ModelConfig.in(folder(path)));
  }

  /// The same with other shapes for some tensors.
  OpenModel resized(UnaryOperator<TensorSpec> shapes) {
    SequencedMap<String, TensorSpec> others = new LinkedHashMap<>();
    tensors.forEach((tensor, spec) -> others.put(tensor, shapes.apply(spec)));
    return new OpenModel(name, reference, path, others, layers, config);
  }

  /// Where its config and its tokenizer lie.
  static Path folder(Path path) {
    Path parent = path.getParent();
    return Files.isDirectory(path) ? path : parent == null ? Path.of("") : parent;
  }

  Path folder() {
    return folder(path);
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
