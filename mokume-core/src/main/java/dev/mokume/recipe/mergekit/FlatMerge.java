package dev.mokume.recipe.mergekit;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.recipe.Result;
import dev.mokume.tensor.TensorSpec;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// A merge of tensors by their names, whatever they are of: mergekit-pytorch.
///
/// @param tensors which there are; nothing if all models are to have the same
record FlatMerge(Optional<Result.Tensors> tensors) {
  /// The tensors of the output.
  ///
  /// @param models the first first
  /// @param source what to call the config in messages
  /// @param problems gets a word about models that lack tensors, if that is not to be
  SequencedMap<String, TensorSpec> targets(
      List<OpenModel> models, String source, Collection<Problem> problems) {
    SequencedMap<String, TensorSpec> all = new LinkedHashMap<>();
    models.forEach(model -> model.tensors().forEach(all::putIfAbsent));
    if (tensors.isEmpty()) {
      for (OpenModel model : models) {
        List<String> lacking =
            all.keySet().stream().filter(name -> !model.tensors().containsKey(name)).toList();
        if (!lacking.isEmpty()) {
          problems.add(
              new Problem(
                  ErrorCode.MISMATCHED_INPUTS,
                  "%s: %s lacks %s that others have, such as %s. Merge what all models have with --tensor-intersection, or everything with --tensor-union."
                      .formatted(
                          source,
                          model.reference(),
                          Amount.count(lacking.size(), "tensor", "tensors"),
                          Quoted.name(lacking.getFirst()))));
        }
      }
    }
    if (written() == Result.Tensors.COMMON) {
      all.keySet()
          .removeIf(name -> models.stream().anyMatch(model -> !model.tensors().containsKey(name)));
      if (all.isEmpty()) {
        problems.add(
            new Problem(
                ErrorCode.MISMATCHED_INPUTS,
                source + ": the models have no tensor in common; merge models of one kind."));
      }
    }
    return all;
  }

  Result.Tensors written() {
    return tensors.orElse(Result.Tensors.FIRST);
  }
}
