package dev.mokume.analysis;

import dev.mokume.analysis.MaskSummary.Selection;
import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Scalar;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.recipe.Result;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A mask's bits, counted tensor by tensor.
final class CountedMask implements Measurement<MaskSummary> {
  private static final Selection NONE = new Selection(0, 0, 0);

  private final String name;
  private final Detection detection;
  private final List<TensorTask> tasks = new ArrayList<>();
  private final SequencedMap<String, Long> elements = new LinkedHashMap<>();

  private CountedMask(String name, Detection detection) {
    this.name = name;
    this.detection = detection;
  }

  static CountedMask of(Checkpoint checkpoint) {
    MaskFile file = MaskFile.of(checkpoint);
    // Where a tensor belongs follows from its name and the shape of what the mask is for; the dtype
    // does not matter.
    Detection detection =
        Architectures.detect(
            checkpoint.tensors().values().stream()
                .map(mask -> new TensorSpec(mask.name(), DType.F32, file.shape(mask)))
                .toList());
    CountedMask counted = new CountedMask(checkpoint.name(), detection);
    for (StoredTensor mask : checkpoint.tensors().values()) {
      counted.add(mask.name(), file.shape(mask).elementCount(), Bits.of(file, mask));
    }
    return counted;
  }

  static CountedMask of(PreparedMerge merge) {
    if (!merge.plan().problems().isEmpty()) {
      throw new MokumeException(merge.plan().problems());
    }
    if (!(merge.plan().recipe().result() instanceof Result.MaskFile)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE, "the recipe makes a checkpoint and no mask to count.");
    }
    // The model that the plan takes names and places from.
    Checkpoint first = merge.inputs().models().firstEntry().getValue();
    Detection detection =
        Architectures.detect(
            first.tensors().values().stream().map(StoredTensor::spec).toList(), first.metadata());
    CountedMask counted = new CountedMask("the recipe's mask", detection);
    Map<String, TensorTask> tasks =
        merge.tasks().stream().collect(Collectors.toMap(TensorTask::tensor, task -> task));
    for (TensorEntry entry : merge.entries()) {
      TensorTask task = Objects.requireNonNull(tasks.get(entry.name()));
      if (task.writes().getFirst() instanceof Write.Mask(_, _, var bits)) {
        counted.add(entry.name(), task.count(), bits);
      }
    }
    return counted;
  }

  private void add(String tensor, long count, Bits bits) {
    elements.put(tensor, count);
    if (count > 0) {
      tasks.add(new TensorTask(tensor, count, List.of(), List.of(new Scalar.Count(bits))));
    }
  }

  @Override
  public List<TensorTask> tasks() {
    return Collections.unmodifiableList(tasks);
  }

  @Override
  public MaskSummary conclude(Function<TensorTask, double[]> measured, BooleanSupplier cancelled) {
    SequencedMap<String, Selection> tensors = new LinkedHashMap<>();
    elements.forEach((tensor, count) -> tensors.put(tensor, new Selection(1, 0, count)));
    for (TensorTask task : tasks) {
      tensors.put(task.tensor(), new Selection(1, (long) measured.apply(task)[0], task.count()));
    }
    SequencedMap<Component, Selection> components = new TreeMap<>();
    SequencedMap<Block, Selection> blocks = new TreeMap<>();
    Selection total = NONE;
    for (var entry : tensors.entrySet()) {
      Block block = detection.place(entry.getKey()).block();
      blocks.merge(block, entry.getValue(), Selection::plus);
      components.merge(block.component(), entry.getValue(), Selection::plus);
      total = total.plus(entry.getValue());
    }
    return new MaskSummary(name, total, components, blocks, tensors);
  }
}
