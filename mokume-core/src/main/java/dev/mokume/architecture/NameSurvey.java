package dev.mokume.architecture;

import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/// One pass over a checkpoint's names and shapes, and the conclusions from it.
final class NameSurvey {
  private final Map<StoragePrefix, Region> regions = new LinkedHashMap<>();
  private final DiffusionFacts diffusion = new DiffusionFacts();
  private final LanguageFacts language = new LanguageFacts();
  private final LoraFacts lora = new LoraFacts();
  private final Set<Trait> traits = EnumSet.noneOf(Trait.class);
  private final Map<String, String> metadata;
  private int tensors;

  NameSurvey(Collection<TensorSpec> specs, Map<String, String> metadata) {
    this.metadata = metadata;
    for (TensorSpec spec : specs) {
      add(spec);
    }
    absorbMisread();
  }

  private void add(TensorSpec spec) {
    String name = spec.name();
    tensors++;
    lora.add(spec);
    if (Regions.SCHEDULE_BUFFERS.contains(name)) {
      traits.add(Trait.SCHEDULE_BUFFERS);
      return;
    }
    if (Regions.isSampling(name)) {
      addMarker(name);
      return;
    }
    StoragePrefix prefix = StoragePrefix.of(name);
    regions.computeIfAbsent(prefix, Region::new).add(spec);
    if (prefix.component() == null || prefix.component() == Component.UNET) {
      diffusion.add(name.substring(prefix.text().length()), spec);
    }
    language.add(spec);
  }

  private void addMarker(String name) {
    if (name.equals("v_pred")) {
      traits.add(Trait.V_PREDICTION_MARKER);
    } else if (name.equals("ztsnr")) {
      traits.add(Trait.ZERO_TERMINAL_SNR_MARKER);
    } else if (name.startsWith("edm_vpred.")) {
      traits.add(Trait.EDM_MARKERS);
    }
  }

  private void absorbMisread() {
    List<Region> misread = regions.values().stream().filter(Region::isMisread).toList();
    for (Region region : misread) {
      regions.remove(region.prefix());
      regions.computeIfAbsent(StoragePrefix.NONE, Region::new).absorb(region);
    }
  }

  Detection conclude(Collection<TensorSpec> specs) {
    boolean isLora = lora.outweighs(tensors);
    Regions rules = new Regions(regions.values(), isLora);
    SequencedMap<Component, Integer> components = new LinkedHashMap<>();
    Map<Block, Integer> inBlock = new HashMap<>();
    Map<Component, Integer> counted = new EnumMap<>(Component.class);
    Map<String, TensorPlace> places = HashMap.newHashMap(specs.size());
    Map<Block, Block> shared = new HashMap<>();
    for (TensorSpec spec : specs) {
      TensorPlace place = shared(rules.place(spec.name()), shared);
      places.put(spec.name(), place);
      counted.merge(place.component(), 1, Integer::sum);
      inBlock.merge(place.block(), 1, Integer::sum);
    }
    components.putAll(counted);
    SequencedMap<Block, Integer> blocks = new TreeMap<>(inBlock);

    Architecture architecture = isLora ? Architecture.LORA : architecture();
    Optional<Architecture> target = isLora ? lora.target() : Optional.empty();
    addTraits(architecture, components.sequencedKeySet());
    Prediction prediction = prediction(architecture);
    return new Detection(
        architecture,
        prediction,
        target,
        traits,
        evidence(architecture),
        isLora ? OptionalInt.empty() : diffusion.inputChannels(),
        rules,
        places,
        components,
        blocks);
  }

  /// The same place, with one block and one name for all tensors and models that have them: blocks
  /// are few, and names of models that are merged are the same.
  private static TensorPlace shared(TensorPlace place, Map<Block, Block> blocks) {
    Block block = blocks.computeIfAbsent(place.block(), known -> known);
    return new TensorPlace(place.component(), block, place.localName().intern());
  }

  private Optional<Region> regionOf(Component component) {
    return regions.values().stream()
        .filter(region -> region.component() == component)
        .reduce((a, b) -> b.tensors() > a.tensors() ? b : a);
  }

  private Architecture architecture() {
    Optional<Region> unet = regionOf(Component.UNET);
    if (unet.isPresent()) {
      return diffusion.architecture(unet.get().naming());
    }
    Optional<Region> lm = regionOf(Component.LM);
    if (lm.isPresent()) {
      return language.architecture(lm.get().naming());
    }
    Optional<Region> text =
        regions.values().stream().filter(region -> region.component().isTextEncoder()).findFirst();
    if (text.isPresent()) {
      return byTextEncoder(text.get().prefix().text());
    }
    return regionOf(Component.VAE).isPresent() ? Architecture.VAE : Architecture.UNKNOWN;
  }

