package dev.mokume.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What stands before a tensor's own name and says where it is stored.
///
/// @param component that it speaks of; null for no prefix at all
/// @param strength how much it says
record StoragePrefix(String text, @Nullable Component component, Strength strength) {
  enum Strength {
    /// Names exactly this component: `text_encoders.clip_l.`.
    CERTAIN,
    /// Names a role that several components can play: `cond_stage_model.`.
    ROLE,
    /// Also an ordinary word: `vae.`, `te.`. It counts only where what follows is named as that
    /// component is.
    WEAK
  }

  static final StoragePrefix NONE = new StoragePrefix("", null, Strength.WEAK);

  /// By first letter, the longest first: a name is looked at by those few only.
  private static final Map<Character, List<StoragePrefix>> KNOWN =
      known().stream().collect(Collectors.groupingBy(prefix -> prefix.text.charAt(0)));

  boolean isCertain() {
    return strength == Strength.CERTAIN && component != null;
  }

  boolean isWeak() {
    return strength == Strength.WEAK;
  }

  /// Whether ComfyUI names a loaded model so, and files usually do not.
  boolean isInMemory() {
    return text.equals("diffusion_model.")
        || isCertain() && component != Component.EMA && !text.startsWith("text_encoders.");
  }

  /// The longest known prefix of `name`, [#NONE] if it has none.
  static StoragePrefix of(String name) {
    if (name.isEmpty()) {
      return NONE;
    }
    for (StoragePrefix prefix : KNOWN.getOrDefault(name.charAt(0), List.of())) {
      if (name.startsWith(prefix.text)) {
        return prefix;
      }
    }
    return NONE;
  }

  /// No two of them have the same text.
  @Override
  public int hashCode() {
    return text.hashCode();
  }

  private static List<StoragePrefix> known() {
    List<StoragePrefix> all = new ArrayList<>();
    add(all, Component.UNET, Strength.ROLE, "model.diffusion_model.", "diffusion_model.");
    // Cosmos has `net.`, AuraFlow `model.`.
    add(all, Component.UNET, Strength.WEAK, "unet.", "transformer.", "net.", "model.");
    add(all, Component.EMA, Strength.CERTAIN, "model_ema.");
    add(all, Component.VAE, Strength.ROLE, "first_stage_model.");
    add(all, Component.VAE, Strength.WEAK, "vae.");
    add(all, Component.CLIP_L, Strength.ROLE, "cond_stage_model.", "cond_stage_model.transformer.");
    add(all, Component.CLIP_H, Strength.ROLE, "cond_stage_model.model.");
    for (int i = 0; i < 2; i++) {
      add(all, Component.CLIP_L, Strength.ROLE, "conditioner.embedders." + i + ".transformer.");
      add(all, Component.CLIP_G, Strength.ROLE, "conditioner.embedders." + i + ".model.");
    }
    for (Component encoder :
        List.of(Component.CLIP_L, Component.CLIP_G, Component.CLIP_H, Component.T5XXL)) {
      for (String before : List.of("text_encoders.", "")) {
        String text = before + encoder.id() + ".";
        add(all, encoder, Strength.CERTAIN, text, text + "transformer.", text + "model.");
      }
    }
    // The kinds of T5 of WAN and AuraFlow, and where Cosmos Predict2 has the usual one.
    add(
        all,
        Component.T5XXL,
        Strength.CERTAIN,
        "text_encoders.umt5xxl.transformer.",
        "text_encoders.pile_t5xl.transformer.",
        "cond_stage_model.t5xxl.transformer.");
    add(all, Component.CLIP_L, Strength.WEAK, "te.", "te1.", "text_encoder.");
    add(all, Component.CLIP_G, Strength.WEAK, "te2.", "text_encoder_2.");
    add(all, Component.T5XXL, Strength.WEAK, "te3.", "text_encoder_3.");
    all.sort((a, b) -> Integer.compare(b.text.length(), a.text.length()));
    return List.copyOf(all);
  }

  private static void add(
      List<StoragePrefix> all, Component component, Strength strength, String... texts) {
    for (String text : texts) {
      all.add(new StoragePrefix(text, component, strength));
    }
  }
}
