package dev.mokume.internal.engine;

import dev.mokume.expression.Scalar;
import dev.mokume.plan.TensorTask;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The numbers over several tensors that are being measured.
final class ModelSelections {
  private final Map<Scalar.RankedAmong, ModelSelection> selections = new IdentityHashMap<>();

  /// Those that the tasks have shares of.
  static ModelSelections of(List<TensorTask> tasks) {
    ModelSelections all = new ModelSelections();
    for (TensorTask task : tasks) {
      for (Scalar measure : task.measures()) {
        if (measure instanceof Scalar.Share(var whole, _)) {
          all.selections.computeIfAbsent(whole, ModelSelection::new);
        }
      }
    }
    return all;
  }

  boolean isEmpty() {
    return selections.isEmpty();
  }

  ModelSelection of(Scalar.RankedAmong number) {
    return Objects.requireNonNull(selections.get(number));
  }

  /// The tasks' shares alone.
  static List<TensorTask> shares(List<TensorTask> tasks) {
    return tasks.stream()
        .map(task ->
            new TensorTask(
                task.tensor(),
                task.count(),
                List.of(),
                task.measures().stream().filter(Scalar.Share.class::isInstance).toList()))
        .filter(task -> !task.measures().isEmpty())
        .toList();
  }

  /// Between the two times that every share is measured.
  void turn() {
    selections.values().forEach(ModelSelection::turn);
  }

  /// Notes the values, once both times are over.
  void note(Map<Scalar, Double> known) {
    selections.forEach((number, selection) -> known.put(number, selection.value()));
  }
}
