package dev.mokume.architecture;

import dev.mokume.error.Quoted;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The names by which people may call the blocks of one checkpoint.
final class BlockNames {
  /// All that has no number of its own.
  static final String BASE = "BASE";

  private final List<Block> inOrder;
  private final Map<String, List<Block>> byName = new LinkedHashMap<>();

  /// The fixed blocks of the architecture are known even if the checkpoint lacks some.
  BlockNames(Detection detection) {
    TreeSet<Block> blocks = new TreeSet<>(detection.architecture().blocks());
    blocks.addAll(detection.blocks().keySet());
    this.inOrder = List.copyOf(blocks);
    for (Block block : inOrder) {
      put(block.id(), block);
    }
    for (Component component : Component.values()) {
      put(component.id(), Block.whole(component));
    }
    byName.put(
        "CLIP",
        Stream.of(Component.values()).filter(Component::isTextEncoder).map(Block::whole).toList());
    byName.put("T5", List.of(Block.whole(Component.T5XXL)));
    addAliases();
    addFluxGroups();
  }

  /// The blocks of that name, in any case: a block, a component, a range; empty if it is unknown.
  List<Block> find(String name) {
    String key = name.toUpperCase(Locale.ROOT);
    List<Block> found = byName.get(key);
    if (found != null) {
      return found;
    }
    int dash = key.indexOf('-');
    return dash < 0
        ? List.of()
        : range(byName.get(key.substring(0, dash)), byName.get(key.substring(dash + 1)));
  }

  /// Every block's and component's name, for suggestions.
  List<String> known() {
    return byName.values().stream()
        .filter(blocks -> blocks.size() == 1)
        .map(blocks -> blocks.getFirst().id())
        .distinct()
        .toList();
  }

  /// The blocks of the main component in a few words: `BASE, TIME, IN00, IN01, ...`.
  String description() {
    int most = 40;
    List<String> names =
        Stream.concat(Stream.of(BASE), inOrder.stream().map(block -> Quoted.printable(block.id())))
            .toList();
    String text = String.join(", ", names.subList(0, Math.min(most, names.size())));
    return names.size() > most ? text + ", ..." : text;
  }

  private List<Block> range(@Nullable List<Block> from, @Nullable List<Block> to) {
    if (from == null || to == null || from.size() != 1 || to.size() != 1) {
      return List.of();
    }
    int start = inOrder.indexOf(from.getFirst());
    int end = inOrder.indexOf(to.getFirst());
    return start < 0 || end < start ? List.of() : inOrder.subList(start, end + 1);
  }

  private void addAliases() {
    List<Block> unet =
        inOrder.stream().filter(block -> block.component() == Component.UNET).toList();
    for (Block block : unet) {
      String name = block.name();
      int number = Segments.numberAfter(name, "IN");
      if (number >= 0) {
        alias("input_blocks." + number, block);
      }
      number = Segments.numberAfter(name, "OUT");
      if (number >= 0) {
        alias("output_blocks." + number, block);
      }
      number = Segments.numberAfter(name, "DB");
      if (number >= 0) {
        alias("D" + name.substring(2), block);
        alias("double_blocks." + number, block);
        alias("double_layers." + number, block);
      }
      number = Segments.numberAfter(name, "SB");
      if (number >= 0) {
        alias("S" + name.substring(2), block);
        alias("single_blocks." + number, block);
        alias("single_layers." + number, block);
      }
      number = Segments.numberAfter(name, "JB");
      if (number >= 0) {
        alias("joint_blocks." + number, block);
      }
      number = Segments.numberAfter(name, "B");
      if (number >= 0) {
        alias("blocks." + number, block);
        alias("blocks.block" + number, block);
        alias("transformer_blocks." + number, block);
      }
      if (name.equals("M00")) {
        addMiddle(block);
      }
    }
  }

  /// supermerger's names for all of FLUX's first and last layers.
  private void addFluxGroups() {
    List<Block> first =
        inOrder.stream()
            .filter(block -> block.component() == Component.UNET && block.name().endsWith("_IN"))
            .toList();
    if (!first.isEmpty()) {
      byName.putIfAbsent("IN", first);
      alias("OUT", new Block(Component.UNET, "FINAL"));
    }
  }

  private void addMiddle(Block middle) {
    alias("M", middle);
    alias("middle_block", middle);
    for (int part = 0; part < 3; part++) {
      Block block = new Block(Component.UNET, "M00." + part);
      alias(block.name(), block);
      alias("middle_block." + part, block);
      if (part > 0) {
        alias("M0" + part, block);
      }
    }
  }

  private void alias(String name, Block block) {
    byName.putIfAbsent(name.toUpperCase(Locale.ROOT), List.of(block));
  }

  private void put(String name, Block block) {
    byName.put(name.toUpperCase(Locale.ROOT), new ArrayList<>(List.of(block)));
  }
}
