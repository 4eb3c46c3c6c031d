package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Mismatch;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
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

  /// @param strict whether what is skipped of an input is a problem, and not only a note
  void run(boolean strict) {
    for (Note note : inputs.notes()) {
      if (strict && note.kind() == Note.Kind.SKIPPED) {
        remarks.problem(note.problem());
      } else {
        remarks.note(note.text());
      }
    }
    noteScaled();
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint ->
          checkpoint
              .components()
              .forEach((component, weights) -> {
                if (checkpoint.writes(component) && !(weights instanceof Weights.Source)) {
                  checkBlended(component, UsedModels.of(recipe, weights).blended());
                }
              });
      case Result.MaskFile _ -> {
        Set<String> models = UsedModels.of(recipe).blended();
        checkQuantised(models);
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

  /// Text encoders and VAEs are shared by architectures: where both models have the part, only
  /// shapes can tell that it does not fit.
  private void checkBlended(Component component, Set<String> models) {
    checkQuantised(models);
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
      }
    }
  }

  private void checkQuantised(Set<String> models) {
    for (String model : models) {
      Checkpoint checkpoint = inputs.models().get(model);
      if (checkpoint != null) {
        QuantisedWeights.problem(checkpoint).ifPresent(remarks::problem);
      }
    }
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
