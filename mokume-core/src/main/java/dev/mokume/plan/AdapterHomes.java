package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.ModuleNames;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.lora.Adapter;
import dev.mokume.lora.AdapterFit;
import dev.mokume.recipe.AdapterUse;
import dev.mokume.recipe.Stack;
import dev.mokume.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/// Finds for what a recipe's adapters do the tensors that they do it to, and tells what of them
/// finds none.
///
/// @param first what the first model is called in messages
/// @param stacks of the recipe
record AdapterHomes(
    String first,
    Map<String, Stack> stacks,
    OpenInputs inputs,
    Alignment alignment,
    Remarks remarks) {
  /// @param used the recipe's adapters, and whether all of each has to find a home
  /// @param targets what may be changed
  Map<AdapterUse, AdapterFit> find(
      SequencedMap<AdapterUse, Boolean> used, SequencedMap<String, TensorSpec> targets) {
    Map<AdapterUse, AdapterFit> fits = new LinkedHashMap<>();
    used.forEach((use, strict) -> {
      Adapter adapter = Objects.requireNonNull(inputs.adapters().get(use.file()));
      use.origin()
          .ifPresentOrElse(
              origin -> inStack(adapter, origin, strict).ifPresent(fit -> fits.put(use, fit)),
              () -> fits.put(use, inFirst(adapter, targets, strict)));
    });
    return fits;
  }

  private AdapterFit inFirst(
      Adapter adapter, SequencedMap<String, TensorSpec> targets, boolean strict) {
    ModuleNames modules = ModuleNames.of(targets.keySet(), alignment::place, alignment::form);
    Set<Component> components = new TreeSet<>();
    targets.keySet().forEach(name -> components.add(alignment.place(name).component()));
    AdapterFit fit =
        AdapterFit.of(adapter, modules, components, name -> Optional.ofNullable(targets.get(name)));
    tellHomeless(adapter, fit, first, strict);
    return fit;
  }

  /// What the adapter does to a model, under the names that a stack has for it.
  private Optional<AdapterFit> inStack(Adapter adapter, AdapterUse.Origin origin, boolean strict) {
    Stack stack = stacks.get(origin.stack());
    Checkpoint model = inputs.models().get(origin.model());
    if (stack == null || model == null) {
      remarks.problem(
          ErrorCode.INVALID_RECIPE,
          stack == null
              ? "'%s' is no stack, so the LoRA %s cannot be for another model's layers in it; leave trained_on out."
                  .formatted(origin.stack(), adapter.name())
              : "there is no model '%s', which the LoRA %s was trained on."
                  .formatted(origin.model(), adapter.name()));
      return Optional.empty();
    }
    Detection detection = inputs.detection(origin.model());
    AdapterFit fit =
        AdapterFit.of(
            adapter,
            ModuleNames.of(model.tensors().keySet(), detection::place, detection::form),
            detection.components().keySet(),
            name -> Optional.ofNullable(model.tensors().get(name)).map(StoredTensor::spec));
    tellHomeless(adapter, fit, origin.model(), strict);
    return Optional.of(fit.under(StackView.namesOf(origin.model(), stack, inputs.models())));
  }

  private void tellHomeless(Adapter adapter, AdapterFit fit, String model, boolean strict) {
    for (String sentence : fit.homelessInWords()) {
      if (strict) {
        remarks.problem(
            ErrorCode.MISMATCHED_INPUTS,
            adapter.name()
                + ": "
                + sentence
                + " All of it was asked to find a home (strict); leave that out to apply the"
                + " rest.");
      } else {
        remarks.warn(adapter.name() + ": not applied, " + sentence);
      }
    }
    if (fit.tensors().isEmpty() && !strict) {
      remarks.problem(
          ErrorCode.MISMATCHED_INPUTS,
          adapter.name()
              + ": nothing of it fits "
              + model
              + (fit.homelessInWords().isEmpty()
                  ? ", since there is nothing in it that changes a model."
                  : ": " + fit.homelessInWords().getFirst())
              + " Apply it to a model of the kind that it was trained for.");
    }
  }
}
