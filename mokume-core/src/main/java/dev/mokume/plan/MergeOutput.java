package dev.mokume.plan;

import dev.mokume.recipe.Recipe;
import dev.mokume.tokenizer.TokenizerMerge;
import java.nio.file.Path;
import java.util.Optional;

/// What is to be made, and where it goes.
///
/// @param recipe what it is made by
/// @param file whose name also says in which form it is stored; `model.safetensors.index.json` is
///   the index of a checkpoint in shards
/// @param largestShard bytes of the tensors of a shard, at least 1
/// @param tokenizer the merged one of the recipe's models, as far as somebody has made it already;
///   one that is not the recipe's is not looked at
public record MergeOutput(
    Recipe recipe, Path file, long largestShard, Optional<TokenizerMerge> tokenizer) {
  /// As huggingface_hub divides checkpoints.
  public static final long USUAL_SHARD = 5_000_000_000L;

  public MergeOutput {
    if (largestShard < 1) {
      throw new IllegalArgumentException("a shard cannot have " + largestShard + " bytes");
    }
  }

  /// Whose tokenizers are merged when it is planned, if its recipe merges any.
  public MergeOutput(Recipe recipe, Path file, long largestShard) {
    this(recipe, file, largestShard, Optional.empty());
  }

  /// In shards of the usual size, if it is to be in shards.
  public MergeOutput(Recipe recipe, Path file) {
    this(recipe, file, USUAL_SHARD);
  }
}
