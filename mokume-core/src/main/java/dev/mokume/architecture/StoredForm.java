package dev.mokume.architecture;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How the tensors of one component are named and laid out where they are stored: what stands
/// before each name, and whose names follow.
///
/// Only components that files store in several forms have one: the diffusion model, the text
/// encoders and the VAE. A tensor's local name is that of [TensorPlace].
public final class StoredForm {
  private static final String LOGIT_SCALE = "logit_scale";
  private static final String TRANSFORMER = "transformer.";

  /// Namings that are a library's and the original one at once.
  private static final Set<Naming> ALIKE = EnumSet.of(Naming.T5, Naming.QWEN_IMAGE);

  private final Component component;
  private final String prefix;
  private final Naming naming;
  private final NameMap names;

  /// @param names of this naming and of its counterpart, for the model that is stored so
  StoredForm(Component component, String prefix, Naming naming, NameMap names) {
    this.component = component;
    this.prefix = prefix;
    this.naming = naming;
    this.names = names;
  }

  /// Whether tensors of that component may be stored in several forms.
  static boolean varies(Component component) {
    return component == Component.UNET || component == Component.VAE || component.isTextEncoder();
  }

  /// The form in which whole checkpoints of `architecture` store a component that is now stored as
  /// this; nothing if they have no such component, or if the way from here is not known.
  public Optional<StoredForm> inCheckpoint(Architecture architecture) {
    return prefix(architecture)
        .map(text -> new StoredForm(component, text, naming(text), names))
        .filter(this::leadsTo);
  }

  /// The form in which files of this component alone store it: without a prefix, CLIP as the
  /// transformers library names it, all else by the original names.
  public StoredForm bare() {
    return new StoredForm(component, "", naming(""), names);
  }

  /// The form in which the diffusers library stores the component, in a file of its own; nothing if
  /// the way there is not known.
  public Optional<StoredForm> inPipeline() {
    // T5 and Qwen-Image have no other names.
    boolean known = naming.library() != naming.original() || ALIKE.contains(naming);
    return known
        ? Optional.of(new StoredForm(component, "", naming.library(), names))
        : Optional.empty();
  }

  private Naming naming(String prefix) {
    if (naming.original() != Naming.OPEN_CLIP) {
      return naming.original();
    }
    return prefix.endsWith(".model.") ? Naming.OPEN_CLIP : Naming.HF_CLIP;
  }

  private Optional<String> prefix(Architecture architecture) {
    return Optional.ofNullable(
        switch (architecture) {
          case SD15 ->
              switch (component) {
                case UNET -> "model.diffusion_model.";
                case CLIP_L -> "cond_stage_model.transformer.";
                case VAE -> "first_stage_model.";
                case CLIP_G, CLIP_H, T5XXL, EMA, LM, LORA, OTHER -> null;
              };
          case SD21 ->
              switch (component) {
                case UNET -> "model.diffusion_model.";
                case CLIP_H -> "cond_stage_model.model.";
                case VAE -> "first_stage_model.";
                case CLIP_L, CLIP_G, T5XXL, EMA, LM, LORA, OTHER -> null;
              };
          case SDXL ->
              switch (component) {
                case UNET -> "model.diffusion_model.";
                case CLIP_L -> "conditioner.embedders.0.transformer.";
                case CLIP_G -> "conditioner.embedders.1.model.";
                case VAE -> "first_stage_model.";
                case CLIP_H, T5XXL, EMA, LM, LORA, OTHER -> null;
              };
          case SDXL_REFINER ->
              switch (component) {
                case UNET -> "model.diffusion_model.";
                case CLIP_G -> "conditioner.embedders.0.model.";
                case VAE -> "first_stage_model.";
                case CLIP_L, CLIP_H, T5XXL, EMA, LM, LORA, OTHER -> null;
              };
          case SD3 -> transformer("t5xxl", "first_stage_model.");
          case FLUX_DEV, FLUX_SCHNELL, QWEN_IMAGE, MOCHI, LTXV, COSMOS ->
              transformer("t5xxl", "vae.");
          case WAN -> transformer("umt5xxl", "vae.");
          case AURAFLOW -> transformer("pile_t5xl", "vae.");
          case COSMOS_PREDICT2 ->
              component == Component.T5XXL
                  ? "cond_stage_model.t5xxl." + TRANSFORMER
                  : transformer("t5xxl", "first_stage_model.");
          case LLAMA, MISTRAL, QWEN2, QWEN3, GPT2, VAE, TEXT_ENCODER, LORA, UNKNOWN -> null;
        });
  }

  /// Source for the names: ComfyUI's supported_models, as of 0.3.64, which CheckpointSave follows.
  private @Nullable String transformer(String t5, String vae) {
    return switch (component) {
      case UNET -> "model.diffusion_model.";
      case CLIP_L, CLIP_G -> "text_encoders." + component.id() + "." + TRANSFORMER;
      case T5XXL -> "text_encoders." + t5 + "." + TRANSFORMER;
      case VAE -> vae;
      case CLIP_H, EMA, LM, LORA, OTHER -> null;
    };
  }

  /// What stands before the names, in general; empty for nothing.
  public String prefix() {
    return prefix;
  }

  /// The whole name of a tensor of this form.
  public String name(String localName) {
    // It is not a part of the transformers library's model, so it stands beside that.
    boolean beside = localName.equals(LOGIT_SCALE) && prefix.endsWith("." + TRANSFORMER);
    return (beside ? prefix.substring(0, prefix.length() - TRANSFORMER.length()) : prefix)
        + localName;
  }

  /// Where a tensor of this form belongs.
  public TensorPlace place(String localName) {
    return new TensorPlace(component, new Block(component, naming.block(localName)), localName);
  }

  /// Whether tensors of this form can be read as those of `other`.
  public boolean leadsTo(StoredForm other) {
    return namesAs(other) || naming.original() == other.naming.original();
  }

  /// Whether the two differ in nothing but what stands before the names.
  public boolean namesAs(StoredForm other) {
    return naming == other.naming || naming == Naming.INFERRED || other.naming == Naming.INFERRED;
  }

  /// What the tensor of this form with that local name becomes in `other`, to which this leads;
  /// empty if the other form has nothing of the kind.
  public List<Piece> pieces(String localName, StoredForm other) {
    return namesAs(other) ? List.of(Piece.whole(localName)) : counterparts(localName);
  }

  /// The names of this way and of its counterpart.
  NameMap names() {
    return names;
  }

  /// What the tensor of this form with that local name becomes by the other way of naming that
  /// there is for it, a library's or the original; empty if there is none or has nothing of the
  /// kind.
  List<Piece> counterparts(String localName) {
    return naming == naming.original() ? names.toOther(localName) : names.toOriginal(localName);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof StoredForm form
        && component == form.component
        && prefix.equals(form.prefix)
        && naming == form.naming;
  }

  @Override
  public int hashCode() {
    return Objects.hash(component, prefix, naming);
  }

  /// As in a sentence: `model.diffusion_model.*`, or `bare names`; `diffusers names`.
  @Override
  public String toString() {
    if (prefix.isEmpty()) {
      return naming.isDiffusers() ? "diffusers names" : "bare names";
    }
    return prefix + (naming.isDiffusers() ? "* with diffusers names" : "*");
  }
}
