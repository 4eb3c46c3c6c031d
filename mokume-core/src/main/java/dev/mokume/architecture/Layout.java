package dev.mokume.architecture;

import dev.mokume.tensor.TensorSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// The names, shapes and dtypes of every tensor of a kind of checkpoint in use.
///
/// @param note what is peculiar about it; may be empty
/// @param tensors by name, in the order of names
public record Layout(String name, String note, SequencedMap<String, Entry> tensors) {
  /// @param optional checkpoints of this kind are also found without it
  public record Entry(TensorSpec spec, Component component, boolean optional) {}

  public Layout {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
  }

  public List<TensorSpec> specs() {
    return tensors.values().stream().map(Entry::spec).collect(Collectors.toUnmodifiableList());
  }
}
