package dev.mokume.method;

import dev.mokume.architecture.Block;
import dev.mokume.architecture.BlockSet;
import dev.mokume.architecture.BlockWeights;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Depths;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Ratio;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// What a ratio's numbers depend on besides the ratio.
///
/// @param tensors the names of the first model's tensors, in its order
/// @param named the recipe's named ratios
/// @param compat whose flaws to reproduce
/// @param local the name within the diffusion model (`input_blocks.0.0.weight`) of a tensor's name;
///   nothing for a tensor of another part
/// @param place where a tensor of that name belongs
/// @param depths of the first model's layers
/// @param blocks reads block weights for the first model's architecture
/// @param inBlocks whether a tensor of that name lies in one of the blocks that a text names, as
///   [BlockSet#parse] reads them
public record RatioContext(
    SequencedCollection<String> tensors,
    SequencedMap<String, Ratio> named,
    Compat compat,
    Function<String, Optional<String>> local,
    Function<String, TensorPlace> place,
    Depths depths,
    BlockNumbers blocks,
    Function<String, Predicate<String>> inBlocks) {
  public RatioContext {
    tensors = Collections.unmodifiableSequencedSet(new LinkedHashSet<>(tensors));
    named = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(named));
  }

  /// The context of a first model with those tensors, which `detection` was made from.
  public static RatioContext of(
      SequencedCollection<String> tensors,
      SequencedMap<String, Ratio> named,
      Compat compat,
      Detection detection) {
    return of(tensors, named, compat, detection, detection::place);
  }

  /// The context of tensors that several models may have given their names.
  ///
  /// @param detection of the model whose blocks the recipe speaks of
  /// @param places where each of the tensors belongs
  public static RatioContext of(
      SequencedCollection<String> tensors,
      SequencedMap<String, Ratio> named,
      Compat compat,
      Detection detection,
      Function<String, TensorPlace> places) {
    // The blocks of an architecture are known even if a checkpoint lacks some.
    Set<Block> blocks = new HashSet<>(detection.architecture().blocks());
    tensors.forEach(tensor -> blocks.add(places.apply(tensor).block()));
    return new RatioContext(
        tensors,
        named,
        compat,
        tensor -> DiffusionName.within(tensor).or(() -> local(places.apply(tensor))),
        places,
        Depths.of(blocks),
        (text, otherwise) -> {
          BlockWeights weights = BlockWeights.parse(text, detection, otherwise);
          return tensor -> weights.at(places.apply(tensor));
        },
        names -> {
          BlockSet set = BlockSet.parse(names, detection);
          return tensor -> set.contains(places.apply(tensor));
        });
  }

  /// A file of nothing but a diffusion model has no prefix before its names.
  private static Optional<String> local(TensorPlace place) {
    return place.component() == Component.UNET ? Optional.of(place.localName()) : Optional.empty();
  }
}
