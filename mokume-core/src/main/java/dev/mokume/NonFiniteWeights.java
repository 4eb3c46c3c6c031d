package dev.mokume;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Survey;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.tensor.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Tells where NaN and infinite values of an output come from: from an input, or from the merge
/// itself.
final class NonFiniteWeights {
  private static final int SHOWN = 20;

  private NonFiniteWeights() {}

  /// A tensor of the output that has such values.
  ///
  /// @param count how many
  /// @param write what makes it
  record Found(long count, TensorTask.Write write) {}

  /// A problem for each of the first tensors, and one for the rest together.
  ///
  /// @param found by the tensor's name
  static List<Problem> problems(
      SequencedMap<String, Found> found, SequencedMap<String, Checkpoint> models) {
    List<Problem> problems = new ArrayList<>();
    found.entrySet().stream()
        .limit(SHOWN)
        .forEach(entry -> problems.add(problem(entry.getKey(), entry.getValue(), models)));
    if (found.size() > SHOWN) {
      problems.add(
          new Problem(
              ErrorCode.NON_FINITE_WEIGHTS,
              "and " + (found.size() - SHOWN) + " more tensors with such values."));
    }
    return problems;
  }

  private static Problem problem(
      String tensor, Found found, SequencedMap<String, Checkpoint> models) {
    List<String> sources = new ArrayList<>();
    for (StoredTensor input : inputs(tensor, found.write, models)) {
      long own = input.spec().dtype().isBlendable() ? count(input) : 0;
      if (own > 0) {
        String place = input.name().equals(tensor) ? "" : " in " + Quoted.name(input.name());
        sources.add(input.source().name() + " has " + own + place);
      }
    }
    String origin =
        sources.isEmpty()
            ? "the inputs have none: the result is too large for the output's dtype. Store it in"
                + " one that holds more, as --dtype f32 does"
            : String.join(" and ", sources) + ". Use a sound copy of that file";
    return new Problem(
        ErrorCode.NON_FINITE_WEIGHTS,
        "tensor '"
            + tensor
            + "' would have "
            + Amount.count(found.count, "value that is", "values that are")
            + " NaN or infinite; "
            + origin
            + ", or merge all the same with --non-finite warn.");
  }

  /// What the tensor is made of: also what has other names, as the factors of LoRAs have.
  private static Collection<StoredTensor> inputs(
      String tensor, TensorTask.Write write, SequencedMap<String, Checkpoint> models) {
    if (!(write instanceof TensorTask.Write.Values values)) {
      return models.values().stream()
          .flatMap(model -> Optional.ofNullable(model.tensors().get(tensor)).stream())
          .toList();
    }
    Survey survey = new Survey(values.value().count());
    survey.visit(values.value());
    return survey.inputs();
  }

  private static long count(StoredTensor tensor) {
    Packing packing = tensor.spec().dtype().packing();
    long found = 0;
    float[] values = new float[Block.ELEMENTS];
    Kernels kernels = Kernels.scalar();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(packing.bytes(Block.ELEMENTS), 8);
      for (long at = 0; at < tensor.spec().elementCount(); at += Block.ELEMENTS) {
        int length = (int) Math.min(Block.ELEMENTS, tensor.spec().elementCount() - at);
        tensor
            .source()
            .read(tensor.offset() + packing.bytes(at), buffer.asSlice(0, packing.bytes(length)));
        kernels.codec(tensor.spec().dtype()).decode(buffer, 0, values, length);
        found += kernels.reductions().countNonFinite(values, length);
      }
    }
    return found;
  }
}
