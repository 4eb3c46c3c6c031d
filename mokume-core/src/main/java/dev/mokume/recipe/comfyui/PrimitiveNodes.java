package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.InputSpec.flag;
import static dev.mokume.recipe.comfyui.InputSpec.lines;
import static dev.mokume.recipe.comfyui.InputSpec.real;
import static dev.mokume.recipe.comfyui.InputSpec.text;
import static dev.mokume.recipe.comfyui.InputSpec.whole;

import java.util.List;

/// Nodes that hold a plain value. Source: ComfyUI, comfy_extras/nodes_primitive.
final class PrimitiveNodes {
  private PrimitiveNodes() {}

  static List<NodeDefinition> all() {
    return List.of(
        node("PrimitiveInt", "Int")
            .takes(whole("value", 0, -Long.MAX_VALUE, Long.MAX_VALUE))
            .gives(ValueType.INT)
            .does(PrimitiveNodes::same),
        node("PrimitiveFloat", "Float")
            .takes(real("value", 0, -Double.MAX_VALUE, Double.MAX_VALUE, 0.01))
            .gives(ValueType.FLOAT)
            .does(PrimitiveNodes::same),
        node("PrimitiveString", "String")
            .takes(text("value", ""))
            .gives(ValueType.STRING)
            .does(PrimitiveNodes::same),
        node("PrimitiveStringMultiline", "String (Multiline)")
            .takes(lines("value", ""))
            .gives(ValueType.STRING)
            .does(PrimitiveNodes::same),
        node("PrimitiveBoolean", "Boolean")
            .takes(flag("value", false))
            .gives(ValueType.BOOLEAN)
            .does(PrimitiveNodes::same));
  }

  private static NodeDefinition.Builder node(String name, String title) {
    return NodeDefinition.named(name)
        .title(title)
        .in(NodePack.COMFYUI_EXTRAS, "utils/primitive")
        .says("Holds one value.");
  }

  private static Outcome same(Arguments in) {
    Value value = in.values().firstEntry().getValue();
    return Outcome.of(value, Words.of(value));
  }
}
