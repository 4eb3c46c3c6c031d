package dev.mokume.inspection;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Layout;
import dev.mokume.architecture.Layouts;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.architecture.Trait;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How a checkpoint compares to the layout that checkpoints of its architecture have.
final class KnownLayout {
  private static final int NAMED = 2;

  /// A tensor by what it is, however it is stored.
  private record Key(Component component, String localName) {}

  /// What was found in one component.
  private record Differences(
      List<String> missing, List<String> unfamiliar, List<String> reshaped, int[] common) {
    Differences() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new int[1]);
    }
  }

  private KnownLayout() {}

  static List<Finding> findings(Checkpoint checkpoint, Detection detection) {
    Optional<String> known = layout(detection);
    if (known.isEmpty()) {
      return List.of();
    }
    Map<Component, Differences> differences =
        compare(checkpoint, detection, Layouts.load(known.get()));
    String model = detection.architecture().words();
    List<Finding> found = new ArrayList<>();
    differences.forEach((component, d) -> {
      // Not one tensor in common: the component is named another way, and nothing can be said.
      if (d.common[0] > 0) {
        add(
            found,
            Finding.Kind.MISSING,
            component,
            d.missing,
            "lacks %s that checkpoints of " + model + " have: %s.");
        add(
            found,
            Finding.Kind.UNFAMILIAR,
            component,
            d.unfamiliar,
            "has %s that checkpoints of " + model + " do not have: %s.");
        add(
            found,
            Finding.Kind.SHAPE,
            component,
            d.reshaped,
            "has %s of another shape than checkpoints of " + model + ": %s.");
      }
    });
    return found;
  }

  private static void add(
      List<Finding> found,
      Finding.Kind kind,
      Component component,
      List<String> names,
      String text) {
    if (!names.isEmpty()) {
      String count = Amount.count(names.size(), "tensor", "tensors");
      String subject = "T" + component.words().substring(1);
      found.add(
          new Finding(kind, subject + " " + text.formatted(count, Quoted.list(names, NAMED))));
    }
  }

  /// The layout to compare with; none where models of an architecture differ in size, or in names.
  private static Optional<String> layout(Detection detection) {
    if (detection.has(Trait.DIFFUSERS_NAMES)) {
      return Optional.empty();
    }
    return switch (detection.architecture()) {
      case SD15 -> Optional.of(detection.has(Trait.INPAINTING) ? "sd15-inpaint" : "sd15");
      case SD21 -> Optional.of("sd21");
      case SDXL -> Optional.of("sdxl");
      case FLUX_DEV -> Optional.of("flux-dev");
      case FLUX_SCHNELL -> Optional.of("flux-schnell");
      case SDXL_REFINER,
          SD3,
          AURAFLOW,
          QWEN_IMAGE,
          MOCHI,
          LTXV,
          COSMOS,
          COSMOS_PREDICT2,
          WAN,
          LLAMA,
          MISTRAL,
          QWEN2,
          QWEN3,
          GPT2,
          VAE,
          TEXT_ENCODER,
          LORA,
          UNKNOWN ->
          Optional.empty();
    };
  }

  private static Map<Component, Differences> compare(
      Checkpoint checkpoint, Detection detection, Layout layout) {
    Map<Key, Layout.Entry> expected = new LinkedHashMap<>();
    // The usual case: a checkpoint that has no other names is placed by the rules of the layout.
    Detection ofLayout =
        layout.tensors().keySet().containsAll(checkpoint.tensors().keySet())
            ? detection
            : Architectures.detect(layout.specs());
    for (Layout.Entry entry : layout.tensors().values()) {
      expected.put(key(ofLayout, entry.spec().name()), entry);
    }
    Map<Component, Differences> differences = new EnumMap<>(Component.class);
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      Key key = key(detection, tensor.name());
      if (isCompared(key.component()) && !Detection.isMarker(tensor.name())) {
        Differences ofComponent =
            differences.computeIfAbsent(key.component(), _ -> new Differences());
        compare(tensor.spec(), expected.remove(key), ofComponent);
      }
    }
    for (Map.Entry<Key, Layout.Entry> left : expected.entrySet()) {
      Differences ofComponent = differences.get(left.getKey().component());
      if (ofComponent != null && !left.getValue().optional()) {
        ofComponent.missing.add(left.getValue().spec().name());
      }
    }
    return differences;
  }

  private static void compare(
      TensorSpec spec, Layout.@Nullable Entry expected, Differences differences) {
    if (expected == null) {
      differences.unfamiliar.add(spec.name());
      return;
    }
    differences.common[0]++;
    if (!expected.spec().shape().equals(spec.shape())) {
      differences.reshaped.add(spec.name());
    }
  }

  /// Text encoders are stored in ways too many to compare.
  private static boolean isCompared(Component component) {
    return component == Component.UNET || component == Component.VAE;
  }

  private static Key key(Detection detection, String name) {
    TensorPlace place = detection.place(name);
    return new Key(place.component(), place.localName());
  }
}
