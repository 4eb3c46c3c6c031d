package dev.mokume.architecture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// How deep in its part of a model each layer lies: 0 for the first, 1 for the last, evenly spaced
/// between.
///
/// The layers are the blocks whose names end in a number, in the order of the data's way: `IN00` to
/// `IN11`, `M00`, `OUT00` to `OUT11` of a U-Net, `DB00` to `DB18`, `SB00` to `SB37` of FLUX, `L00`
/// to `L31` of a language model. Each component counts for itself, and so does each row of equally
/// named layers of a model that Mokume does not know. An only layer has 1. What lies in no layer
/// has 0: embeddings, the last norm, the head. Source: mergekit, which has its `t` so.
public final class Depths {
  private final Map<Block, Double> byLayer;

  private Depths(Map<Block, Double> byLayer) {
    this.byLayer = byLayer;
  }

  /// @param blocks of a model, in any order
  public static Depths of(Collection<Block> blocks) {
    Map<String, List<Block>> rows = new LinkedHashMap<>();
    for (Block block : new TreeSet<>(blocks)) {
      if (block.isNumbered()) {
        rows.computeIfAbsent(row(block), _ -> new ArrayList<>()).add(block);
      }
    }
    Map<Block, Double> depths = new HashMap<>();
    for (List<Block> row : rows.values()) {
      int last = row.size() - 1;
      for (int layer = 0; layer <= last; layer++) {
        depths.put(row.get(layer), last == 0 ? 1.0 : (double) layer / last);
      }
    }
    return new Depths(depths);
  }

  /// From 0 to 1.
  public double at(Block block) {
    return byLayer.getOrDefault(block, 0.0);
  }

  /// Whether there is no layer, so that all lies at 0.
  public boolean isEmpty() {
    return byLayer.isEmpty();
  }

  /// What the layers that are counted together have in common.
  private static String row(Block block) {
    String name = block.name();
    return block.component().id()
        + ":"
        + switch (block.component()) {
          case OTHER -> name.substring(0, numberAt(name));
          // Before the colon stands which part of a model the factors are for.
          case LORA -> name.substring(0, name.lastIndexOf(':') + 1);
          case UNET, CLIP_L, CLIP_G, CLIP_H, T5XXL, VAE, EMA, LM -> "";
        };
  }

  /// Where the number at the end of a name begins.
  private static int numberAt(String name) {
    int start = name.length();
    while (start > 0 && Character.isDigit(name.charAt(start - 1))) {
      start--;
    }
    return start;
  }
}
