package dev.mokume.analysis;

import dev.mokume.analysis.Comparison.Row;
import dev.mokume.analysis.Comparison.Unmeasured;
import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Mismatch;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.expression.Elements;
import dev.mokume.plan.SameNames;
import dev.mokume.plan.TensorTask;
import dev.mokume.tensor.DType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Two checkpoints, tensor by tensor: what is measured of each pair, and why some are not.
final class PairedTensors implements Measurement<Comparison> {
  private final Detection detection;
  private final List<TensorTask> tasks = new ArrayList<>();
  private final List<Pair> opaque = new ArrayList<>();
  private final List<String> onlyInFirst = new ArrayList<>();
  private final List<String> onlyInSecond = new ArrayList<>();
  private final List<String> otherShape = new ArrayList<>();
  private final List<Unmeasured> unmeasured = new ArrayList<>();

  /// Tensors of a dtype that cannot be computed with; their bytes are compared.
  private record Pair(StoredTensor first, StoredTensor second) {}

  private PairedTensors(Detection detection) {
    this.detection = detection;
  }

  static PairedTensors of(Checkpoint first, Checkpoint second, Optional<Checkpoint> base) {
    Detection detection = detect(first);
    SameNames names = new SameNames(first, detection);
    return paired(
        first,
        detection,
        names.present(second, detect(second)),
        base.map(model -> names.present(model, detect(model))));
  }

  private static PairedTensors paired(
      Checkpoint first, Detection detection, Checkpoint second, Optional<Checkpoint> base) {
    refuse(first, detection, second, base);
    PairedTensors paired = new PairedTensors(detection);
    for (StoredTensor tensor : first.tensors().values()) {
      StoredTensor other = second.tensors().get(tensor.name());
      if (other == null) {
        paired.onlyInFirst.add(tensor.name());
      } else {
        paired.add(tensor, other, base.map(Checkpoint::tensors));
      }
    }
    second.tensors().keySet().stream()
        .filter(name -> !first.tensors().containsKey(name))
        .forEach(paired.onlyInSecond::add);
    return paired;
  }

  private static Detection detect(Checkpoint checkpoint) {
    return Architectures.detect(
        checkpoint.tensors().values().stream().map(StoredTensor::spec).toList(),
        checkpoint.metadata());
  }

  private static void refuse(
      Checkpoint first, Detection detection, Checkpoint second, Optional<Checkpoint> base) {
    List<Problem> problems = new ArrayList<>();
    Stream.concat(Stream.of(first, second), base.stream())
        .forEach(checkpoint -> QuantisedWeights.problem(checkpoint).ifPresent(problems::add));
    Stream.concat(Stream.of(second), base.stream())
        .filter(other -> Collections.disjoint(first.tensors().keySet(), other.tensors().keySet()))
        .forEach(other -> problems.addAll(strangers(first, detection, other)));
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  /// Why two checkpoints have no tensor in common.
  private static List<Problem> strangers(Checkpoint first, Detection detection, Checkpoint other) {
    List<Problem> known =
        Mismatch.between(first.name(), detection, other.name(), detect(other)).stream()
            .map(Mismatch::problem)
            .toList();
    return known.isEmpty()
        ? List.of(
            new Problem(
                ErrorCode.MISMATCHED_INPUTS,
                other.name()
                    + " has no tensor of the same name as one of "
                    + first.name()
                    + ": there is nothing to compare. Compare checkpoints of one family."))
        : known;
  }

  private void add(
      StoredTensor a, StoredTensor b, Optional<? extends Map<String, StoredTensor>> base) {
    DType dtypeA = a.spec().dtype();
    DType dtypeB = b.spec().dtype();
    if (!a.spec().shape().equals(b.spec().shape())) {
      otherShape.add(a.name() + ": " + a.spec().shape() + " against " + b.spec().shape());
    } else if (a.spec().elementCount() == 0) {
      // Nothing differs between nothing and nothing.
      return;
    } else if (dtypeA.isBlendable() && dtypeB.isBlendable()) {
      measure(a, b, base);
    } else if (dtypeA.equals(dtypeB)) {
      opaque.add(new Pair(a, b));
    } else {
      unmeasured.add(new Unmeasured(a.name(), dtypeA + " against " + dtypeB));
    }
  }

  private void measure(
      StoredTensor a, StoredTensor b, Optional<? extends Map<String, StoredTensor>> base) {
    Optional<Elements> from = Optional.empty();
    if (base.isPresent()) {
      StoredTensor tensor = base.get().get(a.name());
      Optional<String> obstacle = obstacle(a, tensor);
      if (tensor == null || obstacle.isPresent()) {
        unmeasured.add(new Unmeasured(a.name(), obstacle.orElse("the base lacks it")));
        return;
      }
      from = Optional.of(new Elements.Stored(tensor));
    }
    tasks.add(
        new TensorTask(
            a.name(),
            a.spec().elementCount(),
            List.of(),
            Sums.measures(new Elements.Stored(a), new Elements.Stored(b), from)));
  }

  private static Optional<String> obstacle(StoredTensor tensor, @Nullable StoredTensor base) {
    if (base == null) {
      return Optional.of("the base lacks it");
    }
    if (!base.spec().shape().equals(tensor.spec().shape())) {
      return Optional.of("the base has it in shape " + base.spec().shape());
    }
    return base.spec().dtype().isBlendable()
        ? Optional.empty()
        : Optional.of("the base has it as " + base.spec().dtype());
  }

  @Override
  public List<TensorTask> tasks() {
    return Collections.unmodifiableList(tasks);
  }

  @Override
  public Comparison conclude(Function<TensorTask, double[]> measured, BooleanSupplier cancelled) {
    Map<Block, Group> blocks = new TreeMap<>();
    Map<Component, Group> components = new TreeMap<>();
    List<Unmeasured> left = new ArrayList<>(unmeasured);
    for (TensorTask task : tasks) {
      double[] numbers = measured.apply(task);
      if (!Sums.areFinite(numbers)) {
        left.add(new Unmeasured(task.tensor(), "NaN or infinite values"));
        continue;
      }
      Block block = detection.place(task.tensor()).block();
      Group group = Group.NONE.plus(task.count(), Sums.of(numbers));
      blocks.merge(block, group, Group::plus);
      components.merge(block.component(), group, Group::plus);
    }
    for (Pair pair : opaque) {
      if (StoredBytes.differ(pair.first(), pair.second(), cancelled)) {
        left.add(
            new Unmeasured(
                pair.first().name(), pair.first().spec().dtype() + ", and the bytes differ"));
      }
    }
    List<Row> rows = new ArrayList<>();
    blocks.forEach((block, group) -> rows.add(group.row(block.component(), block.name())));
    List<Row> totals = new ArrayList<>();
    components.forEach((component, group) -> totals.add(group.row(component, "")));
    return new Comparison(rows, totals, onlyInFirst, onlyInSecond, otherShape, left);
  }

  /// Tensors that share a row.
  private record Group(int tensors, long elements, Sums sums) {
    static final Group NONE = new Group(0, 0, Sums.NONE);

    Group plus(long count, Sums of) {
      return new Group(tensors + 1, elements + count, sums.plus(of));
    }

    Group plus(Group other) {
      return new Group(tensors + other.tensors, elements + other.elements, sums.plus(other.sums));
    }

    Row row(Component component, String block) {
      return sums.row(component, block, tensors, elements);
    }
  }
}