  /// The architecture whose checkpoints store their text encoder so.
  private static Architecture byTextEncoder(String prefix) {
    if (prefix.startsWith("cond_stage_model.model.")) {
      return Architecture.SD21;
    }
    if (prefix.startsWith("cond_stage_model.")) {
      return Architecture.SD15;
    }
    return prefix.startsWith("conditioner.") ? Architecture.SDXL : Architecture.TEXT_ENCODER;
  }

  private void addTraits(Architecture architecture, Collection<Component> components) {
    if (architecture == Architecture.LORA) {
      return;
    }
    for (Region region : regions.values()) {
      if (region.naming().isDiffusers()) {
        traits.add(Trait.DIFFUSERS_NAMES);
      }
      if (region.hasLegacyClipNames()) {
        traits.add(Trait.LEGACY_CLIP_NAMES);
      }
      if (region.prefix().isInMemory()) {
        traits.add(Trait.COMFYUI_NAMES);
      }
    }
    if (components.contains(Component.EMA)) {
      traits.add(Trait.EMA);
    }
    diffusion.inputChannels().ifPresent(channels -> addInputTrait(architecture, channels));
    addOnly(components);
    if (architecture == Architecture.UNKNOWN) {
      traits.add(Trait.INFERRED_BLOCKS);
    }
  }

  /// FLUX takes latents as 2 x 2 patches: 64 channels, and 384 with a mask and a masked picture.
  private void addInputTrait(Architecture architecture, int channels) {
    switch (architecture.family()) {
      case IMAGE_UNET -> {
        if (channels == 9) {
          traits.add(Trait.INPAINTING);
        } else if (channels == 8) {
          traits.add(Trait.EDITING);
        }
      }
      case IMAGE_TRANSFORMER -> {
        if (channels == 384) {
          traits.add(Trait.INPAINTING);
        }
      }
      case LANGUAGE, PART, UNKNOWN -> {}
    }
  }

  private void addOnly(Collection<Component> components) {
    List<Component> models =
        components.stream()
            .filter(component -> component != Component.OTHER && component != Component.EMA)
            .toList();
    if (models.equals(List.of(Component.UNET))) {
      traits.add(Trait.DIFFUSION_MODEL_ONLY);
    } else if (models.equals(List.of(Component.VAE))) {
      traits.add(Trait.VAE_ONLY);
    } else if (!models.isEmpty() && models.stream().allMatch(Component::isTextEncoder)) {
      traits.add(Trait.TEXT_ENCODERS_ONLY);
    }
  }

  private Prediction prediction(Architecture architecture) {
    boolean marked =
        traits.contains(Trait.V_PREDICTION_MARKER) || traits.contains(Trait.EDM_MARKERS);
    return switch (architecture.family()) {
      // Cosmos 1 predicts the clean picture, scaled as in EDM, for which there is no word here.
      case IMAGE_TRANSFORMER ->
          architecture == Architecture.COSMOS ? Prediction.UNKNOWN : Prediction.FLOW;
      case IMAGE_UNET -> {
        if (marked) {
          yield Prediction.V;
        }
        String told =
            metadata.getOrDefault("modelspec.prediction_type", "").toLowerCase(Locale.ROOT);
        if (told.equals("v") || told.equals("v_prediction")) {
          yield Prediction.V;
        }
        boolean either = architecture == Architecture.SD21 && !told.equals("epsilon");
        yield either ? Prediction.UNKNOWN : Prediction.EPSILON;
      }
      case LANGUAGE, PART, UNKNOWN -> Prediction.UNKNOWN;
    };
  }

  private List<String> evidence(Architecture architecture) {
    List<String> found = new ArrayList<>(List.of(Detection.count(tensors, "tensor")));
    if (architecture == Architecture.LORA) {
      found.addAll(lora.evidence());
      return found;
    }
    regionOf(Component.UNET).ifPresent(region -> found.addAll(diffusion.evidence(region.naming())));
    if (architecture.family() == Architecture.Family.LANGUAGE) {
      regionOf(Component.LM).ifPresent(region -> found.addAll(language.evidence(region.naming())));
    }
    boolean partOfModel = regionOf(Component.UNET).isEmpty() && regionOf(Component.LM).isEmpty();
    if (partOfModel && architecture != Architecture.UNKNOWN) {
      for (Region region : regions.values()) {
        String prefix = region.prefix().text();
        found.add(
            prefix.isEmpty()
                ? "names as " + region.component().words() + " has them"
                : "names start with " + prefix);
      }
    }
    String told = metadata.get("modelspec.prediction_type");
    if (told != null && architecture.family() == Architecture.Family.IMAGE_UNET) {
      found.add("metadata says prediction_type " + told);
    }
    if (architecture == Architecture.UNKNOWN) {
      found.add("no known names; blocks come from the first number in each name");
    }
    return found;
  }
}
