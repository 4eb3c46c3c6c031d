package dev.mokume.recipe;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.List;

/// Which random numbers a recipe draws.
public enum Rng {
  /// Mokume's own: a pure function of seed, stream, tensor name and element index.
  STATELESS,
  /// torch's CPU generator, bit for bit. Reproduces merges that were made on a CPU; a merge made on
  /// a graphics card cannot be reproduced, since its draws depend on the card.
  TORCH_CPU;

  public String id() {
    return this == STATELESS ? "stateless" : "torch-cpu";
  }

  public static Rng parse(String id) {
    return switch (id) {
      case "stateless" -> STATELESS;
      case "torch-cpu" -> TORCH_CPU;
      default ->
          throw new MokumeException(
              ErrorCode.INVALID_RECIPE,
              "there is no random generator '"
                  + id
                  + "'"
                  + Nearest.ending(id, List.of("stateless", "torch-cpu"))
                  + " The generators are stateless, torch-cpu.");
    };
  }
}
