package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/// Cases on a pair of single tensors. Those that need the same recipe share one merge: each pair is
/// one tensor of two checkpoints.
final class TensorBatch {
  private final GoldenSuite suite;
  private final Workspace workspace;
  private final Verdicts verdicts;

  TensorBatch(GoldenSuite suite, Workspace workspace, Verdicts verdicts) {
    this.suite = suite;
    this.workspace = workspace;
    this.verdicts = verdicts;
  }

  /// A case with its operands and what it expects.
  ///
  /// @param expected of a case that expects a value
  record Pair(GoldenCase goldenCase, GoldenTensor a, GoldenTensor b, List<GoldenTensor> expected) {
    /// Whether the expected tensor is F32 though the operands are not: the reference promotes
    /// halves here and there.
    boolean isPromoted() {
      return !expected.isEmpty()
          && expected.getFirst().dtype().equals(DType.F32)
          && !a.dtype().equals(DType.F32);
    }
  }

  /// Runs pairs whose recipes are equal.
  void run(List<Pair> pairs, BiFunction<Weights, Weights, Weights> expression) {
    Map<Boolean, List<Pair>> byPromotion =
        pairs.stream().collect(Collectors.partitioningBy(Pair::isPromoted));
    byPromotion.values().stream()
        .filter(group -> !group.isEmpty())
        .forEach(group -> runTogether(group, expression));
  }

  private void runTogether(List<Pair> pairs, BiFunction<Weights, Weights, Weights> expression) {
    try {
      judge(pairs, merge(pairs, expression));
    } catch (MokumeException e) {
      if (pairs.size() > 1) {
        // One of them is refused; alone, each is judged by its own fate.
        pairs.forEach(pair -> runTogether(List.of(pair), expression));
      } else if (pairs.getFirst().goldenCase().expectsError()) {
        verdicts.judgeRefusal(pairs.getFirst().goldenCase(), true);
      } else {
        verdicts.fail(pairs.getFirst().goldenCase(), "refused: " + e.getMessage());
      }
    } catch (RuntimeException | AssertionError e) {
      pairs.forEach(pair -> verdicts.fail(pair.goldenCase(), e.toString()));
    }
  }

  private Map<String, GoldenTensor> merge(
      List<Pair> pairs, BiFunction<Weights, Weights, Weights> expression) {
    SequencedMap<String, GoldenTensor> a = new LinkedHashMap<>();
    SequencedMap<String, GoldenTensor> b = new LinkedHashMap<>();
    for (int i = 0; i < pairs.size(); i++) {
      a.put(name(i), pairs.get(i).a());
      b.put(name(i), pairs.get(i).b());
    }
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", workspace.write(a));
    models.put("b", workspace.write(b));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(
        Component.UNET, expression.apply(new Weights.Source("a"), new Weights.Source("b")));
    Map<Component, DType> dtypes =
        pairs.getFirst().isPromoted() ? Map.of(Component.UNET, DType.F32) : Map.of();
    Result result = Result.Checkpoint.of(components).withDtypes(dtypes);
    return workspace
        .merge(CaseInputs.recipe(suite, pairs.getFirst().goldenCase(), models, result))
        .tensors();
  }

  private void judge(List<Pair> pairs, Map<String, GoldenTensor> result) {
    for (int i = 0; i < pairs.size(); i++) {
      Pair pair = pairs.get(i);
      GoldenTensor got = result.get(name(i));
      if (pair.goldenCase().expectsError()) {
        verdicts.judgeRefusal(pair.goldenCase(), false);
      } else if (got == null) {
        verdicts.fail(pair.goldenCase(), "the result lacks the tensor");
      } else {
        List<GoldenTensor> operands = List.of(pair.a(), pair.b());
        verdicts.judge(
            pair.goldenCase(),
            pair
                .goldenCase()
                .tolerance()
                .difference(pair.expected().getFirst(), got, operands)
                .stream()
                .toList());
      }
    }
  }

  private static String name(int index) {
    return "diffusion_model.middle_block." + index + ".weight";
  }
}
