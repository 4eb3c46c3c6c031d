package dev.mokume.architecture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A row of numbers as people paste them for an architecture: what each position means.
///
/// @param description for messages: `BASE, IN00-IN11, M00, OUT00-OUT11`
/// @param slots the blocks that each number sets; [#BASE] sets all that no other number does
record BlockForm(String description, List<List<Block>> slots) {
  /// The slot of the number for everything that has none of its own.
  static final List<Block> BASE = List.of();

  int count() {
    return slots.size();
  }

  boolean hasBase() {
    return slots.contains(BASE);
  }

  /// The forms that an architecture takes, the usual one first.
  ///
  /// U-Nets: 26 numbers (20 for SDXL), as sdweb-merge-block-weighted-gui introduced them, the first
  /// one optional; for SDXL also supermerger's 21 with the VAE's last. FLUX: supermerger's 61, or
  /// 57 for the double and single blocks alone. No tool has numbers for SD 3, other transformers or
  /// language models: a number for each block or layer, BASE before them optional.
  static List<BlockForm> of(Detection detection) {
    return switch (detection.architecture()) {
      case SD15, SD21, SDXL_REFINER -> unet(12);
      case SDXL -> sdxl();
      case FLUX_DEV, FLUX_SCHNELL -> flux();
      case SD3 -> perBlock(numbered("JB", detection.blocks().keySet(), 24));
      case AURAFLOW -> {
        Set<Block> present = detection.blocks().keySet();
        yield perBlock(concat(numbered("DB", present, 4), numbered("SB", present, 32)));
      }
      case QWEN_IMAGE, MOCHI, LTXV, COSMOS, COSMOS_PREDICT2, WAN ->
          perBlock(numbered("B", detection.blocks().keySet(), 0));
      case LLAMA, MISTRAL, QWEN2, QWEN3, GPT2 ->
          perBlock(numbered("L", detection.blocks().keySet(), 0));
      case VAE, TEXT_ENCODER, LORA, UNKNOWN -> List.of();
    };
  }

  private static List<BlockForm> unet(int depth) {
    List<List<Block>> slots = unetSlots(depth);
    String last = Segments.numbered("", depth - 1);
    String names = "IN00-IN" + last + ", M00, OUT00-OUT" + last;
    return List.of(withBase(names, slots), new BlockForm(names, slots));
  }

  private static List<BlockForm> sdxl() {
    List<BlockForm> forms = new ArrayList<>(unet(9));
    List<List<Block>> withVae = new ArrayList<>(forms.getFirst().slots());
    withVae.add(List.of(Block.whole(Component.VAE)));
    forms.add(1, new BlockForm(forms.getFirst().description() + ", VAE", List.copyOf(withVae)));
    return forms;
  }

  /// The final layers, `out.*`, go with the last OUT block, as in the tools that introduced these
  /// numbers.
  private static List<List<Block>> unetSlots(int depth) {
    List<List<Block>> slots = new ArrayList<>();
    for (String name : Architecture.numbered("IN", depth)) {
      slots.add(unetBlocks(name));
    }
    slots.add(unetBlocks("M00"));
    for (String name : Architecture.numbered("OUT", depth - 1)) {
      slots.add(unetBlocks(name));
    }
    slots.add(unetBlocks(Segments.numbered("OUT", depth - 1), "OUT"));
    return List.copyOf(slots);
  }

  private static List<BlockForm> flux() {
    List<List<Block>> stages = new ArrayList<>();
    Architecture.numbered("DB", 19).forEach(name -> stages.add(unetBlocks(name)));
    Architecture.numbered("SB", 38).forEach(name -> stages.add(unetBlocks(name)));
    List<List<Block>> all = new ArrayList<>();
    all.add(List.of(Block.whole(Component.CLIP_L)));
    all.add(List.of(Block.whole(Component.T5XXL)));
    all.add(unetBlocks("IMG_IN", "TXT_IN", "TIME_IN", "VECTOR_IN", "GUIDANCE_IN"));
    all.addAll(stages);
    all.add(unetBlocks("FINAL"));
    return List.of(
        new BlockForm("CLIP, T5, IN, DB00-DB18, SB00-SB37, OUT", List.copyOf(all)),
        new BlockForm("DB00-DB18, SB00-SB37", List.copyOf(stages)));
  }

  private static List<BlockForm> perBlock(List<Block> blocks) {
    if (blocks.isEmpty()) {
      return List.of();
    }
    List<List<Block>> slots = blocks.stream().map(List::of).toList();
    String names = blocks.getFirst().name() + "-" + blocks.getLast().name();
    return List.of(withBase(names, slots), new BlockForm(names, slots));
  }

  private static BlockForm withBase(String names, List<List<Block>> slots) {
    List<List<Block>> withBase = new ArrayList<>();
    withBase.add(BASE);
    withBase.addAll(slots);
    return new BlockForm("BASE, " + names, List.copyOf(withBase));
  }

  private static List<Block> numbered(String family, Collection<Block> present, int usual) {
    List<Block> found =
        present.stream()
            .filter(
                block -> block.component() == Component.UNET || block.component() == Component.LM)
            .filter(block -> Segments.numberAfter(block.name(), family) >= 0)
            .toList();
    return found.isEmpty()
        ? Architecture.numbered(family, usual).stream()
            .map(name -> new Block(Component.UNET, name))
            .toList()
        : found;
  }

  private static List<Block> concat(List<Block> first, List<Block> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static List<Block> unetBlocks(String... names) {
    List<Block> blocks = new ArrayList<>();
    for (String name : names) {
      blocks.add(new Block(Component.UNET, name));
    }
    return List.copyOf(blocks);
  }
}
