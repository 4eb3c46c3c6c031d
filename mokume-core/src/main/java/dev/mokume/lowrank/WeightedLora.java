package dev.mokume.lowrank;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.nio.file.Path;

/// A LoRA and how much it counts.
public record WeightedLora(Path file, double weight) {
  public WeightedLora {
    if (!Double.isFinite(weight)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          file + ": its weight must be a number but was " + weight + "; 1 takes it as it is.");
    }
  }
}
