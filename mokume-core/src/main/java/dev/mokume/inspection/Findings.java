package dev.mokume.inspection;

import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import dev.mokume.tensor.DType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Everything odd about a checkpoint that its header shows.
final class Findings {
  private Findings() {}

  /// @param stored as it is on disk
  static List<Finding> of(Checkpoint stored, Detection detection) {
    Checkpoint checkpoint = ScaledCheckpoint.of(stored);
    List<Finding> found = new ArrayList<>();
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      if (PositionIds.is(tensor)) {
        PositionIds.problem(tensor).ifPresent(found::add);
      }
    }
    if (checkpoint instanceof ScaledCheckpoint scaled) {
      found.add(
          new Finding(
              Finding.Kind.QUANTISED,
              scaled.words() + ". Merges work with their values: what is stored times its scale."));
    }
    QuantisedWeights.problem(checkpoint)
        .ifPresent(problem -> found.add(new Finding(Finding.Kind.QUANTISED, problem.message())));
    found.addAll(strangeTypes(checkpoint));
    found.addAll(KnownLayout.findings(checkpoint, detection));
    return found;
  }

  private static List<Finding> strangeTypes(Checkpoint checkpoint) {
    Map<DType, List<String>> strange = new LinkedHashMap<>();
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      DType dtype = tensor.spec().dtype();
      switch (dtype.kind()) {
        case PACKED, UNKNOWN, COMPLEX ->
            strange.computeIfAbsent(dtype, _ -> new ArrayList<>()).add(tensor.name());
        case FLOAT, INTEGER, BOOLEAN -> {}
      }
    }
    List<Finding> found = new ArrayList<>();
    strange.forEach((dtype, names) ->
        found.add(
            new Finding(
                Finding.Kind.DTYPE,
                "%s stored as %s, which Mokume copies but cannot compute with: %s."
                    .formatted(
                        Amount.count(names.size(), "tensor is", "tensors are"),
                        dtype,
                        Quoted.list(names, 2)))));
    return found;
  }
}
