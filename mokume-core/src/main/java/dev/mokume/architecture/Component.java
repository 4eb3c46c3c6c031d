package dev.mokume.architecture;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// A part of a checkpoint that people take, keep or replace as a whole.
public enum Component {
  /// The diffusion model, whatever its architecture: also the transformers of SD 3 and FLUX.
  UNET("the diffusion model"),
  /// CLIP ViT-L/14's text tower.
  CLIP_L("the CLIP-L text encoder"),
  /// OpenCLIP bigG's text tower (SDXL, SD 3).
  CLIP_G("the CLIP-G text encoder"),
  /// OpenCLIP ViT-H/14's text tower (SD 2.x).
  CLIP_H("the CLIP-H text encoder"),
  /// T5 XXL's encoder (SD 3, FLUX).
  T5XXL("the T5 text encoder"),
  /// The autoencoder between pixels and latents.
  VAE("the VAE"),
  /// The averaged copy of the diffusion model that training keeps, `model_ema.*`.
  EMA("the EMA copy of the diffusion model"),
  /// A language model.
  LM("the language model"),
  /// Low-rank factors that change another model.
  LORA("the LoRA"),
  /// All else: schedule buffers, and everything in a checkpoint of an unknown architecture.
  OTHER("other tensors");

  private static final Set<Component> TEXT_ENCODERS =
      Set.copyOf(EnumSet.of(CLIP_L, CLIP_G, CLIP_H, T5XXL));
  private static final String ALL_TEXT_ENCODERS = "clip";

  private final String words;

  Component(String words) {
    this.words = words;
  }

  /// The name that people type: `unet`, `clip_l`, `vae`.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// As in a sentence: "the VAE".
  public String words() {
    return words;
  }

  public boolean isTextEncoder() {
    return TEXT_ENCODERS.contains(this);
  }

  /// The component of that id, in any case.
  ///
  /// @throws MokumeException `INVALID_RECIPE` for an unknown id; the message offers the nearest
  public static Component parse(String id) {
    for (Component component : values()) {
      if (component.id().equalsIgnoreCase(id.strip())) {
        return component;
      }
    }
    throw unknown(id, ids());
  }

  /// The components that a name stands for: one by its id, or every text encoder for `clip`.
  ///
  /// @throws MokumeException `INVALID_RECIPE` for an unknown name; the message offers the nearest
  public static Set<Component> parseGroup(String name) {
    if (name.strip().equalsIgnoreCase(ALL_TEXT_ENCODERS)) {
      return TEXT_ENCODERS;
    }
    for (Component component : values()) {
      if (component.id().equalsIgnoreCase(name.strip())) {
        return Set.of(component);
      }
    }
    List<String> names = new ArrayList<>(ids());
    names.add(ALL_TEXT_ENCODERS);
    throw unknown(name, names);
  }

  /// Every component's id, in the order of declaration.
  public static List<String> ids() {
    List<String> ids = new ArrayList<>();
    for (Component component : values()) {
      ids.add(component.id());
    }
    return List.copyOf(ids);
  }

  private static MokumeException unknown(String name, List<String> names) {
    return new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "there is no component '%s'%s Components are %s."
            .formatted(name, Nearest.ending(name, names), String.join(", ", names)));
  }
}
