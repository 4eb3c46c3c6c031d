package dev.mokume;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import dev.mokume.method.LayerRatios;
import dev.mokume.method.RatioContext;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.RecipeNode;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;

/// A ratio's number for each tensor, under the names that ComfyUI has in memory.
record RatioNumbers(Ratio ratio, SequencedMap<String, Ratio> named, Compat compat) {
  private static final String IN_MEMORY = "diffusion_model.";

  /// For the diffusion model of a file, and what else of it the ratio has numbers for.
  SequencedMap<String, Double> of(Path model) {
    try (Checkpoint checkpoint = ScaledCheckpoint.of(Checkpoints.open(model))) {
      List<TensorSpec> specs =
          checkpoint.tensors().values().stream().map(StoredTensor::spec).toList();
      return of(specs, Architectures.detect(specs, checkpoint.metadata()));
    }
  }

  /// For the tensors that the ratio itself names.
  SequencedMap<String, Double> ofItsOwnNames() {
    List<TensorSpec> specs =
        namesIn(ratio).stream().map(name -> new TensorSpec(name, DType.F32, Shape.of(1))).toList();
    return of(specs, Architectures.detect(specs, Map.of()));
  }

  private SequencedMap<String, Double> of(List<TensorSpec> specs, Detection detection) {
    SequencedSet<String> names = new LinkedHashSet<>();
    specs.forEach(spec -> names.add(spec.name()));
    RatioContext context = RatioContext.of(names, named, compat, detection);
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    LayerRatios.resolve(ratio, context)
        .values()
        .forEach((name, value) -> numbers.put(inMemory(name, detection), value));
    return numbers;
  }

  private static String inMemory(String name, Detection detection) {
    TensorPlace place = detection.place(name);
    boolean isOfModel = place.component() == Component.UNET && place.isStoredVariously();
    return isOfModel ? IN_MEMORY + place.localName() : name;
  }

  private SequencedSet<String> namesIn(Ratio of) {
    SequencedSet<String> names = new LinkedHashSet<>();
    Set<String> seen = new HashSet<>();
    Deque<RecipeNode> open = new ArrayDeque<>(List.of(of));
    for (RecipeNode next = open.pollFirst(); next != null; next = open.pollFirst()) {
      switch (next) {
        case Ratio.ByName(var values) -> names.addAll(values.keySet());
        case Ratio.Named(var name) -> {
          if (seen.add(name)) {
            Optional.ofNullable(named.get(name)).ifPresent(open::addLast);
          }
        }
        default -> open.addAll(next.parts());
      }
    }
    return names;
  }
}
