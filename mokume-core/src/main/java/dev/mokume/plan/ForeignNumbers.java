package dev.mokume.plan;

import dev.mokume.expression.Scalar;
import dev.mokume.expression.Survey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Numbers that the expressions of an output need of tensors of other sizes: they are measured
/// before.
final class ForeignNumbers {
  private final Set<Scalar> known = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Scalar> inOrder = new ArrayList<>();

  void add(Survey survey) {
    for (Scalar scalar : survey.foreign()) {
      if (known.add(scalar)) {
        inOrder.add(scalar);
      }
    }
  }

  /// One task a number.
  List<TensorWork> works() {
    List<TensorWork> all = new ArrayList<>();
    for (Scalar scalar : inOrder) {
      long count = Survey.count(scalar);
      Survey survey = new Survey(count);
      int passes = survey.visit(scalar);
      all.add(
          TensorWork.of(
              new TensorTask("(measured for others)", count, List.of(), List.of(scalar)),
              survey.inputs(),
              passes));
    }
    return all;
  }
}
