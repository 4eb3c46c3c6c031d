package dev.mokume.architecture;

import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.EnumSet;
import java.util.Set;

/// The tensors of a checkpoint whose names start alike, and what a pass over them has shown.
final class Region {
  private final StoragePrefix prefix;
  private final Set<Naming> signs = EnumSet.noneOf(Naming.class);
  private final Set<Naming> signsOfWhole = EnumSet.noneOf(Naming.class);
  private int tensors;
  private int embeddingWidth = -1;
  private boolean legacyClip;
  private final Anatomy anatomy = new Anatomy();

  Region(StoragePrefix prefix) {
    this.prefix = prefix;
  }

  StoragePrefix prefix() {
    return prefix;
  }

  int tensors() {
    return tensors;
  }

  boolean hasLegacyClipNames() {
    return legacyClip && naming() == Naming.HF_CLIP;
  }

  void add(TensorSpec spec) {
    String localName = spec.name().substring(prefix.text().length());
    tensors++;
    signs.addAll(Naming.signs(localName));
    if (prefix.isWeak() && !prefix.text().isEmpty()) {
      signsOfWhole.addAll(Naming.signs(spec.name()));
    }
    anatomy.add(localName, spec);
    legacyClip |= localName.startsWith("encoder.layers.");
    if (localName.endsWith("token_embedding.weight") && spec.shape().rank() == 2) {
      embeddingWidth = width(spec.shape());
    }
  }

  /// Takes in a region whose prefix turned out to be an ordinary word.
  void absorb(Region weak) {
    tensors += weak.tensors;
    signs.addAll(weak.signsOfWhole);
  }

  StoredForm form() {
    return new StoredForm(component(), prefix.text(), naming(), naming().map(anatomy));
  }

  private static int width(Shape shape) {
    return (int) Math.min(Integer.MAX_VALUE, shape.dimension(1));
  }

  /// How the region's tensors are named; [Naming#INFERRED] if nothing known was seen.
  Naming naming() {
    if (prefix.component() == Component.EMA) {
      return Naming.FLATTENED_UNET;
    }
    for (Naming naming : signs) {
      if (fits(naming)) {
        return naming;
      }
    }
    // What stands alone in a text encoder, such as logit_scale, is named alike in all of them.
    boolean textEncoder =
        prefix.component() != null && prefix.component().isTextEncoder() && !prefix.isWeak();
    return textEncoder ? Naming.HF_CLIP : Naming.INFERRED;
  }

  /// Whether the prefix is an ordinary word here, and a part of the names.
  boolean isMisread() {
    return prefix.isWeak() && !prefix.text().isEmpty() && naming() == Naming.INFERRED;
  }

  private boolean fits(Naming naming) {
    Component component = prefix.component();
    if (component == null) {
      return true;
    }
    return component.isTextEncoder() ? naming.usual().isTextEncoder() : naming.usual() == component;
  }

  /// The component, from the prefix where that tells it, and from the naming and the width of the
  /// embedding.
  Component component() {
    Naming naming = naming();
    Component told = prefix.component();
    if (told != null && !told.isTextEncoder()) {
      return naming == Naming.INFERRED && prefix.isWeak() ? Component.OTHER : told;
    }
    if (naming == Naming.T5) {
      return Component.T5XXL;
    }
    if (naming == Naming.INFERRED) {
      return told == null || prefix.isWeak() ? Component.OTHER : told;
    }
    if (!naming.usual().isTextEncoder()) {
      return naming.usual();
    }
    if (told != null && prefix.isCertain()) {
      return told;
    }
    return switch (embeddingWidth) {
      case 768 -> Component.CLIP_L;
      case 1024 -> Component.CLIP_H;
      case 1280 -> Component.CLIP_G;
      default -> told == null ? naming.usual() : told;
    };
  }
}
