package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.error.MokumeException;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.Parameter;
import dev.mokume.recipe.Argument;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// sd-mecha's merge methods on single tensors. What it calls a delta is here a model, of which a
/// base of zeros is taken; the result is added to those zeros.
final class MechaCases implements CaseRunner {
  private static final String ZERO = "zero";

  /// Parameters that keep the value they have here.
  private static final Map<String, Double> FIXED =
      Map.of(
          "cos_eps", 1e-6,
          "eps", 1e-6,
          "maxiter", 100.0,
          "ftol", 1e-20,
          "stiefel_eps", 1e-8,
          "stiefel_max_iters", 100.0);

  private final Workspace workspace;

  MechaCases(Workspace workspace) {
    this.workspace = workspace;
  }

  /// Cases that need the same recipe.
  private record Group(String call, Map<String, Object> params, Compat compat, boolean torch) {
    static Group of(GoldenSuite suite, GoldenCase goldenCase) {
      return new Group(
          goldenCase.call(),
          goldenCase.params().values(),
          CaseInputs.compat(suite, goldenCase),
          goldenCase.drawsFromTorch());
    }
  }

  @Override
  public void run(GoldenSuite suite, List<GoldenCase> cases, Verdicts verdicts) {
    cases.stream()
        .collect(
            Collectors.groupingBy(
                goldenCase -> Group.of(suite, goldenCase), LinkedHashMap::new, Collectors.toList()))
        .values()
        .forEach(group -> runTogether(suite, group, verdicts));
  }

  private void runTogether(GoldenSuite suite, List<GoldenCase> cases, Verdicts verdicts) {
    try {
      Map<String, GoldenTensor> result = merge(suite, cases);
      for (int i = 0; i < cases.size(); i++) {
        GoldenCase goldenCase = cases.get(i);
        GoldenTensor expected =
            ExpectedTensors.stored(suite, goldenCase.expected()).firstEntry().getValue();
        GoldenTensor got = result.get(name(i));
        verdicts.judge(
            goldenCase,
            got == null
                ? List.of("the result lacks the tensor")
                : goldenCase.tolerance().difference(expected, got, List.of()).stream().toList());
      }
    } catch (MokumeException e) {
      cases.forEach(goldenCase -> verdicts.fail(goldenCase, "refused: " + e.getMessage()));
    } catch (RuntimeException | AssertionError e) {
      cases.forEach(goldenCase -> verdicts.fail(goldenCase, e.toString()));
    }
  }

