package dev.mokume.recipe;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// A model that is assembled from layers of others, in an order of its own.
///
/// Its layers are numbered from 0 in the order of the slices. What stands outside of the layers
/// comes from the model of the first row's first slice, but what stands behind them on the data's
/// way (the final norm, the head) from that of its last slice.
///
/// A head that a model has only as its embedding becomes a tensor of its own behind the embedding
/// of another model, and wherever `head` says so.
///
/// @param rows slices by what stands before a layer's number in tensor names, `model.layers`; at
///   least one row
/// @param head what the head is called if it is to be a tensor of its own in any case
public record Stack(SequencedMap<String, List<Slice>> rows, Optional<String> head) {
  public Stack {
    SequencedMap<String, List<Slice>> copy = new LinkedHashMap<>();
    rows.forEach((row, slices) -> copy.put(row, List.copyOf(slices)));
    rows = Collections.unmodifiableSequencedMap(copy);
    if (rows.isEmpty() || rows.values().stream().anyMatch(List::isEmpty)) {
      throw new IllegalArgumentException("a stack needs at least one slice in every row");
    }
  }

  /// Without a word about the head.
  public Stack(SequencedMap<String, List<Slice>> rows) {
    this(rows, Optional.empty());
  }

  /// Layers `from` to `end - 1` of a model of the recipe.
  public record Slice(String model, int from, int end) {
    public Slice {
      if (from < 0 || end <= from) {
        throw new IllegalArgumentException("there are no layers from " + from + " to " + end);
      }
    }

    /// How many layers.
    public int count() {
      return end - from;
    }
  }
}
