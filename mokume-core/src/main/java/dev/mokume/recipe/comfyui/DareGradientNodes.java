package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.DareInputs.model;
import static dev.mokume.recipe.comfyui.InputSpec.choice;
import static dev.mokume.recipe.comfyui.InputSpec.lines;
import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.real;

import dev.mokume.recipe.Ratio;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// ComfyUI-DareMerge's nodes that return a ratio for each layer.
final class DareGradientNodes {
  private static final String MENU = "DareMerge/gradient";

  private DareGradientNodes() {}

  static List<NodeDefinition> all() {
    return List.of(
        ofModel(
            "DM_BlockGradient",
            "Block Gradient",
            "A ratio for each part of the U-Net.",
            DareInputs.groups(),
            DareInputs::groups,
            in -> "by part: " + DareInputs.groupWords(in)),
        ofModel(
            "DM_MBWGradient",
            "MBW Gradient",
            "A ratio for each block of the U-Net.",
            DareInputs.blockInputs(),
            DareInputs::blocks,
            in -> "by block: " + DareInputs.blockWords(in)),
        ofModel(
            "DM_ShellGradient",
            "Shell Gradient",
            "A ratio by the distance from the U-Net's middle.",
            DareInputs.shells(),
            DareInputs::shells,
            DareInputs::shellWords),
        ofModel(
            "DM_AttentionGradient",
            "Attention Gradient",
            "A ratio for each part of the transformer blocks.",
            DareInputs.attention(),
            DareInputs::attention,
            DareInputs::attentionWords),
        NodeDefinition.named("DM_GradientOperations")
            .title("Gradient Operations")
            .in(NodePack.DAREMERGE, MENU)
            .says("Combines two gradients, layer by layer.")
            .takes(
                link("gradient_a", ValueType.LAYER_GRADIENT),
                link("gradient_b", ValueType.LAYER_GRADIENT),
                choice(
                    "operation",
                    "mean",
                    "mean",
                    "min",
                    "max",
                    "add",
                    "subtract",
                    "multiply",
                    "divide"),
                DareInputs.join())
            .gives(ValueType.LAYER_GRADIENT)
            .does(DareGradientNodes::combined),
        NodeDefinition.named("DM_GradientEdit")
            .title("Gradient Edit")
            .in(NodePack.DAREMERGE, MENU)
            .says("Changes the ratios of the named layers.")
            .takes(
                link("gradient", ValueType.LAYER_GRADIENT),
                choice("operation", "set", "set", "add", "subtract", "multiply", "divide"),
                real("value", 0, -1000, 1000, 0.01),
                lines("layers", ""))
            .gives(ValueType.LAYER_GRADIENT)
            .does(DareGradientNodes::edited));
  }

  private static NodeDefinition ofModel(
      String name,
      String title,
      String description,
      List<InputSpec> inputs,
      Function<Arguments, Ratio> ratio,
      Function<Arguments, String> words) {
    return NodeDefinition.named(name)
        .title(title)
        .in(NodePack.DAREMERGE, MENU)
        .says(description)
        .takes(model("model"))
        .takes(inputs)
        .gives(ValueType.LAYER_GRADIENT)
        .does(in ->
            Outcome.of(
                new Value.Gradient(
                    in.name(ratio.apply(in)), Optional.of(in.model("model").origin().model())),
                "ratios of " + Words.of(in.model("model")) + ", " + words.apply(in)));
  }

  private static Outcome combined(Arguments in) {
    Value.Gradient a = in.gradient("gradient_a");
    Value.Gradient b = in.gradient("gradient_b");
    Ratio ratio =
        new Ratio.Combined(
            DareInputs.constant(Ratio.Operation.class, in.text("operation")),
            DareInputs.join(in),
            a.ratio(),
            b.ratio());
    return Outcome.of(
        new Value.Gradient(in.name(ratio), a.model().or(b::model)),
        "%s of %s and %s, where %s have one"
            .formatted(
                in.text("operation"),
                Words.of(a),
                Words.of(b),
                DareInputs.join(in) == Ratio.Join.INNER ? "both" : "either"));
  }

  private static Outcome edited(Arguments in) {
    Value.Gradient gradient = in.gradient("gradient");
    Ratio ratio =
        new Ratio.Edited(
            gradient.ratio(),
            DareInputs.constant(Ratio.Edit.class, in.text("operation")),
            in.real("value"),
            in.text("layers"));
    return Outcome.of(
        new Value.Gradient(in.name(ratio), gradient.model()),
        "%s, %s %s in the layers %s"
            .formatted(
                Words.of(gradient),
                in.text("operation"),
                Words.number(in.real("value")),
                in.text("layers").strip()));
  }
}
