package dev.mokume.plan;

import dev.mokume.checkpoint.ByteRange;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// What will be done for several outputs that are made together.
///
/// @param outputs the plan of each, in the order asked for
/// @param inputs what is read of each input for all of them
/// @param largestWorkingSet bytes that the largest tensor needs, with those of other outputs that
///   are made of the same inputs, for everything to be read only once
/// @param repetitions tensors whose inputs are gone through more than once
public record RunPlan(
    List<MergePlan> outputs,
    List<InputUse> inputs,
    long largestWorkingSet,
    List<Repetition> repetitions) {
  public RunPlan {
    repetitions = List.copyOf(repetitions);
    outputs = List.copyOf(outputs);
    inputs = List.copyOf(inputs);
  }

  /// What is read of an input.
  ///
  /// @param name as a person calls it
  /// @param bytes read, if everything that is needed together fits the memory
  /// @param passes the most that are made over one of its tensors
  public record InputUse(String name, long bytes, int passes) {}

  /// @param works of all outputs
  static List<InputUse> inputs(List<PreparedMerge> merges, List<TensorWork> works) {
    Map<String, String> checkpointOf = new HashMap<>();
    SequencedMap<String, Long> bytes = new LinkedHashMap<>();
    Map<String, Integer> passes = new HashMap<>();
    for (PreparedMerge merge : merges) {
      for (Checkpoint checkpoint : merge.inputs().opened()) {
        bytes.put(checkpoint.name(), 0L);
        checkpoint.sources().forEach(source -> checkpointOf.put(source.name(), checkpoint.name()));
      }
    }
    for (TensorWork work : works) {
      for (ByteRange read : work.reads()) {
        String input = checkpointOf.getOrDefault(read.source().name(), read.source().name());
        bytes.merge(input, read.fetched(), Long::sum);
        passes.merge(input, work.passes(), Math::max);
      }
    }
    List<InputUse> uses = new ArrayList<>();
    bytes.forEach((name, read) -> uses.add(new InputUse(name, read, passes.getOrDefault(name, 0))));
    return uses;
  }

  /// Why it cannot be run; each problem once, though it may be several outputs'.
  public List<Problem> problems() {
    return outputs.stream().flatMap(output -> output.problems().stream()).distinct().toList();
  }

  /// What will be read a second time and more often, if that much memory can be held between
  /// passes.
  public long readAgain(long memory) {
    return Repetition.again(repetitions, memory);
  }

  /// What will be read from all inputs.
  public long readBytes() {
    return inputs.stream().mapToLong(InputUse::bytes).sum();
  }

  /// The size of all outputs together.
  public long outputBytes() {
    return outputs.stream().mapToLong(MergePlan::outputBytes).sum();
  }
}
