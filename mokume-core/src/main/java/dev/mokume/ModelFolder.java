package dev.mokume;

import dev.mokume.plan.MergeOutput;
import java.nio.file.Path;

/// A model folder that is to be written, in the layout of the transformers library.
///
/// @param path of the folder
/// @param largestShard bytes of the tensors of a shard, at least 1; weights that are no more than
///   that are one file
/// @param tokenizer whether the tokenizer's files go into it
/// @param card whether a README.md goes into it
public record ModelFolder(Path path, long largestShard, boolean tokenizer, boolean card) {
  /// With everything that belongs to a model, in shards of the usual size.
  public static ModelFolder of(Path path) {
    return new ModelFolder(path, MergeOutput.USUAL_SHARD, true, true);
  }

  public ModelFolder {
    if (largestShard < 1) {
      throw new IllegalArgumentException("a shard cannot have " + largestShard + " bytes");
    }
  }
}
