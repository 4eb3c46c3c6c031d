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

  void clear() {
    known.clear();
    inOrder.clear();
  }

  /// One task a number; of a number over several tensors, one for each of them.
  List<TensorWork> works() {
    List<TensorWork> all = new ArrayList<>();
    for (Scalar scalar : inOrder) {
      switch (scalar) {
        case Scalar.RankedAmong among -> {
          for (int part = 0; part < among.parts().size(); part++) {
            all.add(work(new Scalar.Share(among, part), among.ownPasses()));
          }
        }
        case Scalar.Measured(var of) -> all.add(work(of, 1));
        case Scalar.Constant _,
            Scalar.Statistic _,
            Scalar.Dot _,
            Scalar.Count _,
            Scalar.Sampled _,
            Scalar.Quantile _,
            Scalar.Ranked _,
            Scalar.Greatest _,
            Scalar.Share _,
            Scalar.Computed _ ->
            all.add(work(scalar, 1));
      }
    }
    return all;
  }

  /// @param times that it is measured
  private static TensorWork work(Scalar scalar, int times) {
    long count = Survey.count(scalar);
    Survey survey = new Survey(count);
    int passes = times * survey.passes(survey.visit(scalar) - 1);
    return TensorWork.of(
        new TensorTask("(measured for others)", count, List.of(), List.of(scalar)),
        survey.inputs(),
        passes);
  }
}
