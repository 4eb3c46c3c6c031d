package dev.mokume.golden;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Vectors;
import dev.mokume.recipe.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// mergekit's methods that combine models by lengths and angles, or element by element upon a base.
final class CombinationCases {
  private static final double SLERP_LIMIT = 0.9995;
  private static final double LEAST_SUM = 1e-6;

  private CombinationCases() {}

  static Map<String, MergekitMethod> methods() {
    Map<String, MergekitMethod> methods = new LinkedHashMap<>();
    methods.put("passthrough", CombinationCases::passthrough);
    methods.put("slerp", CombinationCases::slerp);
    methods.put("nuslerp", CombinationCases::nuslerp);
    methods.put("multislerp", CombinationCases::multislerp);
    methods.put("karcher", CombinationCases::karcher);
    methods.put("model_stock", CombinationCases::modelStock);
    methods.put("nearswap", asked -> element(new ElementRule.NearSwap(asked.ratio("t")), asked));
    methods.put(
        "sce", asked -> element(new ElementRule.Variance(number(asked, "select_topk")), asked));
    methods.put(
        "ram",
        asked ->
            element(
                new ElementRule.Overlap(number(asked, "epsilon"), 0, ElementRule.Overlap.MOST),
                asked));
    methods.put(
        "ramplus_tl",
        asked ->
            element(
                new ElementRule.Overlap(
                    number(asked, "epsilon"), number(asked, "r"), number(asked, "alpha")),
                asked));
    methods.put("arcee_fusion", asked -> element(new ElementRule.Importance(), asked));
    return methods;
  }

  private static double number(MergekitCase asked, String parameter) {
    return ((Ratio.Constant) asked.ratio(parameter)).value();
  }

  private static List<Weights> others(MergekitCase asked) {
    return asked.others().stream().map(asked::model).toList();
  }

  private static Optional<Weights> base(MergekitCase asked) {
    return asked.base().map(asked::model);
  }

  private static Weights element(ElementRule rule, MergekitCase asked) {
    return new Weights.ByElement(rule, base(asked).orElseThrow(), others(asked));
  }

  private static Weights passthrough(MergekitCase asked) {
    if (asked.models().size() > 1) {
      // A scaled model is a sum of one term; no recipe scales two into one.
      throw refusal(asked.models().size() + " models to pass through");
    }
    String model = asked.models().getFirst();
    Ratio scale = asked.ratio(model, "scale").orElse(new Ratio.Constant(1));
    return new Weights.Sum(List.of(new Weights.Term(asked.model(model), scale)), false);
  }

  private static Weights slerp(MergekitCase asked) {
    return new Weights.ByAngle(
        new AngleRule.Arc(asked.ratio("t"), SLERP_LIMIT),
        List.of(base(asked).orElseThrow(), others(asked).getFirst()),
        Optional.empty(),
        Vectors.WHOLE);
  }

  /// mergekit's weights of two models say the share of the later. What it calls row-wise works on
  /// the columns, and the other way round.
  private static Weights nuslerp(MergekitCase asked) {
    List<Double> weights =
        asked.others().stream()
            .map(model -> ((Ratio.Constant) asked.ratio(model, "weight").orElseThrow()).value())
            .toList();
    double sum = weights.getFirst() + weights.getLast();
    double alpha = Math.abs(sum) < LEAST_SUM ? 0.5 : weights.getLast() / sum;
    Vectors vectors =
        asked.flag("nuslerp_flatten")
            ? Vectors.WHOLE
            : asked.flag("nuslerp_row_wise") ? Vectors.COLUMNS : Vectors.ROWS;
    return new Weights.ByAngle(
        new AngleRule.Arc(new Ratio.Constant(alpha)), others(asked), base(asked), vectors);
  }

  private static Weights multislerp(MergekitCase asked) {
    List<Ratio> weights =
        asked.others().stream().map(model -> asked.ratio(model, "weight").orElseThrow()).toList();
    return new Weights.ByAngle(
        new AngleRule.Mean(weights, asked.flag("normalize_weights")),
        others(asked),
        base(asked),
        Vectors.WHOLE);
  }

  private static Weights karcher(MergekitCase asked) {
    return new Weights.ByAngle(
        new AngleRule.Karcher((int) number(asked, "max_iter"), number(asked, "tol")),
        others(asked),
        Optional.empty(),
        Vectors.WHOLE);
  }

  private static Weights modelStock(MergekitCase asked) {
    try {
      return new Weights.ByAngle(
          new AngleRule.Stock(),
          others(asked),
          base(asked),
          asked.flag("filter_wise") ? Vectors.ROWS : Vectors.WHOLE);
    } catch (IllegalArgumentException e) {
      throw refusal(e.getMessage());
    }
  }

  /// What cannot be said in a recipe.
  private static MokumeException refusal(String why) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, why);
  }
}
