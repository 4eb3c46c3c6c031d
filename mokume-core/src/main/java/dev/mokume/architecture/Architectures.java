package dev.mokume.architecture;

import dev.mokume.tensor.TensorSpec;
import java.util.Collection;
import java.util.Map;

/// Tells what a checkpoint is from its tensors' names and shapes, never from its file's name.
public final class Architectures {
  private Architectures() {}

  /// Two passes over the names, none over the data.
  public static Detection detect(Collection<TensorSpec> tensors) {
    return detect(tensors, Map.of());
  }

  /// @param metadata the file's free text; its `modelspec.prediction_type` decides where names
  ///   cannot
  public static Detection detect(Collection<TensorSpec> tensors, Map<String, String> metadata) {
    return new NameSurvey(tensors, metadata).conclude(tensors);
  }
}
