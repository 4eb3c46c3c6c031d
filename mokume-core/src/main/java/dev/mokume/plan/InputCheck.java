package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Mismatch;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import dev.mokume.internal.quantised.ScaledTensor;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.util.Collections;
import java.util.Set;

/// Whether the models of a recipe can be read as weights, and fit each other.
final class InputCheck {
  private final Recipe recipe;
  private final OpenInputs inputs;
  private final Alignment alignment;
  private final Exclusions exclusions;
  private final Remarks remarks;

  InputCheck(
      Recipe recipe,
      OpenInputs inputs,
      Alignment alignment,
      Exclusions exclusions,
      Remarks remarks) {
    this.recipe = recipe;
    this.inputs = inputs;
    this.alignment = alignment;
    this.exclusions = exclusions;
    this.remarks = remarks;
  }

  /// @param strict whether what is skipped of an input is a problem, and not only a warning
  void run(boolean strict) {
    for (Note note : inputs.notes()) {
      switch (note.kind()) {
        case READING -> remarks.note(note.text());
        case SKIPPED -> {
          if (strict) {
            remarks.problem(note.problem());
          } else {
            remarks.warn(note.text());
          }
        }
      }
    }
    noteScaled();
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> {
        checkpoint.dtypes().keySet().stream()
            .filter(checkpoint::writes)
            .sorted()
            .forEach(component -> checkConverted(component, checkpoint));
        checkpoint
            .components()
            .forEach((component, weights) -> {
              if (checkpoint.writes(component)) {
                checkMade(component, weights);
              }
            });
      }
      case Result.MaskFile mask -> {
        Set<String> models = UsedModels.of(recipe).blended();
        checkQuantised(models, mask.only());
        models.forEach(model -> checkFits(recipe.firstModel(), model));
      }
    }
  }

  private void noteScaled() {
    for (String model : inputs.models().keySet()) {
      inputs
          .scaled(model)
          .ifPresent(scaled ->
              remarks.note(model + ": " + scaled.words() + ". Methods work with their values."));
    }
  }

  private void checkMade(Component component, Weights weights) {
    if (weights instanceof Weights.Source(var model)) {
      checkTaken(component, model);
    } else {
      checkBlended(component, UsedModels.of(recipe, weights).blended());
    }
  }

  /// A component that is to be stored in another dtype needs its values.
  private void checkConverted(Component component, Result.Checkpoint result) {
    String model =
        result.components().get(component) instanceof Weights.Source(var taken)
            ? taken
            : alignment.anchor(component).orElse(recipe.firstModel());
    checkQuantised(Set.of(model), Set.of(component));
  }

  /// A component that is to come from another model has to be there: else the first model's would
  /// stay. Of text encoders one is enough, since `clip` stands for all there may be.
  private void checkTaken(Component component, String model) {
    Checkpoint checkpoint = inputs.models().get(model);
    String anchor = alignment.anchor(component).orElse(recipe.firstModel());
    if (checkpoint == null || anchor.equals(model)) {
      return;
    }
    Set<Component> held = inputs.detection(model).components().keySet();
    boolean isThere =
        held.stream()
            .anyMatch(has -> has == component || has.isTextEncoder() && component.isTextEncoder());
    if (!isThere) {
      remarks.problem(
          ErrorCode.MISMATCHED_INPUTS,
          checkpoint.name()
              + ": has not "
              + component.words()
              + ", which is to be taken from it. It holds "
              + OutputCheck.ids(held)
              + ".");
    }
  }

  /// Text encoders and VAEs are shared by architectures: where both models have the part, only
  /// shapes can tell that it does not fit.
  private void checkBlended(Component component, Set<String> models) {
    checkQuantised(models, Set.of(component));
    boolean isPart = component.isTextEncoder() || component == Component.VAE;
    String anchor = alignment.anchor(component).orElse(recipe.firstModel());
    for (String model : models) {
      if (inputs.models().containsKey(model)) {
        boolean both =
            inputs.detection(model).components().containsKey(component)
                && inputs.detection(anchor).components().containsKey(component);
        if (!isPart || !both) {
          checkFits(anchor, model);
        }
        if (both && component == Component.OTHER) {
          checkMeets(anchor, model);
        }
      }
    }
  }

  /// Where names mean nothing to Mokume, only tensors of the same name meet. A method that finds
  /// none would write the first model as it is.
  private void checkMeets(String anchor, String model) {
    Checkpoint base = inputs.models().get(anchor);
    Checkpoint checkpoint = inputs.models().get(model);
    if (base != null
        && checkpoint != null
        && Collections.disjoint(base.tensors().keySet(), checkpoint.tensors().keySet())) {
      remarks.problem(
          ErrorCode.MISMATCHED_INPUTS,
          checkpoint.name()
              + " has no tensor that is called as one of "
              + base.name()
              + ", so nothing of it would be in the output. Merge checkpoints whose tensors have"
              + " the same names; 'mokume inspect --tensors' lists them.");
    }
  }

  /// What is not touched may be packed: it is copied as it is. A marker without a prefix speaks of
  /// the whole file.
  ///
  /// @param components whose values are needed; all if empty
  private void checkQuantised(Set<String> models, Set<Component> components) {
    for (String model : models) {
      Checkpoint checkpoint = inputs.models().get(model);
      if (checkpoint != null && hasAny(model, components)) {
        Detection held = inputs.detection(model);
        QuantisedWeights.problem(
                checkpoint,
                name ->
                    (components.isEmpty()
                            || components.contains(held.place(name).component())
                            || name.equals(ScaledCheckpoint.MARKER))
                        && !isScaled(checkpoint, name))
            .ifPresent(remarks::problem);
      }
    }
  }

  private boolean hasAny(String model, Set<Component> components) {
    return components.isEmpty()
        || components.stream().anyMatch(inputs.detection(model).components()::containsKey);
  }

  /// Whether a tensor has the values of a weight whose scales are understood, whatever the file
  /// says of it.
  private static boolean isScaled(Checkpoint checkpoint, String name) {
    StoredTensor tensor = checkpoint.tensors().get(name);
    return tensor != null && ScaledTensor.behind(tensor).isPresent();
  }

  private void checkFits(String anchor, String model) {
    Checkpoint checkpoint = inputs.models().get(model);
    Checkpoint base = inputs.models().get(anchor);
    if (checkpoint == null || base == null || model.equals(anchor)) {
      return;
    }
    for (Mismatch mismatch :
        Mismatch.between(
            base.name(), inputs.detection(anchor), checkpoint.name(), inputs.detection(model))) {
      boolean settled =
          mismatch.kind() == Mismatch.Kind.INPUTS && exclusions.settleShapes(base, checkpoint);
      if (!settled) {
        remarks.problem(mismatch.problem());
      }
    }
  }
}
