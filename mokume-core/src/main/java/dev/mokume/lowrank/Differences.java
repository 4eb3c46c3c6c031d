package dev.mokume.lowrank;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Mismatch;
import dev.mokume.architecture.Piece;
import dev.mokume.architecture.StoredForm;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.lowrank.ExtractionReport.Left;
import dev.mokume.plan.Joining;
import dev.mokume.tensor.Shape;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What two models have in common that a LoRA can change, and what it leaves.
final class Differences {
  private static final int SHOWN = 20;

  /// Weights of two dimensions that are looked up in, not multiplied by, or that readers of LoRAs
  /// know no module for.
  private static final List<String> NO_LAYERS =
      List.of(
          "token_embedding.weight",
          "position_embedding.weight",
          "embed_tokens.weight",
          "shared.weight",
          "relative_attention_bias.weight",
          "wte.weight",
          "wpe.weight",
          "lm_head.weight",
          "text_projection.weight");

  private final ExtractionOptions options;
  private final Checkpoint tuned;
  private final Optional<Checkpoint> base;
  private final Detection detection;
  private final Set<Component> components;
  private final List<Layer> layers = new ArrayList<>();
  private final List<SmallTensor> small = new ArrayList<>();
  private final List<Left> left = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Set<Component> unnamed = new TreeSet<>();

