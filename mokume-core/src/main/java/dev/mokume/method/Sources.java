package dev.mokume.method;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.lora.AdapterFit;
import dev.mokume.recipe.AdapterUse;
import dev.mokume.recipe.Recipe;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/// What a recipe's names lead to.
///
/// @param recipe what was asked
/// @param models the opened checkpoints by the recipe's names for them
/// @param masks the opened mask files
/// @param adapters what each adapter does to the targets
/// @param ratios what ratios depend on
/// @param targets the tensors that may be asked for, in the order in which a sequential generator
///   draws for them
/// @param component of a target; none for one that stays as it is in the first model
public record Sources(
    Recipe recipe,
    SequencedMap<String, Checkpoint> models,
    Map<Path, MaskFile> masks,
    Map<AdapterUse, AdapterFit> adapters,
    RatioContext ratios,
    SequencedMap<String, TensorSpec> targets,
    Function<String, Optional<Component>> component) {
  /// The targets' names.
  public List<String> order() {
    return List.copyOf(targets.keySet());
  }
}