  /// One merge, of which each case is a tensor.
  private Map<String, GoldenTensor> merge(GoldenSuite suite, List<GoldenCase> cases) {
    int arguments = cases.getFirst().inputs().texts("args").size();
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    for (int argument = 0; argument < arguments; argument++) {
      SequencedMap<String, GoldenTensor> tensors = new LinkedHashMap<>();
      for (int i = 0; i < cases.size(); i++) {
        Fields inputs = cases.get(i).inputs();
        Map<String, GoldenTensor> file = suite.tensors(inputs.text("file")).tensors();
        tensors.put(name(i), file.get(inputs.texts("args").get(argument)));
      }
      models.put("m" + argument, workspace.write(tensors));
      if (argument == 0) {
        models.put(ZERO, workspace.write(zeros(tensors)));
      }
    }
    List<Weights> sources = new ArrayList<>();
    for (int argument = 0; argument < arguments; argument++) {
      sources.add(new Weights.Source("m" + argument));
    }
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.UNET, expression(cases.getFirst(), sources));
    Result result = Result.Checkpoint.of(components);
    return workspace.merge(CaseInputs.recipe(suite, cases.getFirst(), models, result)).tensors();
  }

  private static SequencedMap<String, GoldenTensor> zeros(
      SequencedMap<String, GoldenTensor> tensors) {
    SequencedMap<String, GoldenTensor> zeros = new LinkedHashMap<>();
    tensors.forEach((name, tensor) ->
        zeros.put(name, GoldenTensor.ofFloats(tensor.shape(), new float[tensor.count()])));
    return zeros;
  }

  private static String name(int index) {
    return "diffusion_model.middle_block." + index + ".weight";
  }

  private static Weights expression(GoldenCase goldenCase, List<Weights> models) {
    String call = goldenCase.call().substring(goldenCase.call().indexOf('.') + 1);
    Weights first = models.getFirst();
    Weights last = models.getLast();
    Fields params = goldenCase.params();
    return switch (call) {
      case "weighted_sum" ->
          new Weights.Interpolate(
              Interpolation.LINEAR, first, last, ratio(params), Optional.empty());
      case "n_average" ->
          new Weights.Sum(
              models.stream().map(model -> new Weights.Term(model, 1.0 / models.size())).toList());
      case "add_difference" ->
          new Weights.AddDelta(
              first, new Delta.Difference(last, new Weights.Source(ZERO)), ratio(params));
      case "subtract" ->
          new Weights.Sum(List.of(new Weights.Term(first, 1), new Weights.Term(last, -1)));
      default -> applied(method(call), params, models);
    };
  }

  private static Ratio ratio(Fields params) {
    return new Ratio.Constant(params.number("alpha"));
  }

  private static MergeMethod method(String call) {
    return MergeMethods.installed()
        .get(
            switch (call) {
              case "slerp" -> "slerp_magnitude";
              case "perpendicular_component" -> "perpendicular";
              case "ties_sum_extended", "ties_sum_with_dropout" -> "ties_sum";
              case "model_stock" -> "model_stock_rows";
              default -> call;
            });
  }

  private static Weights applied(MergeMethod method, Fields params, List<Weights> models) {
    SequencedMap<String, Argument> arguments = new LinkedHashMap<>();
    for (String name : params.names()) {
      switch (name) {
        // What they are called there is the other way round (SM1).
        case "vote_sgn" ->
            arguments.put("election", new Argument.Choice(params.flag(name) ? "mass" : "count"));
        // So is this (SM2).
        case "apply_stock" ->
            arguments.putIfAbsent(
                "combine", new Argument.Choice(params.flag(name) ? "mean" : "stock"));
        case "apply_median" -> {
          if (params.flag(name)) {
            arguments.put("combine", new Argument.Choice("median"));
          }
        }
        case "k" -> arguments.put("density", Argument.of(params.number(name)));
        case "probability" -> arguments.put("drop_rate", Argument.of(params.number(name)));
        case "della_eps" -> arguments.put("della", Argument.of(params.number(name)));
        case "kronecker_ratio" -> arguments.put("ratio", Argument.of(params.number(name)));
        case "use_approximate_basis" ->
            arguments.put("basis", new Argument.Choice(params.flag(name) ? "random" : "exact"));
        case "approximate_basis_iters" ->
            arguments.put("iterations", new Argument.Whole(params.integer(name)));
        case "approximate_basis_seed" -> {
          if (params.has(name)) {
            arguments.put("seed", new Argument.Whole(params.integer(name)));
          }
        }
        default -> {
          if (!isFixed(name, params)) {
            arguments.put(name, argument(method, name, params));
          }
        }
      }
    }
    // Kronecker products are always of exact vectors, as all cases ask for.
    arguments.keySet().retainAll(method.info().parameters().stream().map(Parameter::name).toList());
    boolean onDeltas = method.info().models().onDeltas();
    return new Weights.Applied(
        method,
        models,
        onDeltas ? Optional.of(new Weights.Source(ZERO)) : Optional.empty(),
        new Ratio.Constant(1),
        arguments);
  }

  private static boolean isFixed(String name, Fields params) {
    Double fixed = FIXED.get(name);
    return fixed != null && fixed == params.number(name);
  }

  private static Argument argument(MergeMethod method, String name, Fields params) {
    Parameter parameter =
        method.info().parameter(name).orElseThrow(() -> new AssertionError("no parameter " + name));
    return switch (parameter) {
      case Parameter.Real _ -> Argument.of(params.number(name));
      case Parameter.Whole _ -> new Argument.Whole(params.integer(name));
      case Parameter.Flag _ -> new Argument.Flag(params.flag(name));
      case Parameter.Choice _ -> new Argument.Choice(params.text(name));
    };
  }
}
