package dev.mokume.plan;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What is computed from quantised tensors and quantised again.
final class Requantisation {
  private final Map<DType, DType> substituted = new LinkedHashMap<>();
  private int again;

  /// Where values are only decoded from the dtype, another one of as many elements a block.
  TensorSpec encodable(TensorSpec spec) {
    DType encodable = spec.dtype().encodable().orElse(StorageChoice.SUBSTITUTE);
    if (!encodable.equals(spec.dtype())) {
      substituted.put(spec.dtype(), encodable);
    }
    return new TensorSpec(spec.name(), encodable, spec.shape());
  }

  /// Counts a tensor of the output that is computed from those.
  void count(Collection<StoredTensor> from, TensorSpec spec) {
    boolean before = from.stream().anyMatch(tensor -> isQuantised(tensor.spec()));
    if (before && isQuantised(spec)) {
      again++;
    }
  }

  private static boolean isQuantised(TensorSpec spec) {
    return spec.dtype().kind() == DType.Kind.QUANTISED;
  }

  List<String> notes() {
    List<String> notes = new ArrayList<>();
    substituted.forEach((dtype, other) ->
        notes.add(
            "%s is only read: what is computed is stored as %s instead.".formatted(dtype, other)));
    if (again > 0) {
      notes.add(
          "%s quantised in the models, and what is computed from them is quantised again: what that loses is lost twice. Where there are F16 or BF16 originals, merge those and quantise the result."
              .formatted(Amount.count(again, "tensor is", "tensors are")));
    }
    return notes;
  }
}
