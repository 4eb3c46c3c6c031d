package dev.mokume.sweep;

import dev.mokume.analysis.Measurement;
import dev.mokume.analysis.OutputValues;
import dev.mokume.architecture.Block;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Sample;
import dev.mokume.expression.Scalar;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// The distances of several variants, without writing any: one task a tensor has the sums of all of
/// them, so that inputs are read and decoded once, and what variants have in common is computed
/// once.
///
/// Of each tensor the same elements are looked at in every variant. Which ones they are differs
/// from tensor to tensor, or the first rows of all would be looked at.
public final class DistanceMeasurement implements Measurement<List<List<Distance>>> {
  /// Sums of a variant and a model: difference, changed, signed, opposed.
  private static final int SUMS = 4;

  private static final Scalar ZERO = Scalar.constant(0);

  private final List<List<String>> models;
  private final List<TensorTask> tasks = new ArrayList<>();
  private final Map<TensorTask, List<Share>> shares = new IdentityHashMap<>();

  /// What a task measures of one variant and one model.
  ///
  /// @param norm where among the task's numbers the model's squared norm is
  /// @param sums where the first of the four others is
  private record Share(int variant, String model, Block place, long elements, int norm, int sums) {}

  private DistanceMeasurement(List<List<String>> models) {
    this.models = models;
  }

  /// @param variants of one recipe
  /// @param part of a sample one in how many elements is looked at; 1 for all
  public static DistanceMeasurement of(List<PreparedMerge> variants, int part) {
    DistanceMeasurement measurement =
        new DistanceMeasurement(
            variants.stream().map(merge -> List.copyOf(merge.models().keySet())).toList());
    SequencedMap<String, List<Made>> byTensor = new LinkedHashMap<>();
    for (int variant = 0; variant < variants.size(); variant++) {
      PreparedMerge merge = variants.get(variant);
      Map<String, Block> places = new HashMap<>();
      for (PlannedTensor tensor : merge.plan().tensors()) {
        places.put(tensor.spec().name(), new Block(tensor.component(), tensor.block()));
      }
      for (TensorTask task : merge.tasks()) {
        Block place = places.get(task.tensor());
        Optional<Elements> value = value(task, merge);
        if (place != null && value.isPresent()) {
          byTensor
              .computeIfAbsent(task.tensor(), _ -> new ArrayList<>())
              .add(new Made(variant, merge, place, value.get()));
        }
      }
    }
    byTensor.forEach((tensor, made) -> measurement.add(tensor, made, part));
    return measurement;
  }

  /// What a variant makes of a tensor.
  private record Made(int variant, PreparedMerge merge, Block place, Elements value) {}

  /// The numbers that the output will hold; nothing if it holds none.
  private static Optional<Elements> value(TensorTask task, PreparedMerge merge) {
    return switch (OutputValues.of(task, merge)) {
      case Write.Values(_, _, var value, var dtype) ->
          Optional.of(dtype.isBlendable() ? new Elements.Rounded(value, dtype) : value);
      case Write.Copy(_, _, var from) ->
          from.spec().dtype().isBlendable()
              ? Optional.of(new Elements.Stored(from))
              : Optional.empty();
      case Write.Mask _, Write.Number _ -> Optional.empty();
    };
  }

  private void add(String tensor, List<Made> made, int part) {
    long count = made.getFirst().value().count();
    Sample sample = new Sample(part, Math.floorMod(tensor.hashCode(), part));
    long elements = sample.elements(count);
    if (elements == 0) {
      return;
    }
    Numbers numbers = new Numbers(sample);
    Map<String, Integer> norms = new HashMap<>();
    List<Share> ofTask = new ArrayList<>();
    for (Made one : made) {
      if (one.value().count() != count) {
        continue;
      }
      for (Map.Entry<String, Checkpoint> model : one.merge().models().entrySet()) {
        StoredTensor stored = model.getValue().tensors().get(tensor);
        if (stored == null
            || !stored.spec().dtype().isBlendable()
            || stored.spec().elementCount() != count) {
          continue;
        }
        Elements from = new Elements.Stored(stored);
        int norm = norms.computeIfAbsent(model.getKey(), _ -> numbers.squares(from));
        ofTask.add(
            new Share(
                one.variant(),
                model.getKey(),
                one.place(),
                elements,
                norm,
                numbers.between(one.value(), from)));
      }
    }
    if (!ofTask.isEmpty()) {
      TensorTask task = new TensorTask(tensor, count, List.of(), numbers.all());
      tasks.add(task);
      shares.put(task, ofTask);
    }
  }

