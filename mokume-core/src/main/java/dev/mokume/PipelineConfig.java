package dev.mokume;

import dev.mokume.tensor.Shape;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeSet;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The configuration of a diffusion model as its tensors have it, where they differ from the
/// published model's: inpainting, other sizes of SD 3 and FLUX.
final class PipelineConfig {
  private final ObjectNode config;
  private final Map<String, Shape> tensors;

  private PipelineConfig(ObjectNode config, Map<String, Shape> tensors) {
    this.config = config.deepCopy();
    this.tensors = tensors;
  }

  /// @param published the published model's configuration, which is not changed
  /// @param tensors the shapes of the part's tensors by the names of the diffusers library
  static ObjectNode of(ObjectNode published, Map<String, Shape> tensors) {
    PipelineConfig config = new PipelineConfig(published, tensors);
    switch (published.path("_class_name").asString("")) {
      case "UNet2DConditionModel" -> config.unet();
      case "SD3Transformer2DModel" -> config.sd3();
      case "FluxTransformer2DModel" -> config.flux();
      default -> {}
    }
    return config.config;
  }

  private void unet() {
    put("in_channels", dimension("conv_in.weight", 1));
    put("out_channels", dimension("conv_out.weight", 0));
  }

  private void flux() {
    put("in_channels", dimension("x_embedder.weight", 1));
    put("num_layers", blocks("transformer_blocks."));
    put("num_single_layers", blocks("single_transformer_blocks."));
  }

  private void sd3() {
    OptionalLong width = dimension("pos_embed.proj.weight", 0);
    long head = config.get("attention_head_dim").asLong();
    put("in_channels", dimension("pos_embed.proj.weight", 1));
    put("num_layers", blocks("transformer_blocks."));
    put(
        "num_attention_heads",
        width.isPresent() ? OptionalLong.of(width.getAsLong() / head) : width);
    put("caption_projection_dim", dimension("context_embedder.weight", 0));
    OptionalLong places = dimension("pos_embed.pos_embed", 1);
    put(
        "pos_embed_max_size",
        places.isPresent() ? OptionalLong.of(Math.round(Math.sqrt(places.getAsLong()))) : places);
    if (tensors.containsKey("transformer_blocks.0.attn.norm_q.weight")) {
      config.put("qk_norm", "rms_norm");
    }
    ArrayNode dual = config.arrayNode();
    for (long block = 0; block < blocks("transformer_blocks.").orElse(0); block++) {
      if (tensors.containsKey("transformer_blocks." + block + ".attn2.to_q.weight")) {
        dual.add(block);
      }
    }
    if (!dual.isEmpty()) {
      config.set("dual_attention_layers", dual);
    }
  }

  private OptionalLong dimension(String tensor, int index) {
    Shape shape = tensors.get(tensor);
    return shape == null || shape.rank() <= index
        ? OptionalLong.empty()
        : OptionalLong.of(shape.dimension(index));
  }

  /// How many numbers stand behind `start`.
  private OptionalLong blocks(String start) {
    TreeSet<String> numbers = new TreeSet<>();
    for (String name : tensors.keySet()) {
      int dot = name.indexOf('.', start.length());
      if (name.startsWith(start) && dot > 0) {
        numbers.add(name.substring(start.length(), dot));
      }
    }
    return numbers.isEmpty() ? OptionalLong.empty() : OptionalLong.of(numbers.size());
  }

  private void put(String key, OptionalLong value) {
    value.ifPresent(number -> config.put(key, number));
  }
}
