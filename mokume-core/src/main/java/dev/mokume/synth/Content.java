package dev.mokume.synth;

import dev.mokume.checkpoint.StoredTensor;
import java.util.Optional;

/// What a tensor is filled with.
sealed interface Content {
  /// Random numbers.
  record Random(float mean, float deviation) implements Content {}

  /// These values, as many as the tensor has elements.
  record Values(float[] values) implements Content {}

  /// The same value in every element.
  record Constant(float value) implements Content {}

  /// Integers that count each row from 0.
  record Positions() implements Content {}

  /// Integers or truth values that are all 0.
  record Zeros() implements Content {}

  /// The bytes of a stored tensor.
  record Copy(StoredTensor from) implements Content {}

  /// The values of a stored tensor plus random numbers of that deviation.
  record Sibling(StoredTensor base, float deviation) implements Content {}

  /// The stored tensor that is read for it.
  default Optional<StoredTensor> source() {
    return switch (this) {
      case Copy(StoredTensor from) -> Optional.of(from);
      case Sibling(StoredTensor base, float _) -> Optional.of(base);
      case Random _, Values _, Constant _, Positions _, Zeros _ -> Optional.empty();
    };
  }
}
