package dev.mokume.lowrank;

import dev.mokume.checkpoint.StoredTensor;
import java.util.Optional;

/// A tensor whose difference between two models goes into a LoRA.
sealed interface Part permits Layer, SmallTensor {
  StoredTensor tuned();

  /// What it is taken from; nothing if `tuned` is the difference already.
  Optional<StoredTensor> base();
}
