package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.ModuleNames;
import dev.mokume.error.ErrorCode;
import dev.mokume.lora.Adapter;
import dev.mokume.lora.AdapterFit;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/// Finds for what a recipe's adapters do the tensors that they do it to, and tells what of them
/// finds none.
///
/// @param first what the first model is called in messages
record AdapterHomes(String first, Alignment alignment, Remarks remarks) {
  /// @param adapters by file
  /// @param used the recipe's adapter files, and whether all of each has to find a home
  /// @param targets what may be changed
  Map<Path, AdapterFit> find(
      Map<Path, Adapter> adapters,
      SequencedMap<Path, Boolean> used,
      SequencedMap<String, TensorSpec> targets) {
    Map<Path, AdapterFit> fits = new LinkedHashMap<>();
    if (used.isEmpty()) {
      return fits;
    }
    ModuleNames modules = ModuleNames.of(targets.keySet(), alignment::place, alignment::form);
    Set<Component> components = new TreeSet<>();
    targets.keySet().forEach(name -> components.add(alignment.place(name).component()));
    adapters.forEach((path, adapter) -> {
      AdapterFit fit =
          AdapterFit.of(
              adapter, modules, components, name -> Optional.ofNullable(targets.get(name)));
      fits.put(path, fit);
      tellHomeless(adapter, fit, used.getOrDefault(path, false));
    });
    return fits;
  }

  private void tellHomeless(Adapter adapter, AdapterFit fit, boolean strict) {
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
              + first
              + (fit.homelessInWords().isEmpty()
                  ? ", since there is nothing in it that changes a model."
                  : ": " + fit.homelessInWords().getFirst())
              + " Apply it to a model of the kind that it was trained for.");
    }
  }
}
