package dev.mokume.architecture;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How the tensors of one component are named and laid out where they are stored: what stands
/// before each name, and whose names follow.
///
/// Only components that files store in several forms have one: the diffusion model, the text
/// encoders and the VAE. A tensor's local name is that of [TensorPlace].
public final class StoredForm {
  private static final String LOGIT_SCALE = "logit_scale";
  private static final String TRANSFORMER = "transformer.";

  private final Component component;
  private final String prefix;
  private final Naming naming;

  StoredForm(Component component, String prefix, Naming naming) {
    this.component = component;
    this.prefix = prefix;
    this.naming = naming;
  }

  /// What a tensor of one form becomes in another.
  ///
  /// @param localName of the tensor that it becomes or that it is a part of
  /// @param part of [#PARTS], for a part; else 0
  public record Piece(String localName, Kind kind, int part) {
    /// A fused projection holds a query, a key and a value, in this order.
    public static final int PARTS = 3;

    public enum Kind {
      /// All of the tensor, as it is.
      WHOLE,
      /// All of a matrix, rows for columns.
      TRANSPOSED,
      /// The rows of one part of it.
      SLICE,
      /// The rows of one part of what it becomes.
      SHARE
    }

    static Piece whole(String localName) {
      return new Piece(localName, Kind.WHOLE, 0);
    }
  }

  /// Whether tensors of that component may be stored in several forms.
  static boolean varies(Component component) {
    return component == Component.UNET || component == Component.VAE || component.isTextEncoder();
  }

  /// The form in which whole checkpoints of `architecture` store a component that is now stored as
  /// this; nothing if they have no such component, or if the way from here is not known.
  public Optional<StoredForm> inCheckpoint(Architecture architecture) {
    return prefix(architecture)
        .map(text -> new StoredForm(component, text, naming(text)))
        .filter(form -> !naming.isDiffusers() && leadsTo(form));
  }

  /// The form in which files of this component alone store it: without a prefix, CLIP as the
  /// transformers library names it.
  public StoredForm bare() {
    return new StoredForm(component, "", naming(""));
  }

  private Naming naming(String prefix) {
    if (naming != Naming.OPEN_CLIP && naming != Naming.HF_CLIP) {
      return naming;
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
          case SD3 -> transformer("first_stage_model.");
          case FLUX_DEV, FLUX_SCHNELL -> transformer("vae.");
          case LLAMA, MISTRAL, QWEN2, QWEN3, GPT2, VAE, TEXT_ENCODER, LORA, UNKNOWN -> null;
        });
  }

  private @Nullable String transformer(String vae) {
    return switch (component) {
      case UNET -> "model.diffusion_model.";
      case CLIP_L, CLIP_G, T5XXL -> "text_encoders." + component.id() + "." + TRANSFORMER;
      case VAE -> vae;
      case CLIP_H, EMA, LM, LORA, OTHER -> null;
    };
  }

  /// Whether the names are the diffusers library's.
  public boolean isDiffusers() {
    return naming.isDiffusers();
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
    return namesAs(other) || isClip() && other.isClip();
  }

  /// Whether the two differ in nothing but what stands before the names.
  public boolean namesAs(StoredForm other) {
    return naming == other.naming || naming == Naming.INFERRED || other.naming == Naming.INFERRED;
  }

  private boolean isClip() {
    return naming == Naming.OPEN_CLIP || naming == Naming.HF_CLIP;
  }

  /// What the tensor of this form with that local name becomes in `other`, to which this leads;
  /// empty if the other form has nothing of the kind.
  public List<Piece> pieces(String localName, StoredForm other) {
    if (namesAs(other)) {
      return List.of(Piece.whole(localName));
    }
    return naming == Naming.OPEN_CLIP
        ? ClipNames.asHuggingFace(localName)
        : ClipNames.asOpenClip(localName).map(List::of).orElse(List.of());
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

  /// As in a sentence: `model.diffusion_model.*`, or `bare names`.
  @Override
  public String toString() {
    return prefix.isEmpty() ? "bare names" : prefix + "*";
  }
}
