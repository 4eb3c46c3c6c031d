package dev.mokume.architecture;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A stage of a component, by the name that people give it: `IN04`, `M00`, `DB18`, `L03`.
///
/// Names are unique within a component. [#id()] is unique within a checkpoint. The natural order is
/// the order of the data's way through the model.
///
/// @param name as people write it; `*` for the component as a whole
public record Block(Component component, String name) implements Comparable<Block> {
  private static final String WHOLE = "*";

  /// Families of names in the order of the data's way. A family is a name without its number.
  private static final List<String> FAMILIES =
      List.of(
          WHOLE,
          "POS_EMBED",
          "PATCH_EMBED",
          "IMG_IN",
          "TXT_IN",
          "TIME_IN",
          "VECTOR_IN",
          "GUIDANCE_IN",
          "X_EMBED",
          "CONTEXT_EMBED",
          "T_EMBED",
          "Y_EMBED",
          "TEXT_POOL",
          "TEXT_EMBED",
          "IMG_EMBED",
          "REGISTERS",
          "TXT_NORM",
          "TIME_EMBED",
          "TIME_PROJ",
          "T_NORM",
          "TIME",
          "LABEL",
          "EMBED",
          "IN",
          "M",
          "OUT",
          "DB",
          "SB",
          "JB",
          "B",
          "ENC_IN",
          "ENC",
          "ENC_MID",
          "ENC_OUT",
          "QUANT",
          "POST_QUANT",
          "DEC_IN",
          "DEC_MID",
          "DEC",
          "DEC_OUT",
          "L",
          "NORM",
          "PROJECTION",
          "SCALE",
          "HEAD",
          "FINAL_MOD",
          "FINAL",
          "SAMPLING",
          "OTHER");

  private static final Map<String, Integer> RANKS = ranks();

  public Block {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a block needs a name");
    }
  }

  /// All of a component.
  public static Block whole(Component component) {
    return new Block(component, WHOLE);
  }

  public boolean isWhole() {
    return name.equals(WHOLE);
  }

  /// Whether it is one of several alike, as `IN04` is.
  boolean isNumbered() {
    return Character.isDigit(name.charAt(name.length() - 1));
  }

  /// What people write: the bare name where it can mean but one thing (`IN04`, `L03` of a language
  /// model), else the component's id before it (`clip_l.L03`), and the component's id alone for all
  /// of it (`vae`).
  public String id() {
    if (isWhole()) {
      return component.id();
    }
    return switch (component) {
      case UNET, LM, LORA, OTHER -> name;
      case CLIP_L, CLIP_G, CLIP_H, T5XXL, VAE, EMA -> component.id() + "." + name;
    };
  }

  /// The next larger stage that holds this one: `M00` for the middle's part `M00.1`, the component
  /// for `M00`, none for that.
  public Optional<Block> parent() {
    if (isWhole()) {
      return Optional.empty();
    }
    boolean partOfMiddle = component == Component.UNET && name.startsWith("M00.");
    return Optional.of(partOfMiddle ? new Block(component, "M00") : whole(component));
  }

  @Override
  public int compareTo(Block other) {
    int order = component.compareTo(other.component);
    if (order == 0) {
      order = Integer.compare(familyRank(), other.familyRank());
    }
    return order == 0 ? NaturalOrder.INSTANCE.compare(name, other.name) : order;
  }

  @Override
  public String toString() {
    return id();
  }

  private int familyRank() {
    String local = name.substring(name.lastIndexOf(':') + 1);
    int end = 0;
    while (end < local.length() && !Character.isDigit(local.charAt(end))) {
      end++;
    }
    if (component != Component.UNET
        && component != Component.EMA
        && component != Component.LORA
        && end == local.length()) {
      return rank(local);
    }
    // A U-Net's OUT without a number is its last layers, which come after OUT11.
    if (local.equals("OUT")) {
      return rank("FINAL");
    }
    return rank(local.substring(0, end));
  }

  private static int rank(String family) {
    return RANKS.getOrDefault(family, FAMILIES.size());
  }

  private static Map<String, Integer> ranks() {
    Map<String, Integer> ranks = new HashMap<>();
    for (int i = 0; i < FAMILIES.size(); i++) {
      ranks.put(FAMILIES.get(i), i);
    }
    return ranks;
  }
}
