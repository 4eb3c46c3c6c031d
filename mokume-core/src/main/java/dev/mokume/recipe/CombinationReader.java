package dev.mokume.recipe;

import dev.mokume.internal.yaml.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads [Weights.ByAngle] and [Weights.ByElement], which have a name for each rule. Defaults are
/// those of the tools that the names come from.
final class CombinationReader {
  static final Form NUSLERP = Form.of("nuslerp", "a b alpha", "base vectors parallel");
  static final Form MULTISLERP = Form.of("multislerp", "models", "base normalize vectors");
  static final Form WEIGHTED = Form.of("a model of multislerp", "of", "weight");
  static final Form KARCHER = Form.of("karcher", "models", "iterations tolerance base vectors");
  static final Form MODEL_STOCK = Form.of("model_stock", "base models", "vectors");
  static final Form NEARSWAP = Form.of("nearswap", "base model reach", "");
  static final Form RAM = Form.of("ram", "base models", "epsilon");
  static final Form RAMPLUS_TL = Form.of("ramplus_tl", "base models", "epsilon gain most");
  static final Form SCE = Form.of("sce", "base models", "density");
  static final Form ARCEE_FUSION = Form.of("arcee_fusion", "base model", "");

  static final List<Form> FORMS =
      List.of(
          NUSLERP, MULTISLERP, KARCHER, MODEL_STOCK, NEARSWAP, RAM, RAMPLUS_TL, SCE, ARCEE_FUSION);

  private final Reading reading;

  CombinationReader(Reading reading) {
    this.reading = reading;
  }

  /// @param method the name of one of [#FORMS]
  Weights read(String method, Node argument) {
    return switch (method) {
      case "nuslerp" -> nuslerp(Fields.of(reading, argument, NUSLERP));
      case "multislerp" -> multislerp(Fields.of(reading, argument, MULTISLERP));
      case "karcher" -> karcher(Fields.of(reading, argument, KARCHER));
      case "model_stock" -> modelStock(Fields.of(reading, argument, MODEL_STOCK));
      case "nearswap" -> {
        Fields fields = Fields.of(reading, argument, NEARSWAP);
        yield one(new ElementRule.NearSwap(fields.ratio(Quantity.REACH, 0)), fields);
      }
      case "ram" -> overlap(Fields.of(reading, argument, RAM), 0);
      case "ramplus_tl" ->
          overlap(Fields.of(reading, argument, RAMPLUS_TL), ElementRule.Overlap.GAIN);
      case "sce" -> {
        Fields fields = Fields.of(reading, argument, SCE);
        yield many(new ElementRule.Variance(fields.ratio(Quantity.DENSITY, 1)), fields);
      }
      case "arcee_fusion" ->
          one(new ElementRule.Importance(), Fields.of(reading, argument, ARCEE_FUSION));
      default -> throw new AssertionError(method);
    };
  }

  private static Weights nuslerp(Fields fields) {
    Ratio parallel = fields.ratio(Quantity.PARALLEL, AngleRule.Arc.NEARLY_ONE);
    return new Weights.ByAngle(
        new AngleRule.Arc(fields.ratio("alpha", 0), parallel),
        List.of(fields.weights("a"), fields.weights("b")),
        base(fields),
        vectors(fields));
  }

  private Weights multislerp(Fields fields) {
    List<Weights> models = new ArrayList<>();
    List<Ratio> weights = new ArrayList<>();
    for (Node item : items(fields, 1)) {
      Fields model = Fields.of(reading, item, WEIGHTED);
      models.add(model.weights("of"));
      weights.add(model.ratio("weight", 1));
    }
    return new Weights.ByAngle(
        new AngleRule.Mean(
            weights.isEmpty() ? List.of(new Ratio.Constant(1)) : weights,
            fields.bool("normalize", true)),
        atLeast(1, models),
        base(fields),
        vectors(fields));
  }

  private Weights karcher(Fields fields) {
    AngleRule.Karcher rule =
        new AngleRule.Karcher(
            fields.ratio(Quantity.STEPS, AngleRule.Karcher.ITERATIONS),
            fields.ratio(Quantity.TOLERANCE, AngleRule.Karcher.TOLERANCE));
    return new Weights.ByAngle(rule, models(fields, 1), base(fields), vectors(fields));
  }

  private Weights modelStock(Fields fields) {
    return new Weights.ByAngle(
        new AngleRule.Stock(),
        models(fields, 2),
        Optional.of(fields.weights("base")),
        vectors(fields));
  }

  private Weights overlap(Fields fields, double gain) {
    return many(
        new ElementRule.Overlap(
            fields.ratio(Quantity.EPSILON, ElementRule.Overlap.EPSILON),
            fields.ratio(Quantity.GAIN, gain),
            fields.ratio(Quantity.MOST, ElementRule.Overlap.MOST)),
        fields);
  }

  private static Weights one(ElementRule rule, Fields fields) {
    return new Weights.ByElement(rule, fields.weights("base"), List.of(fields.weights("model")));
  }

  private Weights many(ElementRule rule, Fields fields) {
    return new Weights.ByElement(rule, fields.weights("base"), models(fields, 1));
  }

  private static Optional<Weights> base(Fields fields) {
    return fields.has("base") ? Optional.of(fields.weights("base")) : Optional.empty();
  }

  private static Vectors vectors(Fields fields) {
    return fields.choice("vectors", Vectors.WHOLE, Vectors.values());
  }

  private List<Weights> models(Fields fields, int least) {
    List<Weights> models = new ArrayList<>();
    items(fields, least).forEach(item -> models.add(reading.weights.read(item, "a model")));
    return atLeast(least, models);
  }

  private List<Node> items(Fields fields, int least) {
    Node node = fields.get("models");
    if (node instanceof SequenceNode list
        && list.getValue().size() >= least
        && list.getValue().size() <= Weights.MOST_MODELS) {
      return list.getValue();
    }
    if (node != null) {
      reading.problem(
          node,
          "models must be a list of %s to %s but is %s"
              .formatted(
                  least,
                  Weights.MOST_MODELS,
                  node instanceof SequenceNode list
                      ? "one of " + list.getValue().size()
                      : Reading.describe(node)));
    }
    return List.of();
  }

  /// What is wrong was told; the recipe is thrown away in the end.
  private static List<Weights> atLeast(int least, List<Weights> models) {
    while (models.size() < least) {
      models.add(new Weights.Source(""));
    }
    return models;
  }
}
