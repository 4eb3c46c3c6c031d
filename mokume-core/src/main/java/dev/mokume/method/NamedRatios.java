package dev.mokume.method;

import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeNode;
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
    return inAny(weights.parts(), tensor)
        || switch (weights) {
          case Weights.AddDelta node -> inDelta(node.delta(), tensor);
          case Weights.Except node -> inWeights(node.merged(), tensor);
          case Weights.Choice(var cases, var otherwise) ->
              inWeights(otherwise, tensor)
                  || cases.stream().anyMatch(one -> inWeights(one.weights(), tensor));
          case Weights.Rounded(var inner) -> inWeights(inner, tensor);
          case Weights.Sparse node -> inWeights(node.model(), tensor);
          case Weights.Adapted node -> inWeights(node.model(), tensor);
          case Weights.Applied node ->
              node.models().stream().anyMatch(model -> inWeights(model, tensor));
          case Weights.Named(var name) -> {
            Weights named = recipe.weights().get(name);
            yield named != null && open.add("weights " + name) && inWeights(named, tensor);
          }
          // What its layers do not select stays as it is anyway.
          case Weights.InjectNoise _ -> true;
          case Weights.Interpolate _, Weights.Dare _, Weights.Fisher _, Weights.Sum _ -> false;
          case Weights.RegMean _ -> false;
          case Weights.Source _, Weights.Normalize _, Weights.ByLikeness _ -> false;
          case Weights.ByAngle _, Weights.ByElement _, Weights.Federated _ -> false;
        };
  }

  private boolean inDelta(Delta delta, String tensor) {
    return inAny(delta.parts(), tensor)
        || switch (delta) {
          case Delta.Difference _ -> false;
          case Delta.Sparse node -> inDelta(node.delta(), tensor);
          case Delta.Combined node ->
              node.terms().stream().anyMatch(term -> inDelta(term.delta(), tensor));
        };
  }

  private boolean inAny(Collection<? extends RecipeNode> parts, String tensor) {
    return parts.stream().anyMatch(part -> part instanceof Ratio ratio && inRatio(ratio, tensor));
  }

  private boolean inRatio(Ratio ratio, String tensor) {
    return switch (ratio) {
      case Ratio.ByName(var values) -> values.containsKey(tensor);
      case Ratio.Named(var name) -> {
        Ratio named = recipe.ratios().get(name);
        yield named != null && open.add("ratio " + name) && inRatio(named, tensor);
      }
      default -> inAny(ratio.parts(), tensor);
    };
  }
}
