package dev.mokume.method;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The tensors that ComfyUI-DareMerge's Normalize Model knows: SD 1.5's names, written out. Names
/// that no SD 1.5 model has are among them, and SDXL's further transformer blocks are not; only
/// profiles with [dev.mokume.recipe.Quirk#SD15_NAMES] use it.
final class DareMergeNormGroups {
  private static final String MODEL = "diffusion_model.";
  private static final List<String> RESIDUAL =
      List.of("in_layers.0", "in_layers.2", "emb_layers.1", "out_layers.0", "out_layers.3");
  private static final List<String> TRANSFORMER =
      List.of("norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2");

  private DareMergeNormGroups() {}

  /// The members of each group by its first: a weight and its bias, or an attention's q, k, v and
  /// output projection.
  static SequencedMap<String, List<String>> all() {
    SequencedMap<String, List<String>> groups = new LinkedHashMap<>();
    for (String side : List.of("input_blocks", "output_blocks")) {
      for (int block = 0; block < 12; block++) {
        addBlock(groups, MODEL + side + "." + block);
      }
    }
    addBlock(groups, MODEL + "middle_block");
    List<String> single =
        new ArrayList<>(
            List.of(
                "input_blocks.0",
                "input_blocks.0.0",
                "out.0",
                "out.2",
                "time_embed.0",
                "time_embed.2"));
    for (int block : new int[] {3, 6, 9}) {
      single.add("input_blocks." + block + ".0.op");
    }
    single.add("output_blocks.2.1.conv");
    single.forEach(layer -> addPair(groups, MODEL + layer));
    return groups;
  }

  private static void addBlock(SequencedMap<String, List<String>> groups, String block) {
    for (String layer : RESIDUAL) {
      addPair(groups, block + ".0." + layer);
      addPair(groups, block + ".2." + layer);
    }
    for (String layer :
        List.of("1.norm", "1.proj_in", "1.proj_out", "0.skip_connection", "2.conv")) {
      addPair(groups, block + "." + layer);
    }
    for (String layer : TRANSFORMER) {
      addPair(groups, block + ".1.transformer_blocks.0." + layer);
    }
    for (String attention : List.of("attn1", "attn2")) {
      String at = block + ".1.transformer_blocks.0." + attention;
      groups.put(
          at + ".to_q.weight",
          List.of(
              at + ".to_q.weight",
              at + ".to_k.weight",
              at + ".to_v.weight",
              at + ".to_out.0.weight",
              at + ".to_out.0.bias"));
    }
  }

  private static void addPair(SequencedMap<String, List<String>> groups, String layer) {
    groups.put(layer + ".weight", List.of(layer + ".weight", layer + ".bias"));
  }
}
