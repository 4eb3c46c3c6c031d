package dev.mokume.method;

import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Weights;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/// Whether a recipe speaks of a tensor by its name, with a ratio of its own or in a list of layers,
/// which is a wish and no by-catch.
public final class NamedRatios {
  private final Recipe recipe;
  private final Set<String> open = new HashSet<>();

  private NamedRatios(Recipe recipe) {
    this.recipe = recipe;
  }

  public static boolean name(Recipe recipe, Weights weights, String tensor) {
    return new NamedRatios(recipe).inWeights(weights, tensor);
  }

  private boolean inWeights(Weights weights, String tensor) {
    return switch (weights) {
      case Weights.Interpolate node -> inRatio(node.alpha(), tensor);
      case Weights.Dare node -> inRatio(node.alpha(), tensor);
      case Weights.AddDelta node -> inRatio(node.scale(), tensor) || inDelta(node.delta(), tensor);
      case Weights.ByAngle(AngleRule.Arc(var alpha, _), _, _, _) -> inRatio(alpha, tensor);
      case Weights.ByAngle(AngleRule.Mean(var shares, _), _, _, _) ->
          shares.stream().anyMatch(weight -> inRatio(weight, tensor));
      case Weights.ByElement(ElementRule.NearSwap(var reach), _, _) -> inRatio(reach, tensor);
      case Weights.Except node -> inWeights(node.merged(), tensor);
      case Weights.Choice(var cases, var otherwise) ->
          inWeights(otherwise, tensor)
              || cases.stream().anyMatch(one -> inWeights(one.weights(), tensor));
      case Weights.Rounded(var inner) -> inWeights(inner, tensor);
      case Weights.Sparse node ->
          inRatio(node.sparsify().density(), tensor) || inWeights(node.model(), tensor);
      case Weights.Adapted node ->
          inRatio(node.strength(), tensor) || inWeights(node.model(), tensor);
      case Weights.Applied node ->
          node.ratios().stream().anyMatch(ratio -> inRatio(ratio, tensor))
              || node.models().stream().anyMatch(model -> inWeights(model, tensor));
      case Weights.Named(var name) -> {
        Weights named = recipe.weights().get(name);
        yield named != null && open.add("weights " + name) && inWeights(named, tensor);
      }
      // What its layers do not select stays as it is anyway.
      case Weights.InjectNoise _ -> true;
      case Weights.Fisher node ->
          node.models().stream().anyMatch(model -> inRatio(model.coefficient(), tensor));
      case Weights.RegMean node ->
          node.models().stream().anyMatch(model -> inRatio(model.coefficient(), tensor));
      case Weights.Sum node ->
          node.terms().stream().anyMatch(term -> inRatio(term.coefficient(), tensor));
      case Weights.Source _, Weights.Normalize _ -> false;
      case Weights.ByAngle _, Weights.ByElement _, Weights.Federated _ -> false;
    };
  }

  private boolean inDelta(Delta delta, String tensor) {
    return switch (delta) {
      case Delta.Difference _ -> false;
      case Delta.Sparse node ->
          inRatio(node.sparsify().density(), tensor) || inDelta(node.delta(), tensor);
      case Delta.Combined node ->
          node.terms().stream()
              .anyMatch(
                  term -> inRatio(term.coefficient(), tensor) || inDelta(term.delta(), tensor));
    };
  }

  private boolean inAny(Collection<Ratio> ratios, String tensor) {
    return ratios.stream().anyMatch(ratio -> inRatio(ratio, tensor));
  }

  private boolean inRatio(Ratio ratio, String tensor) {
    return switch (ratio) {
      case Ratio.ByName(var values) -> values.containsKey(tensor);
      case Ratio.Complement(var inner) -> inRatio(inner, tensor);
      case Ratio.Combined node -> inRatio(node.a(), tensor) || inRatio(node.b(), tensor);
      case Ratio.Edited node -> inRatio(node.ratio(), tensor);
      case Ratio.ByComponent(var ratios) -> inAny(ratios.values(), tensor);
      case Ratio.ByPattern(var ratios) -> inAny(ratios.values(), tensor);
      case Ratio.Named(var name) -> {
        Ratio named = recipe.ratios().get(name);
        yield named != null && open.add("ratio " + name) && inRatio(named, tensor);
      }
      case Ratio.Constant _,
          Ratio.ByBlock _,
          Ratio.ByDepth _,
          Ratio.ByGroup _,
          Ratio.ByUnetBlock _,
          Ratio.ByShell _ ->
          false;
      case Ratio.ByAttention _, Ratio.ByPrefix _ -> false;
    };
  }
}
