package dev.mokume.plan;

import dev.mokume.architecture.NumberedLayers;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.recipe.Stack;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;

/// A [Stack] as a checkpoint: tensors of others under other numbers. Closing it closes none of
/// them.
record StackView(String name, SequencedMap<String, StoredTensor> tensors, List<ByteSource> sources)
    implements Checkpoint {

  /// @param name what the recipe calls the stack
  /// @param models the checkpoints by the recipe's names for them
  /// @throws MokumeException with every slice of layers that a model does not have
  static StackView of(String name, Stack stack, Map<String, Checkpoint> models) {
    List<Problem> problems = new ArrayList<>();
    stack
        .rows()
        .forEach((row, slices) -> {
          for (Stack.Slice slice : slices) {
            check(name, row, slice, models, problems);
          }
        });
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    List<Stack.Slice> main = stack.rows().firstEntry().getValue();
    addOutside(tensors, stack, model(models, main.getFirst()), false);
    stack
        .rows()
        .forEach((row, slices) -> {
          int start = 0;
          for (Stack.Slice slice : slices) {
            addLayers(tensors, row, slice, start, model(models, slice));
            start += slice.count();
          }
        });
    addOutside(tensors, stack, model(models, main.getLast()), true);
    if (!main.getFirst().model().equals(main.getLast().model())) {
      addTiedHead(tensors, model(models, main.getLast()));
    }
    Set<ByteSource> sources = new LinkedHashSet<>();
    stack
        .rows()
        .values()
        .forEach(slices -> slices.forEach(slice -> sources.addAll(model(models, slice).sources())));
    return new StackView(name, Collections.unmodifiableSequencedMap(tensors), List.copyOf(sources));
  }

  private static void check(
      String name,
      String row,
      Stack.Slice slice,
      Map<String, Checkpoint> models,
      List<Problem> problems) {
    Checkpoint model = models.get(slice.model());
    if (model == null) {
      problems.add(
          new Problem(
              ErrorCode.INVALID_RECIPE,
              "stack '%s': there is no model '%s'.".formatted(name, slice.model())));
      return;
    }
    int most = -1;
    for (String tensor : model.tensors().keySet()) {
      most = Math.max(most, NumberedLayers.number(tensor, row).orElse(-1));
    }
    if (slice.end() > most + 1) {
      problems.add(
          new Problem(
              ErrorCode.MISMATCHED_INPUTS,
              "stack '%s' takes layers %s to %s of %s, but %s."
                  .formatted(
                      name,
                      slice.from(),
                      slice.end() - 1,
                      slice.model(),
                      most < 0
                          ? "that model has no tensor " + row + ".0"
                          : "the last one there is " + row + "." + most)));
    }
  }

  private static Checkpoint model(Map<String, Checkpoint> models, Stack.Slice slice) {
    return Objects.requireNonNull(models.get(slice.model()));
  }

  private static void addLayers(
      Map<String, StoredTensor> tensors, String row, Stack.Slice slice, int start, Checkpoint of) {
    for (StoredTensor tensor : of.tensors().values()) {
      OptionalInt number = NumberedLayers.number(tensor.name(), row);
      if (number.isPresent()
          && number.getAsInt() >= slice.from()
          && number.getAsInt() < slice.end()) {
        int layer = start + number.getAsInt() - slice.from();
        String name = NumberedLayers.renumbered(tensor.name(), row, number.getAsInt(), layer);
        tensors.put(name, tensor.named(name));
      }
    }
  }

  private static void addOutside(
      Map<String, StoredTensor> tensors, Stack stack, Checkpoint of, boolean behind) {
    of.tensors()
        .forEach((name, tensor) -> {
          boolean inLayer =
              stack.rows().keySet().stream()
                  .anyMatch(row -> NumberedLayers.number(name, row).isPresent());
          if (!inLayer && NumberedLayers.isBehind(name) == behind) {
            tensors.put(name, tensor);
          }
        });
  }

  /// A model whose head is its embedding has no tensor for it; behind the embedding of another it
  /// needs one.
  private static void addTiedHead(Map<String, StoredTensor> tensors, Checkpoint of) {
    boolean hasHead = tensors.keySet().stream().anyMatch(NumberedLayers::isHead);
    if (!hasHead) {
      of.tensors().values().stream()
          .filter(tensor -> NumberedLayers.isEmbedding(tensor.name()))
          .findFirst()
          .ifPresent(tensor -> tensors.put(NumberedLayers.HEAD, tensor.named(NumberedLayers.HEAD)));
    }
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public void close() {
    // Whoever opened the models closes them.
  }
}
