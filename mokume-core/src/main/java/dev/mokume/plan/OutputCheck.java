package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.error.ErrorCode;
import dev.mokume.recipe.Result;
import dev.mokume.tensor.DType;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What a recipe asks of a checkpoint that is written, and cannot be had.
///
/// @param first what the first model is called in messages
/// @param detection of the first model
/// @param format that the checkpoint is written in
record OutputCheck(
    Result.Checkpoint result,
    String first,
    Detection detection,
    CheckpointFormat format,
    Alignment alignment,
    Remarks remarks) {
  /// Checks `only`, `dtype` and `names`.
  void run() {
    Set<Component> there = new TreeSet<>(result.only());
    there.removeIf(component -> alignment.anchor(component).isEmpty());
    checkOnly(there);
    checkDtypes();
    if (result.names() == Result.Names.BARE || result.names() == Result.Names.DIFFUSERS) {
      checkNames(there);
    }
  }

  private void checkOnly(Set<Component> there) {
    Set<Component> missing = new TreeSet<>(result.only());
    missing.removeAll(there);
    if (there.stream().anyMatch(Component::isTextEncoder)) {
      // `clip` stands for every text encoder there may be, so that one of them is enough.
      missing.removeIf(Component::isTextEncoder);
    }
    if (!missing.isEmpty()) {
      remarks.problem(
          ErrorCode.MISMATCHED_INPUTS,
          "only: "
              + first
              + " does not have "
              + words(missing)
              + ", and the recipe takes it from no other model that does. It holds "
              + ids(detection.components().keySet())
              + ".");
    }
  }

  private void checkDtypes() {
    for (DType dtype : new LinkedHashSet<>(result.dtypes().values())) {
      if (!format.stores(dtype)) {
        remarks.problem(
            ErrorCode.INVALID_RECIPE,
            "dtype: a %s file cannot hold %s. Store as f16, bf16 or f32%s."
                .formatted(
                    format.name(),
                    dtype,
                    dtype.isBlockwise() ? ", or give the output the extension .gguf" : ""));
      }
    }
  }

  private void checkNames(Set<Component> there) {
    String names = "names: " + result.names().name().toLowerCase(Locale.ROOT);
    if (there.size() != 1) {
      remarks.problem(
          ErrorCode.INVALID_RECIPE,
          names
              + " is for an output of one component, since bare names do not tell two"
              + " apart, but only "
              + (there.isEmpty() ? "names none" : "names " + ids(there))
              + ". Name one, as in only: [unet].");
    } else if (!alignment.isStoredVariously(there.iterator().next())) {
      remarks.problem(
          ErrorCode.INVALID_RECIPE,
          names
              + " has no meaning for "
              + words(there)
              + ", whose names have no prefix that says where it is stored. Leave names"
              + " out.");
    }
  }

  /// Tells that no tensor is changed.
  void nothingToDo() {
    Set<Component> changed = result.components().keySet();
    remarks.problem(
        ErrorCode.MISMATCHED_INPUTS,
        changed.stream().noneMatch(result::writes)
            ? "the recipe changes "
                + ids(changed)
                + ", but only "
                + ids(new TreeSet<>(result.only()))
                + " is to be written. Name in only what is to be written."
            : first
                + " has nothing that the recipe changes ("
                + ids(changed)
                + "); it holds "
                + ids(detection.components().keySet())
                + ". Choose a method for what it holds.");
  }

  static String ids(Collection<Component> components) {
    return components.stream().map(Component::id).collect(Collectors.joining(", "));
  }

  /// Components in words, as a part of a sentence.
  static String words(Collection<Component> components) {
    return components.stream().sorted().map(Component::words).collect(Collectors.joining(" and "));
  }
}
