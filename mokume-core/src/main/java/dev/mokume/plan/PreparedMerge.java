package dev.mokume.plan;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.plan.PlannedTensor.Treatment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A plan that can be run: the tasks behind it.
///
/// @param plan what is told to the user
/// @param inputs the opened files; closed with this, for other merges too
/// @param models the recipe's models under the names of the output
/// @param measures tasks whose numbers the others need
/// @param tasks one a tensor, in the order of the output
/// @param entries the output's tensors
/// @param metadata the output's metadata, but for what is only known when the inputs were read
/// @param output where it goes
/// @param files where everything lies, with that metadata and room for the rest: one, or shards and
///   their index
public record PreparedMerge(
    MergePlan plan,
    OpenInputs inputs,
    SequencedMap<String, Checkpoint> models,
    List<TensorTask> measures,
    List<TensorTask> tasks,
    List<TensorEntry> entries,
    Map<String, String> metadata,
    MergeOutput output,
    SequencedMap<Path, CheckpointLayout> files)
    implements AutoCloseable {

  /// The files with other metadata of the same length.
  public SequencedMap<Path, CheckpointLayout> filesWith(Map<String, String> other) {
    return OutputFiles.of(output, entries, other, inputs.carriedOver());
  }

  /// Whether every tensor is kept from the output that is there, and none is to be computed.
  public boolean keepsEverything() {
    return !plan.tensors().isEmpty()
        && plan.tensors().stream().allMatch(tensor -> tensor.treatment() == Treatment.KEPT);
  }

  /// Whether its files are there in the sizes, and with the headers from the first byte to the
  /// last, that it would write. Values are not looked at: those of tensors that are kept are the
  /// same.
  ///
  /// @param complete the output's metadata, with what is only known when the inputs were read
  public boolean headersAreThere(Map<String, String> complete) {
    return filesWith(complete).entrySet().stream()
        .allMatch(file -> OlderOutput.isWrittenAs(file.getKey(), file.getValue()));
  }

  @Override
  public void close() {
    inputs.close();
  }
}
