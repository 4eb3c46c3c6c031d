package dev.mokume.plan;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.method.LayerSelection;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Result;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tensors that stay as they are in the first model because the recipe says so.
final class Exclusions {
  private final Result result;
  private final Map<String, String> patterns = new LinkedHashMap<>();

  /// @param tensors by the names under which models meet
  Exclusions(Result result, List<StoredTensor> tensors, Remarks remarks) {
    this.result = result;
    if (result instanceof Result.Checkpoint checkpoint) {
      List<String> names = tensors.stream().map(StoredTensor::name).toList();
      checkpoint.untouched().exclude().forEach(pattern -> exclude(pattern, names, remarks));
    }
  }

  private void exclude(String pattern, List<String> names, Remarks remarks) {
    try {
      LayerSelection.parse(pattern, Compat.NONE)
          .select(names)
          .forEach(tensor -> patterns.putIfAbsent(tensor, pattern));
    } catch (MokumeException e) {
      e.problems()
          .forEach(problem ->
              remarks.problem(new Problem(problem.code(), "exclude: " + problem.message())));
    }
  }

  /// The pattern that leaves a tensor as it is.
  Optional<String> pattern(String tensor) {
    return Optional.ofNullable(patterns.get(tensor));
  }

  /// Whether every tensor that `other` has in another shape than `base` stays untouched.
  boolean settleShapes(Checkpoint base, Checkpoint other) {
    return result instanceof Result.Checkpoint checkpoint
        && (checkpoint.untouched().mismatch() != Result.Mismatch.ERROR
            || base.tensors().values().stream()
                .filter(tensor -> !patterns.containsKey(tensor.name()))
                .allMatch(tensor -> {
                  StoredTensor twin = other.tensors().get(tensor.name());
                  return twin == null || twin.spec().shape().equals(tensor.spec().shape());
                }));
  }
}
