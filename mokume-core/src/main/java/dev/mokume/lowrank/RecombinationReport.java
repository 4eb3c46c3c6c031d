package dev.mokume.lowrank;

import java.nio.file.Path;
import java.util.List;

/// What a LoRA was made of others as.
///
/// @param bytes of the file
/// @param layers in the order of their names
/// @param copied tensors of the LoRAs that went into the file as they are
public record RecombinationReport(
    Path output, long bytes, double seconds, List<Layer> layers, int copied) {
  public RecombinationReport {
    layers = List.copyOf(layers);
  }

  /// The factors of one layer.
  ///
  /// @param module its name in the LoRA
  /// @param before the ranks of what it was made of, together
  /// @param rank of its factors
  /// @param relativeError what the factors leave of the product that they are to be, as a share of
  ///   its norm (the root of the sum of squares), before they are rounded to their dtype
  public record Layer(String module, int before, int rank, double relativeError) {}
}
