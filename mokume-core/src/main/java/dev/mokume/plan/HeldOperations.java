package dev.mokume.plan;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Survey;

/// How many operations the expressions of a run are made of. All of them are held until the run is
/// done, and so have to fit the heap.
final class HeldOperations {
  /// Twice what the largest takes, so that half of the heap is left for all else.
  private static final long HEAP_BYTES_AN_OPERATION = 64;

  private long count;

  /// @param model whose tensor was surveyed, for the message
  /// @throws MokumeException if there are too many
  void add(Survey survey, String model) {
    count += survey.operations();
    long most = Runtime.getRuntime().maxMemory() / HEAP_BYTES_AN_OPERATION;
    if (count > most) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "the recipe asks for more than %s operations on the tensors of %s, which the heap has no room to plan. Give more --memory, or write the result of the first methods into a checkpoint and go on from that."
              .formatted(most, model));
    }
  }
}
