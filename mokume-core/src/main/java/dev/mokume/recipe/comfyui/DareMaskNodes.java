package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.DareInputs.model;
import static dev.mokume.recipe.comfyui.InputSpec.choice;
import static dev.mokume.recipe.comfyui.InputSpec.lines;
import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.real;
import static dev.mokume.recipe.comfyui.InputSpec.share;
import static dev.mokume.recipe.comfyui.InputSpec.whole;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// ComfyUI-DareMerge's nodes that return masks.
final class DareMaskNodes {
  private static final String MENU = "DareMerge/mask";

  /// What torch was seeded with before the node runs; only Mokume reads it.
  private static final String SEED_BEFORE = "seed_before";

  private DareMaskNodes() {}

  static List<NodeDefinition> all() {
    return List.of(
        node("DM_MagnitudeMasker", "Magnitude Masker")
            .says("Selects elements by the size of their difference in two models.")
            .takes(
                model("model_a"),
                model("model_b"),
                share("threshold", 0),
                choice("threshold_type", "median", "median", "quantile", "exact")
                    .says(
                        "How the quantiles of a tensor's chunks become one; exact is Mokume's own"
                            + " and takes the quantile of the whole tensor."),
                choice("select", "below", "above", "below"))
            .gives(ValueType.MODEL_MASK)
            .does(DareMaskNodes::magnitude),
        node("DM_SimpleMasker", "Simple Masker")
            .says("Selects elements at random, all or none.")
            .takes(model("model"), operation(), argument("arg_one"), argument("arg_two"))
            .takes(InputSpec.seed(1))
            .gives(ValueType.MODEL_MASK)
            .does(DareMaskNodes::simple),
        node("DM_QuadMasker", "Quad Masker")
            .says("Deals every element to one of four masks.")
            .takes(model("model"), InputSpec.seed(1))
            .takes(whole(SEED_BEFORE, 0, 0, Long.MAX_VALUE).hidden())
            .gives(ValueType.MODEL_MASK, "MODEL_MASK_1")
            .gives(ValueType.MODEL_MASK, "MODEL_MASK_2")
            .gives(ValueType.MODEL_MASK, "MODEL_MASK_3")
            .gives(ValueType.MODEL_MASK, "MODEL_MASK_4")
            .does(DareMaskNodes::quarters),
        node("DM_MaskOperations", "Mask Operations")
            .says("Combines two masks.")
            .takes(
                link("mask_a", ValueType.MODEL_MASK),
                link("mask_b", ValueType.MODEL_MASK),
                choice("operation", "union", "union", "intersect", "difference", "xor"))
            .gives(ValueType.MODEL_MASK)
            .does(DareMaskNodes::combined),
        node("DM_MaskEdit", "Mask Edit")
            .says("Replaces the mask of the named layers.")
            .takes(
                link("mask", ValueType.MODEL_MASK),
                operation(),
                argument("arg_one"),
                argument("arg_two"),
                InputSpec.seed(1),
                lines("layers", ""))
            .gives(ValueType.MODEL_MASK)
            .does(DareMaskNodes::edited));
  }

  private static NodeDefinition.Builder node(String name, String title) {
    return NodeDefinition.named(name).title(title).in(NodePack.DAREMERGE, MENU);
  }

  private static InputSpec operation() {
    return choice("operation", "true", "random", "gaussian", "true", "false");
  }

  private static InputSpec argument(String name) {
    return real(name, 0, -1000, 1000, 0.01)
        .says("random: arg_one is the share left out; gaussian: mean and deviation.");
  }

  private static Outcome outcome(Arguments in, Mask mask, String words) {
    return Outcome.of(new Value.ModelMask(in.name(mask)), words);
  }

  private static Outcome magnitude(Arguments in) {
    Mask.Quantile quantile =
        new Mask.Quantile(
            DareInputs.constant(Mask.Quantile.Rule.class, in.text("threshold_type")),
            Mask.Quantile.REFERENCE_CHUNK);
    Mask mask =
        new Mask.Magnitude(
            in.operand(in.model("model_a").weights()),
            in.operand(in.model("model_b").weights()),
            in.real("threshold"),
            quantile,
            DareInputs.constant(Mask.Select.class, in.text("select")));
    return outcome(
        in,
        mask,
        "where %s and %s differ by %s than the %s quantile"
            .formatted(
                Words.of(in.model("model_a")),
                Words.of(in.model("model_b")),
                in.text("select").equals("above") ? "no less" : "less",
                Words.number(in.real("threshold"))));
  }

  private static Mask.Fill fill(Arguments in) {
    return switch (in.text("operation")) {
      case "random" -> new Mask.Fill.Random(in.real("arg_one"));
      case "gaussian" -> new Mask.Fill.Gaussian(in.real("arg_one"), in.real("arg_two"));
      default -> new Mask.Fill.Constant(in.text("operation").equals("true"));
    };
  }

  private static String words(Mask.Fill fill, long seed) {
    return switch (fill) {
      case Mask.Fill.Constant(boolean value) -> value ? "everything" : "nothing";
      case Mask.Fill.Random(Ratio.Constant(double clearShare)) ->
          "a random " + Words.percent(1 - clearShare) + ", seed " + seed;
      case Mask.Fill.Random _ -> "a random part, seed " + seed;
      case Mask.Fill.Gaussian _ -> "a random half, seed " + seed;
    };
  }

  private static Outcome simple(Arguments in) {
    Weights model = in.model("model").weights();
    long seed = in.whole("seed");
    Mask.Fill fill = fill(in);
    Mask mask =
        switch (fill) {
          case Mask.Fill.Constant(boolean value) -> new Mask.Constant(model, value);
          case Mask.Fill.Random(var clearShare) -> new Mask.Random(model, clearShare, seed);
          case Mask.Fill.Gaussian(var mean, var deviation) ->
              new Mask.Gaussian(model, mean, deviation, seed);
        };
    return outcome(in, mask, words(fill, seed) + " of " + Words.of(model));
  }

  private static Outcome quarters(Arguments in) {
    Weights model = in.model("model").weights();
    OptionalLong before =
        in.has(SEED_BEFORE) ? OptionalLong.of(in.whole(SEED_BEFORE)) : OptionalLong.empty();
    List<Value> masks = new ArrayList<>();
    for (int quarter = 0; quarter < 4; quarter++) {
      Mask mask = new Mask.Quarter(model, quarter, in.whole("seed"), before);
      masks.add(new Value.ModelMask(in.name(mask)));
    }
    return new Outcome(
        masks, "four random quarters of %s, seed %s".formatted(Words.of(model), in.whole("seed")));
  }

  private static Outcome combined(Arguments in) {
    Mask.SetOperation operation =
        DareInputs.constant(Mask.SetOperation.class, in.text("operation"));
    return outcome(
        in,
        new Mask.Combined(operation, in.mask("mask_a"), in.mask("mask_b")),
        "%s of %s and %s"
            .formatted(
                in.text("operation"), Words.of(in.mask("mask_a")), Words.of(in.mask("mask_b"))));
  }

  private static Outcome edited(Arguments in) {
    Mask.Fill fill = fill(in);
    return outcome(
        in,
        new Mask.Edited(in.mask("mask"), fill, in.text("layers"), in.whole("seed")),
        "%s, but %s in the layers %s"
            .formatted(
                Words.of(in.mask("mask")),
                words(fill, in.whole("seed")),
                in.text("layers").strip()));
  }
}
