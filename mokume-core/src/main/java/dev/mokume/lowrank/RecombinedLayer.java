package dev.mokume.lowrank;

import java.util.List;

/// The low-rank changes of one weight, of one LoRA or several, that become one.
///
/// @param module as the first LoRA that changes it names it
/// @param alpha the name of the tensor that says alpha; empty if the spelling has none
record RecombinedLayer(String module, List<Summand> summands, String alpha) {
  RecombinedLayer {
    summands = List.copyOf(summands);
  }

  Summand first() {
    return summands.getFirst();
  }

  int rank() {
    return summands.stream().mapToInt(Summand::rank).sum();
  }
}