  /// A tensor by what it is, however it is stored.
  private record Key(Component component, String localName) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byComponent = component.compareTo(other.component);
      return byComponent != 0 ? byComponent : localName.compareTo(other.localName);
    }
  }

  private Differences(
      Checkpoint tuned, Optional<Checkpoint> base, Detection detection, ExtractionOptions options) {
    this.tuned = tuned;
    this.base = base;
    this.detection = detection;
    this.options = options;
    this.components = components(detection, options);
  }

  /// @throws MokumeException with everything that speaks against it
  static Differences of(Checkpoint tuned, Checkpoint base, ExtractionOptions options) {
    Detection ofTuned = detect(tuned);
    Detection ofBase = detect(base);
    Differences differences = new Differences(tuned, Optional.of(base), ofTuned, options);
    differences.refuse(Mismatch.between(tuned.name(), ofTuned, base.name(), ofBase));
    differences.pair(differences.canonical(base, ofBase), base.name());
    return differences.sound();
  }

  /// Of a checkpoint that holds differences already.
  ///
  /// @throws MokumeException with everything that speaks against it
  static Differences stored(Checkpoint checkpoint, ExtractionOptions options) {
    Differences differences =
        new Differences(checkpoint, Optional.empty(), detect(checkpoint), options);
    differences.refuse(List.of());
    differences
        .canonical(checkpoint, differences.detection)
        .forEach((key, tensor) -> differences.add(key, tensor, Optional.empty()));
    return differences.sound();
  }

  private Differences sound() {
    if (!unnamed.isEmpty()) {
      problems.add(noNames());
    }
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return this;
  }

  /// In the order of names.
  List<Layer> layers() {
    return layers;
  }

  List<SmallTensor> small() {
    return small;
  }

  List<Left> left() {
    return left;
  }

  Detection detection() {
    return detection;
  }

  private static Detection detect(Checkpoint checkpoint) {
    return Architectures.detect(
        checkpoint.tensors().values().stream().map(StoredTensor::spec).toList(),
        checkpoint.metadata());
  }

  private static Set<Component> components(Detection detection, ExtractionOptions options) {
    Set<Component> all = EnumSet.of(Component.UNET, Component.LM);
    for (Component component : Component.values()) {
      if (component.isTextEncoder()) {
        all.add(component);
      }
    }
    if (detection.architecture() == Architecture.UNKNOWN) {
      all.add(Component.OTHER);
    }
    if (!options.components().isEmpty()) {
      all.retainAll(options.components());
    }
    return all;
  }

  private void refuse(List<Mismatch> mismatches) {
    Stream.concat(Stream.of(tuned), base.stream()).forEach(this::refusePacked);
    if (detection.architecture() == Architecture.LORA) {
      problems.add(
          new Problem(
              ErrorCode.MISMATCHED_INPUTS,
              tuned.name()
                  + ": is a LoRA already. Name the fine-tuned checkpoint and the one that it was"
                  + " made of."));
    }
    mismatches.stream()
        .filter(mismatch -> mismatch.kind() == Mismatch.Kind.ARCHITECTURE)
        .map(Mismatch::problem)
        .forEach(problems::add);
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  private void refusePacked(Checkpoint checkpoint) {
    Detection held = detect(checkpoint);
    QuantisedWeights.problem(checkpoint, name -> components.contains(held.place(name).component()))
        .ifPresent(problems::add);
  }

  private void pair(TreeMap<Key, StoredTensor> second, String baseName) {
    boolean met = false;
    for (Map.Entry<Key, StoredTensor> entry : canonical(tuned, detection).entrySet()) {
      StoredTensor tensor = entry.getValue();
      StoredTensor other = second.remove(entry.getKey());
      if (other == null) {
        left.add(new Left(tensor.name(), baseName + " has no such tensor"));
        continue;
      }
      met = true;
      if (tensor.spec().shape().equals(other.spec().shape())) {
        add(entry.getKey(), tensor, Optional.of(other));
      } else if (needsNoFactors(entry.getKey().localName(), tensor.spec().shape())) {
        left.add(new Left(tensor.name(), baseName + " has another shape of it"));
      } else {
        otherShape(tensor, other, baseName);
      }
    }
    second
        .values()
        .forEach(tensor -> left.add(new Left(tensor.name(), tuned.name() + " has no such tensor")));
    if (!met) {
      problems.add(nothingInCommon(baseName));
    }
  }

  private Problem nothingInCommon(String baseName) {
    return new Problem(
        ErrorCode.MISMATCHED_INPUTS,
        "%s and %s have no tensor in common that a LoRA could change (components: %s). Name the fine-tuned checkpoint and the one that it was made of."
            .formatted(
                tuned.name(),
                baseName,
                components.isEmpty()
                    ? "none"
                    : String.join(", ", components.stream().map(Component::id).toList())));
  }

  private Problem noNames() {
    String what = String.join(" and ", unnamed.stream().map(Component::words).toList());
    return new Problem(
        ErrorCode.INVALID_RECIPE,
        switch (options.names()) {
          case KOHYA ->
              "kohya's names have no word for %s of %s; choose PEFT's names (--names peft)."
                  .formatted(what, tuned.name());
          case COMFYUI ->
              "ComfyUI's names have no word for %s of %s; choose PEFT's names (--names peft)."
                  .formatted(what, tuned.name());
          case PEFT ->
              "PEFT's names are those of the diffusers library's modules, but what %s calls its tensors of %s is not known there; choose kohya's names, which every web UI reads."
                  .formatted(tuned.name(), what);
        });
  }

  /// Every tensor of the components by the name that it has for the LoRA's readers.
  private TreeMap<Key, StoredTensor> canonical(Checkpoint model, Detection detected) {
    TreeMap<Key, StoredTensor> tensors = new TreeMap<>();
    Map<Component, View> views = new EnumMap<>(Component.class);
    for (StoredTensor tensor : model.tensors().values()) {
      TensorPlace place = detected.place(tensor.name());
      Component component = place.component();
      if (!components.contains(component) || Detection.isMarker(tensor.name())) {
        continue;
      }
      Optional<StoredForm> form =
          place.isStoredVariously() ? detected.form(component) : Optional.empty();
      if (form.isEmpty()) {
        tensors.put(new Key(component, place.localName()), tensor);
      } else {
        boolean isKnown =
            views
                .computeIfAbsent(
                    component,
                    _ -> new View(form.get(), target(form.get(), component), model.name()))
                .add(tensor, place.localName());
        if (!isKnown && model == tuned) {
          left.add(new Left(tensor.name(), "programs that read LoRAs have no name for it"));
        }
      }
    }
    views.forEach((component, view) ->
        view.finish(problems)
            .forEach((name, tensor) -> tensors.put(new Key(component, name), tensor)));
    return tensors;
  }

  /// A component of a checkpoint by other names.
  private static final class View {
    private final StoredForm stored;
    private final StoredForm target;
    private final Joining joining;
    private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();

    /// What the file calls the tensors, or the first of those that are joined to one.
    private final Map<String, String> inFile = new HashMap<>();

    View(StoredForm stored, StoredForm target, String checkpoint) {
      this.stored = stored;
      this.target = target;
      this.joining = new Joining(checkpoint);
    }

    /// Whether there is such a tensor by the other names.
    boolean add(StoredTensor tensor, String localName) {
      List<Piece> pieces = stored.pieces(localName, target);
      for (Piece piece : pieces) {
        joining.put(tensors, piece.localName(), tensor, piece);
        inFile.putIfAbsent(piece.localName(), tensor.name());
      }
      return !pieces.isEmpty();
    }

    SequencedMap<String, StoredTensor> finish(List<Problem> problems) {
      joining.finish(tensors);
      problems.addAll(joining.problems());
      tensors.replaceAll((name, tensor) -> tensor.named(inFile.getOrDefault(name, name)));
      return tensors;
    }
  }

  /// Whose names a component's modules have: kohya's scripts train SD 1.x and 2.x by the diffusers
  /// library's, and later models by their own.
  private StoredForm target(StoredForm form, Component component) {
    boolean isOfLibrary =
        component == Component.UNET
            && switch (options.names()) {
              case KOHYA ->
                  detection.architecture() == Architecture.SD15
                      || detection.architecture() == Architecture.SD21;
              case PEFT -> true;
              case COMFYUI -> false;
            };
    return isOfLibrary ? form.inPipeline().orElse(form.bare()) : form.bare();
  }

  private void add(Key key, StoredTensor tensor, Optional<StoredTensor> other) {
    Shape shape = tensor.spec().shape();
    boolean isBlendable =
        tensor.spec().dtype().isBlendable()
            && other.map(stored -> stored.spec().dtype().isBlendable()).orElse(true);
    if (!isBlendable) {
      left.add(new Left(tensor.name(), "its elements are no floats"));
    } else if (shape.elementCount() == 0) {
      // Nothing differs between nothing and nothing.
      return;
    } else if (isStoredAsItIs(key.localName())) {
      store(key, ".diff", tensor, other);
    } else if (isLayer(key.localName(), shape)) {
      addLayer(key, tensor, other);
    } else if (shape.rank() <= 1) {
      addSmall(key, tensor, other);
    } else {
      left.add(new Left(tensor.name(), "a LoRA has no factors for such a tensor"));
    }
  }

  private void otherShape(StoredTensor first, StoredTensor second, String baseName) {
    if (problems.size() == SHOWN) {
      return;
    }
    problems.add(
        new Problem(
            ErrorCode.MISMATCHED_INPUTS,
            "%s: tensor %s has shape %s, but %s has %s. A LoRA is extracted from a model and the one that it was made of."
                .formatted(
                    tuned.name(),
                    Quoted.name(first.name()),
                    first.spec().shape(),
                    baseName,
                    second.spec().shape())));
  }

  private boolean isStoredAsItIs(String localName) {
    return options.layers() == LayerForm.DIFFERENCE && localName.endsWith(".weight");
  }

  /// Whether a LoRA is worth having without it where the shapes differ: embeddings and heads, whose
  /// rows a fine-tuning may have added tokens to, and what is no layer anyway.
  private boolean needsNoFactors(String localName, Shape shape) {
    return isLookedUp(localName)
        || shape.rank() > 1 && !isStoredAsItIs(localName) && !isLayer(localName, shape);
  }

  private boolean isLayer(String localName, Shape shape) {
    boolean isMatrix = shape.rank() == 2 || shape.rank() == 4;
    return isMatrix
        && localName.endsWith(".weight")
        && (options.names().hasEveryMatrix() || !isLookedUp(localName))
        && shape.dimension(0) <= Integer.MAX_VALUE
        && shape.elementCount() / shape.dimension(0) <= Integer.MAX_VALUE;
  }

  private static boolean isLookedUp(String localName) {
    return NO_LAYERS.stream()
        .anyMatch(end -> localName.equals(end) || localName.endsWith("." + end));
  }

  private void addLayer(Key key, StoredTensor first, Optional<StoredTensor> second) {
    String module = key.localName().substring(0, key.localName().lastIndexOf('.'));
    if (!options.modules().takes(module)) {
      left.add(new Left(first.name(), "modules of its name were left out"));
      return;
    }
    Optional<String> name = name(key, module);
    if (name.isEmpty()) {
      unnamed.add(key.component());
      return;
    }
    Layer layer = new Layer(key.component(), name.get(), first, second);
    if (layer.isLargeConvolution() && options.convolutionRank() == 0) {
      left.add(new Left(first.name(), "convolutions were left out"));
    } else {
      layers.add(layer);
    }
  }

  private void addSmall(Key key, StoredTensor first, Optional<StoredTensor> second) {
    int dot = key.localName().lastIndexOf('.');
    String kind = key.localName().substring(dot + 1);
    if (dot < 0 || !kind.equals("weight") && !kind.equals("bias")) {
      left.add(new Left(first.name(), "a LoRA has no place for such a tensor"));
    } else if (!options.smallTensors() || !options.names().hasDifferences()) {
      left.add(new Left(first.name(), "biases and norms were not asked for"));
    } else {
      store(key, kind.equals("bias") ? ".diff_b" : ".diff", first, second);
    }
  }

  /// Stores a difference as it is.
  private void store(Key key, String end, StoredTensor first, Optional<StoredTensor> second) {
    name(key, key.localName().substring(0, key.localName().lastIndexOf('.')))
        .ifPresentOrElse(
            module -> small.add(new SmallTensor(key.component(), module + end, first, second)),
            () -> unnamed.add(key.component()));
  }

  private Optional<String> name(Key key, String module) {
    boolean isForeign =
        options.names() == FactorNames.PEFT
            && key.component() == Component.UNET
            && detection.form(Component.UNET).flatMap(StoredForm::inPipeline).isEmpty();
    return isForeign
        ? Optional.empty()
        : options.names().module(detection.architecture(), key.component(), module);
  }
}
