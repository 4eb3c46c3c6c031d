package dev.mokume.lowrank;

import dev.mokume.tensor.DType;
import java.util.Optional;

/// How LoRAs become one.
///
/// @param way of adding them
/// @param rank that each layer's factors are cut to; as they come if empty
/// @param dtype of the factors; that of the first LoRA's if empty
public record RecombinationOptions(Way way, Optional<RankChoice> rank, Optional<DType> dtype) {
  /// What the factors of a layer become.
  public enum Way {
    /// Factors side by side, whose product is the sum of the weighted products, exactly.
    SUM,
    /// As [#SUM], with weights that add up to 1.
    MEAN_OF_PRODUCTS,
    /// The weighted mean of the `up` by that of the `down`, which is the mean of no products: it
    /// has mixed terms. Ranks have to be alike.
    MEAN_OF_FACTORS
  }

  /// @throws dev.mokume.error.MokumeException if the dtype is none that [ExtractionOptions] has
  ///   factors in
  public RecombinationOptions {
    dtype.ifPresent(ExtractionOptions::requireFactors);
  }
}
