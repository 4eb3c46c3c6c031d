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
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/// A [Stack] as a checkpoint: tensors of others under other numbers. Closing it closes none of
/// them.
record StackView(String name, SequencedMap<String, StoredTensor> tensors, List<ByteSource> sources)
    implements Checkpoint {

  /// @param name what the recipe calls the stack
  /// @param models the checkpoints by the recipe's names for them
  /// @throws MokumeException with every slice of layers that a model does not have
  static StackView of(String name, Stack stack, Map<String, Checkpoint> models) {
    Layers layers = new Layers(models);
    List<Problem> problems = new ArrayList<>();
    stack
        .rows()
        .forEach((row, slices) -> {
          for (Stack.Slice slice : slices) {
            check(name, row, slice, layers, problems);
          }
        });
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    Assembly assembly = new Assembly(stack, layers, (_, _, _) -> {});
    Set<ByteSource> sources = new LinkedHashSet<>();
    stack
        .rows()
        .values()
        .forEach(slices -> slices.forEach(slice -> sources.addAll(model(models, slice).sources())));
    return new StackView(
        name, Collections.unmodifiableSequencedMap(assembly.tensors), List.copyOf(sources));
  }

  /// What is told of a tensor of a stack: its name, the model that it comes from, and what that
  /// calls it.
  private interface Origins {
    void put(String name, String model, String there);
  }

  /// For each tensor of a stack that comes from a model what that model calls it.
  ///
  /// @param models as for [#of]
  static Map<String, String> namesOf(String model, Stack stack, Map<String, Checkpoint> models) {
    Map<String, String> names = new HashMap<>();
    new Assembly(
        stack,
        new Layers(models),
        (name, origin, there) -> {
          if (origin.equals(model)) {
            names.put(name, there);
          }
        });
    return names;
  }

  private static void check(
      String name, String row, Stack.Slice slice, Layers layers, List<Problem> problems) {
    if (!layers.models.containsKey(slice.model())) {
      problems.add(
          new Problem(
              ErrorCode.INVALID_RECIPE,
              "stack '%s': there is no model '%s'.".formatted(name, slice.model())));
      return;
    }
    NavigableMap<Integer, List<Placed>> there = layers.of(slice.model(), row);
    int most = there.isEmpty() ? -1 : there.lastKey();
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

  /// A tensor of a model.
  ///
  /// @param place in the model's order
  private record Placed(int place, StoredTensor tensor) {}

  /// The tensors of models by the layers that they are of. A model's names are looked through once
  /// for each row, however many slices there are.
  private static final class Layers {
    final Map<String, Checkpoint> models;
    private final Map<String, Map<String, NavigableMap<Integer, List<Placed>>>> known =
        new HashMap<>();

    Layers(Map<String, Checkpoint> models) {
      this.models = models;
    }

    /// By number.
    NavigableMap<Integer, List<Placed>> of(String model, String row) {
      return known
          .computeIfAbsent(model, _ -> new HashMap<>())
          .computeIfAbsent(row, _ -> sorted(Objects.requireNonNull(models.get(model)), row));
    }

    private static NavigableMap<Integer, List<Placed>> sorted(Checkpoint model, String row) {
      NavigableMap<Integer, List<Placed>> layers = new TreeMap<>();
      int place = 0;
      for (StoredTensor tensor : model.tensors().values()) {
        OptionalInt number = NumberedLayers.number(tensor.name(), row);
        if (number.isPresent()) {
          layers
              .computeIfAbsent(number.getAsInt(), _ -> new ArrayList<>())
              .add(new Placed(place, tensor));
        }
        place++;
      }
      return layers;
    }
  }

  /// The tensors of a stack, in the order of the data's way.
  private static final class Assembly {
    final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Stack stack;
    private final Layers layers;
    private final Map<String, Checkpoint> models;
    private final Origins origins;

    Assembly(Stack stack, Layers layers, Origins origins) {
      this.stack = stack;
      this.layers = layers;
      this.models = layers.models;
      this.origins = origins;
      List<Stack.Slice> main = stack.rows().firstEntry().getValue();
      Stack.Slice last = main.getLast();
      addOutside(main.getFirst(), false);
      stack.rows().forEach(this::addRow);
      addOutside(last, true);
      if (stack.head().isPresent() || !main.getFirst().model().equals(last.model())) {
        addTiedHead(last);
      }
    }

    private void put(String name, String model, StoredTensor tensor) {
      tensors.put(name, name.equals(tensor.name()) ? tensor : tensor.named(name));
      origins.put(name, model, tensor.name());
    }

    private void addRow(String row, List<Stack.Slice> slices) {
      int start = 0;
      for (Stack.Slice slice : slices) {
        addLayers(row, slice, start);
        start += slice.count();
      }
    }

    private void addLayers(String row, Stack.Slice slice, int start) {
      record Moved(Placed placed, String name) {}
      List<Moved> moved = new ArrayList<>();
      layers
          .of(slice.model(), row)
          .subMap(slice.from(), slice.end())
          .forEach((number, tensors) -> {
            for (Placed placed : tensors) {
              String name = placed.tensor().name();
              moved.add(
                  new Moved(
                      placed,
                      NumberedLayers.renumbered(name, row, number, start + number - slice.from())));
            }
          });
      moved.sort(Comparator.comparingInt(one -> one.placed().place()));
      moved.forEach(one -> put(one.name(), slice.model(), one.placed().tensor()));
    }

    private void addOutside(Stack.Slice slice, boolean behind) {
      model(models, slice)
          .tensors()
          .forEach((name, tensor) -> {
            boolean inLayer =
                stack.rows().keySet().stream()
                    .anyMatch(row -> NumberedLayers.number(name, row).isPresent());
            if (!inLayer && NumberedLayers.isBehind(name) == behind) {
              put(name, slice.model(), tensor);
            }
          });
    }

    private void addTiedHead(Stack.Slice last) {
      if (tensors.keySet().stream().noneMatch(NumberedLayers::isHead)) {
        model(models, last).tensors().values().stream()
            .filter(tensor -> NumberedLayers.mayBeHead(tensor.name()))
            .findFirst()
            .ifPresent(tensor ->
                put(
                    stack.head().orElse(NumberedLayers.headBeside(tensor.name())),
                    last.model(),
                    tensor));
      }
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
