package dev.mokume.recipe.mergekit;

import dev.mokume.architecture.NumberedLayers;
import dev.mokume.error.Quoted;
import dev.mokume.recipe.Weights;
import dev.mokume.recipe.mergekit.Arrangement.Stage;
import dev.mokume.recipe.mergekit.Arrangement.Strand;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;

/// What each tensor of the output is made of: the same few mixes, many times.
final class OutputMixes {
  private final MixReading reading;
  private final InputWeights weights;
  private final Set<String> notes;
  private final boolean flat;
  private final SequencedMap<Mix, Integer> numbers = new LinkedHashMap<>();
  private final SequencedMap<String, Integer> byTensor = new LinkedHashMap<>();

  /// @param reading of the numbers of mixes
  /// @param notes gets why a model has no part in a tensor
  /// @param flat whether models lack tensors as a matter of course
  OutputMixes(MixReading reading, InputWeights weights, Set<String> notes, boolean flat) {
    this.reading = reading;
    this.weights = weights;
    this.notes = notes;
    this.flat = flat;
  }

  /// What a recipe calls the layers of a stage's source.
  interface InputWeights {
    /// @param column the source's place in its stage
    Weights of(Strand strand, int column);
  }

  /// What a source calls the tensor at hand.
  private interface InputName {
    String of(Strand strand);
  }

  private record Placed(int place, Mix.Input input) {}

  /// Each mix once; its place is its number.
  Collection<Mix> distinct() {
    return numbers.keySet();
  }

  /// The number of the mix of each tensor of the output.
  SequencedMap<String, Integer> byTensor() {
    return byTensor;
  }

  /// Adds the tensors of layers, which are counted anew from stage to stage.
  void addLayers(Arrangement arrangement) {
    arrangement
        .rows()
        .forEach((row, stages) -> {
          int start = 0;
          for (Stage stage : stages) {
            addLayers(row, stage, start);
            start += stage.count();
          }
        });
  }

  private void addLayers(String row, Stage stage, int start) {
    Strand first = stage.first();
    first
        .model()
        .tensors()
        .forEach((name, spec) -> {
          OptionalInt number = NumberedLayers.number(name, row);
          int layer = number.orElse(-1) - first.layers().from();
          if (number.isPresent() && layer >= 0 && layer < stage.count()) {
            double t = stage.count() == 1 ? 1 : (double) layer / (stage.count() - 1);
            add(
                stage,
                NumberedLayers.renumbered(name, row, number.getAsInt(), start + layer),
                spec,
                t,
                strand ->
                    NumberedLayers.renumbered(
                        name, row, number.getAsInt(), strand.layers().from() + layer));
          }
        });
  }

  /// Adds the tensors of no layer.
  void addOutside(Arrangement arrangement) {
    for (boolean behind : List.of(false, true)) {
      Stage any = arrangement.outside(behind);
      any.first()
          .model()
          .tensors()
          .forEach((name, spec) -> {
            boolean isLayer =
                arrangement.rows().keySet().stream()
                    .anyMatch(row -> NumberedLayers.number(name, row).isPresent());
            if (!isLayer && NumberedLayers.isBehind(name) == behind) {
              add(any, name, spec, 0, _ -> name);
            }
          });
    }
  }

  /// Adds tensors that are all made of one stage, by their names.
  void addAll(Map<String, TensorSpec> tensors, Stage stage) {
    tensors.forEach((name, spec) -> add(stage, name, spec, 0, _ -> name));
  }

  private void add(Stage stage, String output, TensorSpec spec, double t, InputName names) {
    Mix mix = mix(stage, output, spec, t, names);
    byTensor.put(output, numbers.computeIfAbsent(mix, _ -> numbers.size()));
  }

  private Mix mix(Stage stage, String output, TensorSpec spec, double t, InputName names) {
    List<Placed> inputs = new ArrayList<>();
    for (int column = 0; column < stage.sources().size(); column++) {
      Strand strand = stage.sources().get(column);
      String name = names.of(strand);
      TensorSpec own = strand.model().tensors().get(name);
      if (own == null) {
        if (!flat && (!strand.isBase() || column > 0)) {
          note(strand, "lacks", output);
        }
        continue;
      }
      if (!own.shape().equals(spec.shape()) && column > 0) {
        note(
            strand,
            "has another shape (" + own.shape() + " and not " + spec.shape() + ") of",
            output);
        continue;
      }
      inputs.add(
          new Placed(
              strand.place(),
              new Mix.Input(
                  strand.model().reference().toString(),
                  weights.of(strand, column),
                  strand.isBase(),
                  reading.ofModel(strand, stage, name, t))));
    }
    return new Mix(
        inputs.stream().sorted(Comparator.comparingInt(Placed::place)).map(Placed::input).toList(),
        reading.ofAll(stage, output, t));
  }

  /// One tensor is enough to tell of a model: the others are like it.
  private void note(Strand strand, String what, String tensor) {
    String start = strand.model().reference() + " " + what + " ";
    boolean told = notes.stream().anyMatch(note -> note.startsWith(start));
    if (!told) {
      notes.add(start + Quoted.name(tensor) + "; it has no part in that one and others like it.");
    }
  }
}
