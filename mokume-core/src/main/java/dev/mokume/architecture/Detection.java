package dev.mokume.architecture;

import dev.mokume.error.Amount;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/// What the names and shapes of a checkpoint's tensors say about it. Made by
/// [Architectures#detect].
public final class Detection {
  /// Tensors without elements or with one that say how a model is to be run. They are kept, never
  /// blended.
  private static final Set<String> MARKERS = Set.of("v_pred", "ztsnr");

  private final Architecture architecture;
  private final Prediction prediction;
  private final Optional<Architecture> target;
  private final Set<Trait> traits;
  private final List<String> evidence;
  private final OptionalInt inputChannels;
  private final Regions regions;

  /// By the names that were detected: each is asked for several times.
  private final Map<String, TensorPlace> places;

  private final SequencedMap<Component, Integer> components;
  private final SequencedMap<Block, Integer> blocks;

  Detection(
      Architecture architecture,
      Prediction prediction,
      Optional<Architecture> target,
      Set<Trait> traits,
      List<String> evidence,
      OptionalInt inputChannels,
      Regions regions,
      Map<String, TensorPlace> places,
      SequencedMap<Component, Integer> components,
      SequencedMap<Block, Integer> blocks) {
    this.architecture = architecture;
    this.prediction = prediction;
    this.target = target;
    this.traits = Collections.unmodifiableSet(traits);
    this.evidence = List.copyOf(evidence);
    this.inputChannels = inputChannels;
    this.regions = regions;
    this.places = places;
    this.components = Collections.unmodifiableSequencedMap(components);
    this.blocks = Collections.unmodifiableSequencedMap(blocks);
  }

  public Architecture architecture() {
    return architecture;
  }

  public Prediction prediction() {
    return prediction;
  }

  /// The architecture that a LoRA changes, where its names and shapes tell; none for anything else.
  public Optional<Architecture> target() {
    return target;
  }

  public Set<Trait> traits() {
    return traits;
  }

  public boolean has(Trait trait) {
    return traits.contains(trait);
  }

  /// Why, in words for a person: "2,515 tensors; label_emb present: SDXL".
  public List<String> evidence() {
    return evidence;
  }

  /// The channels that the diffusion model's first layer takes: 4 for SD 1.x to SDXL, 9 for
  /// inpainting.
  public OptionalInt inputChannels() {
    return inputChannels;
  }

  /// The components that the checkpoint has, and each one's number of tensors.
  public SequencedMap<Component, Integer> components() {
    return components;
  }

  /// The blocks that the checkpoint has, in the order of the data's way, and each one's number of
  /// tensors.
  public SequencedMap<Block, Integer> blocks() {
    return blocks;
  }

  /// The components that a method for whole models works on unless it is told otherwise: the
  /// diffusion model, the language model, the LoRA's factors; the only component of a checkpoint
  /// that has but one; all of an unknown one.
  public Set<Component> mainComponents() {
    for (Component main : List.of(Component.UNET, Component.LM, Component.LORA)) {
      if (components.containsKey(main)) {
        return Set.of(main);
      }
    }
    return Set.copyOf(components.keySet());
  }

  /// Where the tensor of that name belongs. Names that were not among those detected get a place
  /// too, by the same rules.
  public TensorPlace place(String tensorName) {
    TensorPlace place = places.get(tensorName);
    return place == null ? regions.place(tensorName) : place;
  }

  /// How the tensors of a component are stored; nothing if the checkpoint has none, or if such a
  /// component is stored in one form only.
  public Optional<StoredForm> form(Component component) {
    return regions.form(component);
  }

  /// Whether the tensor of that name only marks how the model is to be run (`v_pred`, `ztsnr`,
  /// `edm_vpred.*`).
  public static boolean isMarker(String tensorName) {
    return MARKERS.contains(tensorName) || tensorName.startsWith("edm_vpred.");
  }

  /// The name under which training stores the average of a diffusion model's tensor: `model_ema.`
  /// and the name without its `model.` and its dots.
  public static String emaName(String tensorName) {
    String inModel =
        tensorName.startsWith("model.") ? tensorName.substring("model.".length()) : tensorName;
    return "model_ema." + inModel.replace(".", "");
  }

  /// One line for a person: `SDXL, predicts velocity (v-prediction); carries the marker v_pred`.
  public String summary() {
    StringBuilder text = new StringBuilder(architecture.words());
    target.ifPresent(model -> text.append(" for ").append(model.words()));
    switch (architecture.family()) {
      case IMAGE_UNET, IMAGE_TRANSFORMER ->
          text.append(prediction == Prediction.UNKNOWN ? ", prediction type " : ", predicts ")
              .append(prediction.words());
      case LANGUAGE, PART, UNKNOWN -> {}
    }
    if (!traits.isEmpty()) {
      text.append("; ").append(traits.stream().map(Trait::words).collect(Collectors.joining(", ")));
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return summary() + " (" + String.join("; ", evidence) + ")";
  }

  static String count(int number, String noun) {
    return Amount.count(number, noun, noun + "s");
  }
}
