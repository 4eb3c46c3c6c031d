package dev.mokume.plan;

import dev.mokume.architecture.Detection;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Elements;
import dev.mokume.method.Lowering;
import dev.mokume.method.NamedRatios;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Decides what becomes of each tensor of a checkpoint that is written.
final class CheckpointTensors {
  private final Recipe recipe;
  private final Result.Checkpoint result;
  private final Alignment alignment;
  private final Exclusions exclusions;
  private final StorageChoice storage;
  private final Lowering lowering;
  private final OutputTensors output;
  private final Remarks remarks;

  CheckpointTensors(
      Recipe recipe,
      Result.Checkpoint result,
      Alignment alignment,
      Exclusions exclusions,
      StorageChoice storage,
      Lowering lowering,
      OutputTensors output,
      Remarks remarks) {
    this.recipe = recipe;
    this.result = result;
    this.alignment = alignment;
    this.exclusions = exclusions;
    this.storage = storage;
    this.lowering = lowering;
    this.output = output;
    this.remarks = remarks;
  }

  /// Decides on the tensors of the components' anchors; says whether the recipe changes any.
  boolean decideAnchored() {
    boolean any = result.components().isEmpty();
    for (StoredTensor tensor : alignment.anchored()) {
      TensorPlace place = alignment.place(tensor.name());
      if (result.writes(place.component())) {
        Weights weights = result.components().get(place.component());
        any |= weights != null;
        decide(tensor, place, weights);
      } else {
        remarks.leave(tensor.name(), Alignment.onlyOthers(result));
      }
    }
    return any;
  }

  /// @param weights what the tensor is to be made of; null if nothing is asked for
  private void decide(StoredTensor tensor, TensorPlace place, @Nullable Weights weights) {
    Optional<String> pattern = exclusions.pattern(tensor.name());
    if (pattern.isPresent()) {
      keep(tensor, place, "excluded by '" + pattern.get() + "'");
    } else if (weights instanceof Weights.Source(var model) && isForeignMarker(tensor, model)) {
      remarks.leave(
          tensor.name(),
          "it says how "
              + place.component().words()
              + " of "
              + recipe.firstModel()
              + " is run, and that one comes"
              + " from "
              + model);
    } else if (result.positionIds() == Result.PositionIds.REPAIR
        && place.component().isTextEncoder()
        && PositionIds.areIn(tensor.name())) {
      output.number(tensor, place);
    } else if (weights == null) {
      keep(tensor, place, "");
    } else if (weights instanceof Weights.Source(var model) && recipe.castTo().isEmpty()) {
      take(tensor, place, model);
    } else {
      change(tensor, place, weights);
    }
  }

  /// Whether the tensor says of the first model what is not true of `model`, which the component
  /// comes from.
  private boolean isForeignMarker(StoredTensor tensor, String model) {
    Checkpoint other = alignment.models().get(model);
    return Detection.isMarker(tensor.name())
        && other != null
        && !other.tensors().containsKey(tensor.name());
  }

  private void keep(StoredTensor tensor, TensorPlace place, String reason) {
    output.keep(tensor, place, storage.of(place.component(), tensor), reason);
  }

  /// A tensor of a component that is taken whole from one model.
  private void take(StoredTensor tensor, TensorPlace place, String model) {
    Checkpoint other = alignment.models().get(model);
    StoredTensor source = other == null ? null : other.tensors().get(tensor.name());
    if (source == null) {
      if (other == null) {
        // It says that there is no such model.
        lowering.weights(new Weights.Source(model), tensor.spec());
      }
      output.keep(tensor, place, storage.asStored(tensor), model + " has no such tensor");
      return;
    }
    output.keep(source, place, storage.ofTaken(place.component(), tensor, source), "");
  }

  /// A tensor that a method is to change.
  private void change(StoredTensor tensor, TensorPlace place, Weights weights) {
    Optional<String> obstacle = obstacle(tensor, weights);
    if (obstacle.isPresent()) {
      keep(tensor, place, obstacle.get());
      return;
    }
    Optional<Elements> value = lowering.weights(weights, tensor.spec());
    String reason = String.join("; ", lowering.reasons());
    if (value.isEmpty()) {
      keep(tensor, place, reason);
      return;
    }
    OptionalDouble alpha = lowering.alpha(weights, tensor.name());
    Storage wanted = storage.of(place.component(), tensor);
    if (value.get() instanceof Elements.Stored(var stored)) {
      // A replaced weight of a LoRA has the name that it has there.
      output.keep(
          stored.named(tensor.name()),
          place,
          wanted,
          reason,
          reason.isEmpty() ? alpha : OptionalDouble.empty());
    } else {
      output.merge(value.get(), tensor.spec(), place, wanted, reason, alpha);
    }
  }

  /// Why no method changes the tensor.
  private Optional<String> obstacle(StoredTensor tensor, Weights weights) {
    TensorSpec spec = tensor.spec();
    if (!spec.dtype().isBlendable()) {
      return Optional.of("its dtype is " + spec.dtype() + ", which is not blended");
    }
    boolean isBuffer =
        Buffers.contains(spec.name()) && !NamedRatios.name(recipe, weights, spec.name());
    if (Detection.isMarker(spec.name()) || isBuffer) {
      return Optional.of("it says how the model is run, and is not a weight");
    }
    return spec.elementCount() == 0 ? Optional.of("it has no elements") : Optional.empty();
  }

  /// Adds the tensors that only the model has that a component is taken from whole; says whether
  /// there are any.
  ///
  /// @param targets the names that were decided on
  boolean addFromOthers(SequencedMap<String, TensorSpec> targets) {
    boolean any = false;
    for (StoredTensor tensor : takenWhole()) {
      if (!targets.containsKey(tensor.name())) {
        keep(tensor, alignment.place(tensor.name()), "");
        any = true;
      }
    }
    return any;
  }

  /// The tensors of components that are taken whole from one model.
  private List<StoredTensor> takenWhole() {
    List<StoredTensor> taken = new ArrayList<>();
    result
        .components()
        .forEach((component, weights) -> {
          Checkpoint model =
              weights instanceof Weights.Source(var name) ? alignment.models().get(name) : null;
          if (model != null && result.writes(component)) {
            model.tensors().values().stream()
                .filter(tensor -> alignment.place(tensor.name()).component() == component)
                .forEach(taken::add);
          }
        });
    return taken;
  }
}
