package dev.mokume.recipe;

import static dev.mokume.recipe.RecipeWriter.fields;
import static dev.mokume.recipe.RecipeWriter.one;

import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;

/// [Weights.ByAngle] and [Weights.ByElement] as the trees that their text is made of.
final class CombinationTree {
  private final Function<Weights, Object> weights;

  /// @param weights the tree of an expression
  CombinationTree(Function<Weights, Object> weights) {
    this.weights = weights;
  }

  Object of(Weights.ByAngle node) {
    List<Object> models = models(node.models());
    SequencedMap<String, Object> fields =
        switch (node.rule()) {
          case AngleRule.Arc(Ratio alpha, Ratio parallel) ->
              fields(
                  "a",
                  models.getFirst(),
                  "b",
                  models.getLast(),
                  "alpha",
                  RatioTree.of(alpha),
                  "parallel",
                  RatioTree.of(parallel));
          case AngleRule.Mean(List<Ratio> shares, boolean normalized) ->
              fields("models", weighted(models, shares), "normalize", normalized);
          case AngleRule.Karcher(Ratio iterations, Ratio tolerance) ->
              fields(
                  "models",
                  models,
                  "iterations",
                  RatioTree.of(iterations),
                  "tolerance",
                  RatioTree.of(tolerance));
          case AngleRule.Stock() -> fields("models", models);
        };
    node.base().ifPresent(base -> fields.put("base", weights.apply(base)));
    fields.put("vectors", node.vectors().id());
    return one(node.rule().method(), fields);
  }

  Object of(Weights.ByElement node) {
    List<Object> models = models(node.models());
    SequencedMap<String, Object> fields = fields("base", weights.apply(node.base()));
    fields.putAll(
        switch (node.rule()) {
          case ElementRule.NearSwap(Ratio reach) ->
              fields("model", models.getFirst(), "reach", RatioTree.of(reach));
          case ElementRule.Overlap(Ratio epsilon, Ratio gain, Ratio most) ->
              node.rule().method().equals("ram")
                  ? fields("models", models, "epsilon", RatioTree.of(epsilon))
                  : fields(
                      "models",
                      models,
                      "epsilon",
                      RatioTree.of(epsilon),
                      "gain",
                      RatioTree.of(gain),
                      "most",
                      RatioTree.of(most));
          case ElementRule.Variance(Ratio density) ->
              fields("models", models, "density", RatioTree.of(density));
          case ElementRule.Importance() -> fields("model", models.getFirst());
        });
    return one(node.rule().method(), fields);
  }

  private static List<Object> weighted(List<Object> models, List<Ratio> shares) {
    List<Object> weighted = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      weighted.add(fields("of", models.get(i), "weight", RatioTree.of(shares.get(i))));
    }
    return weighted;
  }

  private List<Object> models(List<Weights> models) {
    return models.stream().map(weights).toList();
  }
}
