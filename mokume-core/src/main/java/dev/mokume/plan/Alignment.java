package dev.mokume.plan;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Piece;
import dev.mokume.architecture.StoredForm;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointView;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.plan.MergePlan.LeftOut;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Under which names the models of a recipe meet, and under which their tensors are written.
///
/// Each component takes its names from one model, its *anchor*: the recipe's first model if it has
/// the component, else the leftmost model of the component's expression. The other models are
/// presented under those names, whatever prefix their files use; CLIP as OpenCLIP stores it meets
/// CLIP as the transformers library does. Where the output is to be laid out otherwise than the
/// anchor, all models are presented as the output wants them, so that nothing is converted after it
/// was computed. A mere other prefix is put on at the end instead: what random numbers and name
/// patterns go by is then the same whatever the output's names are. A folder of parts is presented
/// as the checkpoint file that holds the same model.
final class Alignment {
  private final Recipe recipe;
  private final OpenInputs inputs;
  private final Names names;
  private final Map<Component, String> anchors = new EnumMap<>(Component.class);
  private final Map<Component, StoredForm> forms = new EnumMap<>(Component.class);
  private final Map<Component, StoredForm> written = new EnumMap<>(Component.class);

  /// The anchor's own name by local name, for components that are read as they are stored there.
  private final Map<Component, Map<String, String>> anchorNames = new EnumMap<>(Component.class);

  private final SequencedMap<String, Checkpoint> models = new LinkedHashMap<>();
  private final Map<Path, MaskFile> masks = new LinkedHashMap<>();
  private final Map<String, TensorPlace> places = new HashMap<>();
  private final Map<String, String> outputs = new HashMap<>();
  private final List<String> notes = new ArrayList<>();
  private final Set<Component> clashing = EnumSet.noneOf(Component.class);
  private final List<Problem> problems = new ArrayList<>();
  private final List<LeftOut> left = new ArrayList<>();
  private final List<StoredTensor> anchored = new ArrayList<>();

  private Alignment(Recipe recipe, OpenInputs inputs) {
    this.recipe = recipe;
    this.inputs = inputs;
    this.names =
        recipe.result() instanceof Result.Checkpoint checkpoint
            ? checkpoint.names()
            : Names.AS_STORED;
  }

  static Alignment of(Recipe recipe, OpenInputs inputs) {
    Alignment alignment = new Alignment(recipe, inputs);
    for (Component component : Component.values()) {
      alignment
          .anchorOf(component)
          .ifPresent(model -> {
            alignment.anchors.put(component, model);
            alignment.settleForms(component, model);
          });
    }
    alignment.settleNames();
    alignment.noteUnanchored();
    inputs.models().forEach(alignment::align);
    alignment.settleTensors();
    inputs.masks().forEach((path, mask) -> alignment.masks.put(path, alignment.align(mask)));
    return alignment;
  }