  /// The numbers of a task in the making.
  private static final class Numbers {
    private final Sample sample;
    private final List<Scalar> numbers = new ArrayList<>();

    Numbers(Sample sample) {
      this.sample = sample;
    }

    List<Scalar> all() {
      return numbers;
    }

    private int add(Scalar number) {
      numbers.add(sample.part() == 1 ? number : new Scalar.Sampled(number, sample));
      return numbers.size() - 1;
    }

    int squares(Elements of) {
      return add(new Scalar.Statistic(Scalar.Reduction.SUM_OF_SQUARES, of));
    }

    /// @return where the first of the four is
    int between(Elements value, Elements from) {
      Elements difference = new Elements.Binary(Elements.Operator.SUBTRACT, value, from);
      int first = squares(difference);
      Bits up = greater(value);
      Bits down = less(value);
      Bits fromUp = greater(from);
      Bits fromDown = less(from);
      // Subnormals are kept, so a difference is zero only between equal numbers.
      add(new Scalar.Count(greater(new Elements.Magnitude(difference))));
      add(new Scalar.Count(both(either(up, down), either(fromUp, fromDown))));
      add(new Scalar.Count(either(both(up, fromDown), both(down, fromUp))));
      return first;
    }

    private static Bits greater(Elements a) {
      return new Bits.Compare(Bits.Comparison.GREATER, a, ZERO);
    }

    private static Bits less(Elements a) {
      return new Bits.Compare(Bits.Comparison.LESS, a, ZERO);
    }

    private static Bits both(Bits a, Bits b) {
      return new Bits.Binary(Bits.Operator.AND, a, b);
    }

    private static Bits either(Bits a, Bits b) {
      return new Bits.Binary(Bits.Operator.OR, a, b);
    }
  }

  @Override
  public List<TensorTask> tasks() {
    return Collections.unmodifiableList(tasks);
  }

  /// @return of each variant, its distance to each model that it has tensors in common with
  @Override
  public List<List<Distance>> conclude(
      Function<TensorTask, double[]> measured, BooleanSupplier cancelled) {
    List<Map<String, SequencedMap<Block, Distance.Part>>> parts = new ArrayList<>();
    models.forEach(_ -> parts.add(new HashMap<>()));
    for (TensorTask task : tasks) {
      double[] numbers = measured.apply(task);
      for (Share share : Objects.requireNonNull(shares.get(task))) {
        int at = share.sums();
        parts
            .get(share.variant())
            .computeIfAbsent(share.model(), _ -> new TreeMap<>())
            .merge(
                share.place(),
                new Distance.Part(
                    1,
                    share.elements(),
                    numbers[at],
                    numbers[share.norm()],
                    (long) numbers[at + 1],
                    (long) numbers[at + 2],
                    (long) numbers[at + SUMS - 1]),
                Distance.Part::plus);
      }
    }
    List<List<Distance>> distances = new ArrayList<>();
    for (int variant = 0; variant < models.size(); variant++) {
      List<Distance> ofVariant = new ArrayList<>();
      for (String model : models.get(variant)) {
        SequencedMap<Block, Distance.Part> blocks = parts.get(variant).get(model);
        if (blocks != null) {
          ofVariant.add(new Distance(model, blocks));
        }
      }
      distances.add(ofVariant);
    }
    return distances;
  }
}
