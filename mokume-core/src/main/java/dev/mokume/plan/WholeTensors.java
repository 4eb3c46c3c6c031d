package dev.mokume.plan;

import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Survey;
import dev.mokume.internal.linear.GramRegression;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What methods that are given tensors whole, or solve for them, need for the largest of them.
final class WholeTensors {
  private final Map<String, Need> byMethod = new TreeMap<>();
  private String solved = "";
  private long work;

  /// @param buffers bytes of the inputs and the result
  /// @param heap bytes of the method's own arrays
  private record Need(String tensor, long buffers, long heap) {
    String words(String method) {
      return "%s needs tensors whole; the largest, %s, takes %s of the memory for buffers and %s of the heap."
          .formatted(method, Quoted.name(tensor), Amount.bytes(buffers), Amount.bytes(heap));
    }
  }

  void add(Survey survey, String tensor) {
    for (Elements.Regressed regressed : survey.regressions()) {
      long bytes = GramRegression.bytes(regressed.rows(), regressed.columns());
      if (bytes > work) {
        solved = tensor;
        work = bytes;
      }
    }
    for (Elements.Whole whole : survey.wholes()) {
      long numbers = Math.multiplyExact(whole.inputs().size() + 1L, whole.count());
      Need need =
          new Need(tensor, numbers * Float.BYTES, whole.method().heapBytes(whole.setting()));
      byMethod.merge(
          whole.method().info().name(),
          need,
          (known, other) ->
              other.buffers() + other.heap() > known.buffers() + known.heap() ? other : known);
    }
  }

  /// A sentence for each method.
  List<String> notes() {
    List<String> notes = new ArrayList<>();
    if (work > 0) {
      notes.add(
          "regmean solves for each layer in f64; the largest, %s, takes %s of the memory for buffers."
              .formatted(Quoted.name(solved), Amount.bytes(work)));
    }
    byMethod.forEach((method, need) -> notes.add(need.words(method)));
    return notes;
  }
}
