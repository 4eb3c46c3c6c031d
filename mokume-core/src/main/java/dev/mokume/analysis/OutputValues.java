package dev.mokume.analysis;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Elements;
import dev.mokume.internal.quantised.ScaledTensor;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;

/// What the tensors of an output stand for: what is written, but of a weight with a scale its
/// values.
public final class OutputValues {
  private OutputValues() {}

  /// The write of a task's tensor; of a weight with a scale one of its values, as F32.
  public static Write of(TensorTask task, PreparedMerge merge) {
    Write first = task.writes().getFirst();
    if (first instanceof Write.Values(_, _, var parts, var dtype)
        && task.writes().getLast() instanceof Write.Number(_, _, var scale, _)) {
      return new Write.Values(
          0,
          0,
          new Elements.WithScalar(
              Elements.Operator.MULTIPLY, new Elements.Rounded(parts, dtype), scale),
          DType.F32);
    }
    if (first instanceof Write.Copy(_, _, var from)) {
      for (Checkpoint model : merge.models().values()) {
        StoredTensor values = model.tensors().get(task.tensor());
        if (values != null && isMadeOf(values, from)) {
          return new Write.Copy(0, 0, values);
        }
      }
    }
    return first;
  }

  private static boolean isMadeOf(StoredTensor values, StoredTensor stored) {
    return ScaledTensor.behind(values)
        .filter(scaled ->
            scaled.weight().source().equals(stored.source())
                && scaled.weight().offset() == stored.offset())
        .isPresent();
  }
}