  private Optional<String> anchorOf(Component component) {
    return switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> {
        if (has(recipe.firstModel(), component)) {
          yield Optional.of(recipe.firstModel());
        }
        yield Optional.ofNullable(checkpoint.components().get(component))
            .flatMap(weights -> UsedModels.of(recipe, weights).blended().stream().findFirst())
            .filter(model -> has(model, component));
      }
      case Result.MaskFile _ ->
          UsedModels.of(recipe).blended().stream()
              .filter(model -> has(model, component))
              .findFirst();
    };
  }

  /// A component of an expression whose first model lacks it cannot be made of the others alone.
  private void noteUnanchored() {
    if (recipe.result() instanceof Result.Checkpoint checkpoint) {
      checkpoint
          .components()
          .forEach((component, weights) -> {
            if (!anchors.containsKey(component) && isWritten(component)) {
              UsedModels.of(recipe, weights).blended().stream()
                  .filter(model -> has(model, component))
                  .findFirst()
                  .ifPresent(model ->
                      notes.add(
                          model
                              + " has "
                              + component.words()
                              + ", which the model that it is to be merged into lacks: it is not"
                              + " in the output. To have it there, take it from "
                              + model
                              + "."));
            }
          });
    }
  }

  private boolean has(String model, Component component) {
    return inputs.models().containsKey(model)
        && inputs.detection(model).components().containsKey(component);
  }

  /// Whether the names of a component are those of that model.
  private boolean isAnchor(String model, Component component) {
    return model.equals(anchors.get(component));
  }

  /// The model that a component takes its names from; nothing if the output cannot have it.
  Optional<String> anchor(Component component) {
    return Optional.ofNullable(anchors.get(component));
  }

  /// How a component's tensors are stored under the names by which models meet; nothing for one
  /// that is stored in one form only.
  Optional<StoredForm> form(Component component) {
    return Optional.ofNullable(forms.get(component));
  }

  /// Whether the output's names of a component are for the recipe to choose.
  boolean isStoredVariously(Component component) {
    return written.containsKey(component);
  }

  private boolean isWritten(Component component) {
    return recipe.result().writes(component);
  }

  private void settleForms(Component component, String anchor) {
    Optional<StoredForm> stored = inputs.detection(anchor).form(component);
    if (stored.isEmpty()) {
      return;
    }
    StoredForm output = isWritten(component) ? output(component, stored.get()) : stored.get();
    boolean onlyRenamed =
        stored.get().namesAs(output) && anchor.equals(recipe.firstModel()) && !isFolder(anchor);
    forms.put(component, onlyRenamed ? stored.get() : output);
    written.put(component, output);
  }

  /// The form that a component is written in.
  private StoredForm output(Component component, StoredForm stored) {
    return switch (names) {
      // A folder's parts are named so that they can be told apart, not as any file has them.
      case AS_STORED ->
          isFolder(anchors.get(component))
              ? stored.inCheckpoint(architecture()).orElse(stored)
              : stored;
      case BARE -> stored.bare();
      case DIFFUSERS -> {
        Optional<StoredForm> form = stored.inPipeline();
        if (form.isEmpty()) {
          mismatch(
              "names: diffusers does not fit "
                  + component.words()
                  + " ("
                  + stored
                  + "): Mokume does not know what the diffusers library calls its tensors. Write it"
                  + " with names: as-stored, or leave it out with only.");
        }
        yield form.orElse(stored);
      }
      case CHECKPOINT -> {
        Architecture architecture = architecture();
        Optional<StoredForm> form = stored.inCheckpoint(architecture);
        if (form.isEmpty()) {
          mismatch(
              "names: checkpoint does not fit "
                  + component.words()
                  + " ("
                  + stored
                  + "): there is no known way to store it in a checkpoint of "
                  + architecture.words()
                  + ". Write it with names: as-stored, or leave it out with only.");
        }
        yield form.orElse(stored);
      }
    };
  }

  private boolean isFolder(@Nullable String model) {
    return model != null
        && Objects.requireNonNull(inputs.models().get(model)).pipeline().isPresent();
  }

  /// What the output is a checkpoint of: what its diffusion model is, else what the first model is.
  private Architecture architecture() {
    return inputs
        .detection(anchors.getOrDefault(Component.UNET, recipe.firstModel()))
        .architecture();
  }

  private void settleNames() {
    anchors.forEach((component, anchor) -> {
      StoredForm form = forms.get(component);
      Detection detection = inputs.detection(anchor);
      if (form != null && detection.form(component).filter(form::equals).isPresent()) {
        anchorNames.put(component, new HashMap<>());
      }
    });
    for (String anchor : Set.copyOf(anchors.values())) {
      Detection detection = inputs.detection(anchor);
      for (String name : tensors(anchor).keySet()) {
        TensorPlace place = detection.place(name);
        Map<String, String> known = anchorNames.get(place.component());
        if (known != null && isAnchor(anchor, place.component())) {
          known.put(place.localName(), name);
        }
      }
    }
  }

  private SequencedMap<String, StoredTensor> tensors(String model) {
    return Objects.requireNonNull(inputs.models().get(model)).tensors();
  }

  /// A form, and the one that its tensors are to be read in: the one place where the way from one
  /// to another is chosen.
  private record Conversion(StoredForm from, StoredForm to) {}

  /// How a tensor becomes one that meets those of other models; nothing if it is read as it is.
  private Optional<Conversion> conversion(Detection detection, TensorPlace place) {
    StoredForm from = detection.form(place.component()).orElse(null);
    StoredForm to = forms.get(place.component());
    return from == null || to == null || !from.leadsTo(to) || !place.isStoredVariously()
        ? Optional.empty()
        : Optional.of(new Conversion(from, to));
  }

  private void align(String model, Checkpoint checkpoint) {
    Detection detection = inputs.detection(model);
    SequencedMap<String, StoredTensor> view = new LinkedHashMap<>();
    Joining joining = new Joining(checkpoint.name());
    Set<Component> moved = EnumSet.noneOf(Component.class);
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      TensorPlace place = detection.place(tensor.name());
      Component component = place.component();
      if (isHidden(component)) {
        moved.add(component);
        leaveOut(model, component, tensor.name());
        continue;
      }
      boolean keeps = isAnchor(model, component) && anchorNames.containsKey(component);
      Optional<Conversion> conversion = keeps ? Optional.empty() : conversion(detection, place);
      if (conversion.isEmpty()) {
        if (register(tensor.name(), place)) {
          view.put(tensor.name(), tensor);
        } else {
          moved.add(component);
          clash(model, tensor.name(), component);
        }
        continue;
      }
      StoredForm to = conversion.get().to();
      List<Piece> pieces = conversion.get().from().pieces(place.localName(), to);
      if (pieces.isEmpty()) {
        moved.add(component);
        lose(model, component, tensor.name(), to);
      }
      for (Piece piece : pieces) {
        String there = nameOf(component, to, piece.localName());
        boolean same = there.equals(tensor.name());
        if (!same) {
          moved.add(component);
        }
        if (register(there, same ? place : to.place(piece.localName()))) {
          joining.put(view, there, tensor, piece);
        } else {
          clash(model, there, component);
        }
      }
    }
    joining.finish(view);
    problems.addAll(joining.problems());
    models.put(model, moved.isEmpty() ? checkpoint : new CheckpointView(checkpoint, view));
    noteMoved(model, moved);
  }

  private String nameOf(Component component, StoredForm form, String localName) {
    return anchorNames
        .getOrDefault(component, Map.of())
        .getOrDefault(localName, form.name(localName));
  }

  /// Whether a name is free for a tensor of that component, as it is from then on.
  private boolean register(String name, TensorPlace place) {
    TensorPlace known = places.putIfAbsent(name, place);
    if (known == null) {
      outputs.put(name, outputName(name, place));
    }
    return known == null || known.component() == place.component();
  }

  private String outputName(String name, TensorPlace place) {
    StoredForm form = written.get(place.component());
    boolean kept = names == Names.AS_STORED && !isFolder(anchors.get(place.component()));
    return kept || form == null || !place.isStoredVariously() ? name : form.name(place.localName());
  }

  /// Whether a component would only stand in the way of others, since files name both alike: it
  /// cannot be in the output, or is not to be.
  private boolean isHidden(Component component) {
    StoredForm form = forms.get(component);
    return !anchors.containsKey(component)
        || form != null
            && !isWritten(component)
            && forms.entrySet().stream()
                .anyMatch(other ->
                    isWritten(other.getKey()) && other.getValue().prefix().equals(form.prefix()));
  }

  private void leaveOut(String model, Component component, String name) {
    if (isAnchor(model, component) && recipe.result() instanceof Result.Checkpoint checkpoint) {
      left.add(new LeftOut(name, onlyOthers(checkpoint)));
    }
  }

  /// Why a component is not written.
  static String onlyOthers(Result result) {
    return "only "
        + result.only().stream().sorted().map(Component::words).collect(Collectors.joining(" and "))
        + " is to be written";
  }

  /// Components that come from files of their own may be named alike there; the first has the name.
  private void clash(String model, String name, Component component) {
    Component other = place(name).component();
    if (isAnchor(model, component) && clashing.add(component)) {
      mismatch(
          "tensor "
              + Quoted.name(name)
              + " would be in the output twice, for "
              + other.words()
              + " and for "
              + component.words()
              + ". Write them with names: checkpoint, or each to a file of its own with only.");
    }
  }

  private void lose(String model, Component component, String name, StoredForm form) {
    boolean taken =
        recipe.result() instanceof Result.Checkpoint checkpoint
            && new Weights.Source(model).equals(checkpoint.components().get(component));
    if ((isAnchor(model, component) || taken) && isWritten(component)) {
      left.add(
          new LeftOut(name, component.words() + " stored as " + form + " has nothing of the kind"));
    }
  }

  private void noteMoved(String model, Set<Component> moved) {
    String read =
        moved.stream()
            .filter(component -> !isAnchor(model, component) && forms.containsKey(component))
            .filter(component -> !isHidden(component))
            .map(component ->
                "names of " + component.words() + " are read as " + forms.get(component))
            .collect(Collectors.joining(", "));
    if (!read.isEmpty()) {
      notes.add(model + ": " + read + ".");
    }
  }

  /// A mask file under the names of the models that it is for. Masks of tensors that are laid out
  /// otherwise cannot be cut or joined, since they are packed bits.
  private MaskFile align(MaskFile mask) {
    List<TensorSpec> specs = new ArrayList<>();
    mask.shapes().forEach((name, shape) -> specs.add(new TensorSpec(name, DType.F32, shape)));
    Detection detection = Architectures.detect(specs, Map.of());
    Map<String, String> renamed = new HashMap<>();
    List<String> lost = new ArrayList<>();
    for (TensorSpec spec : specs) {
      TensorPlace place = detection.place(spec.name());
      Optional<Conversion> conversion =
          places.containsKey(spec.name()) ? Optional.empty() : conversion(detection, place);
      if (conversion.isEmpty()) {
        register(spec.name(), place);
        continue;
      }
      StoredForm to = conversion.get().to();
      List<Piece> pieces = conversion.get().from().pieces(place.localName(), to);
      if (pieces.size() == 1 && pieces.getFirst().isWhole()) {
        String localName = pieces.getFirst().localName();
        String there = nameOf(place.component(), to, localName);
        register(there, to.place(localName));
        renamed.put(spec.name(), there);
      } else {
        register(spec.name(), place);
        lost.add(spec.name());
      }
    }
    if (!lost.isEmpty()) {
      notes.add(
          mask.name()
              + ": "
              + Amount.count(lost.size(), "mask is", "masks are")
              + " for tensors that the models lay out otherwise, and used for none: "
              + lost.getFirst()
              + (lost.size() == 1 ? "." : " and others."));
    }
    return renamed.isEmpty() ? mask : mask.renamed(renamed);
  }

  private void mismatch(String message) {
    problems.add(new Problem(ErrorCode.MISMATCHED_INPUTS, message));
  }

  /// The models under the names by which they meet.
  SequencedMap<String, Checkpoint> models() {
    return models;
  }

  /// The models under the names of the output.
  SequencedMap<String, Checkpoint> modelsAsWritten() {
    if (outputs.entrySet().stream().allMatch(e -> e.getKey().equals(e.getValue()))) {
      return models;
    }
    SequencedMap<String, Checkpoint> all = new LinkedHashMap<>();
    models.forEach((model, checkpoint) -> {
      SequencedMap<String, StoredTensor> view = new LinkedHashMap<>();
      checkpoint
          .tensors()
          .forEach((name, tensor) -> view.put(output(name), tensor.named(output(name))));
      all.put(model, new CheckpointView(checkpoint, view));
    });
    return all;
  }

  Map<Path, MaskFile> masks() {
    return masks;
  }

  /// The tensors that a checkpoint is made of: those of each component's anchor, the first model's
  /// before those of others, as far as the recipe wants them; then those that only others have, if
  /// it wants all.
  List<StoredTensor> anchored() {
    return Collections.unmodifiableList(anchored);
  }

  private void settleTensors() {
    Result.Tensors wanted =
        recipe.result() instanceof Result.Checkpoint checkpoint
            ? checkpoint.tensors()
            : Result.Tensors.FIRST;
    Set<String> all = new HashSet<>();
    models.forEach((model, checkpoint) -> {
      for (StoredTensor tensor : checkpoint.tensors().values()) {
        if (isAnchor(model, place(tensor.name()).component())) {
          Optional<String> without =
              wanted == Result.Tensors.COMMON ? without(tensor.name()) : Optional.empty();
          without.ifPresentOrElse(
              other -> left.add(new LeftOut(tensor.name(), other + " has no such tensor")),
              () -> anchored.add(tensor));
          all.add(tensor.name());
        }
      }
    });
    if (wanted == Result.Tensors.ALL) {
      models.values().stream()
          .flatMap(model -> model.tensors().values().stream())
          .filter(tensor -> anchors.containsKey(place(tensor.name()).component()))
          .filter(tensor -> all.add(tensor.name()))
          .forEach(anchored::add);
    }
  }

  /// A model that lacks a tensor, of those that are merged: stacks, if there are any.
  private Optional<String> without(String tensor) {
    return models.entrySet().stream()
        .filter(model -> recipe.stacks().isEmpty() || recipe.stacks().containsKey(model.getKey()))
        .filter(model -> !model.getValue().tensors().containsKey(tensor))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /// Where a tensor belongs, by the name under which models meet.
  TensorPlace place(String name) {
    TensorPlace place = places.get(name);
    return place == null ? inputs.detection(recipe.firstModel()).place(name) : place;
  }

  /// The output's name of a tensor that no model has under the name of a tensor of that component.
  String output(Component component, String localName) {
    StoredForm form = written.get(component);
    return form == null ? localName : form.name(localName);
  }

  /// The output's name of a tensor.
  String output(String name) {
    return outputs.getOrDefault(name, name);
  }

  List<String> notes() {
    return notes;
  }

  List<Problem> problems() {
    return problems;
  }

  /// What is in no form that the output has.
  List<LeftOut> left() {
    return left;
  }
}
