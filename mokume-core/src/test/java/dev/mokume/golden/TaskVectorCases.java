package dev.mokume.golden;

import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.TaskVectorMethod;
import dev.mokume.recipe.Weights;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// mergekit's linear and its methods of task vectors.
final class TaskVectorCases {
  private static final Ratio ONE = new Ratio.Constant(1);

  private TaskVectorCases() {}

  static Map<String, MergekitMethod> methods() {
    Map<String, MergekitMethod> methods = new LinkedHashMap<>();
    methods.put("linear", TaskVectorCases::linear);
    for (TaskVectorMethod method : TaskVectorMethod.values()) {
      methods.put(method.id(), asked -> taskVectors(method, asked));
    }
    return methods;
  }

  /// Whether a method is one of task vectors.
  static boolean isOne(String method) {
    return Arrays.stream(TaskVectorMethod.values()).anyMatch(known -> known.id().equals(method));
  }

  private static Weights linear(MergekitCase asked) {
    List<Weights.Term> terms =
        asked.models().stream()
            .map(model ->
                new Weights.Term(asked.model(model), asked.ratio(model, "weight").orElseThrow()))
            .toList();
    return new Weights.Sum(terms, asked.flag("normalize"));
  }

  private static Weights taskVectors(TaskVectorMethod method, MergekitCase asked) {
    String spread = method.keep() == TaskVectorMethod.Keep.OUTLIERS ? "gamma" : "epsilon";
    List<TaskVectorMethod.Part> parts =
        asked.others().stream()
            .map(model ->
                new TaskVectorMethod.Part(
                    asked.model(model),
                    asked.ratio(model, "weight").orElseThrow(),
                    asked.ratio(model, "density").orElse(ONE),
                    asked.ratio(model, spread).orElse(ONE)))
            .toList();
    return method.of(
        asked.model(asked.base().orElseThrow()),
        parts,
        asked.flag("normalize"),
        asked.flag("rescale") ? Rescale.MATCH_L1 : Rescale.NONE,
        asked.seed(),
        asked.ratio("lambda"));
  }
}
