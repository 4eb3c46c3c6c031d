package dev.mokume.plan;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.TensorEntry;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Function;

/// A plan that can be run: the tasks behind it.
///
/// @param plan what is told to the user
/// @param inputs the opened files; closed with this, for other merges too
/// @param models the recipe's models under the names of the output
/// @param measures tasks whose numbers the others need
/// @param tasks one a tensor, in the order of the output
/// @param entries the output's tensors
/// @param metadata the output's metadata, but for what is only known when the inputs were read
/// @param layout where everything lies, with that metadata and room for the rest
/// @param layouts the same with other metadata
public record PreparedMerge(
    MergePlan plan,
    OpenInputs inputs,
    SequencedMap<String, Checkpoint> models,
    List<TensorTask> measures,
    List<TensorTask> tasks,
    List<TensorEntry> entries,
    Map<String, String> metadata,
    CheckpointLayout layout,
    Function<Map<String, String>, CheckpointLayout> layouts)
    implements AutoCloseable {

  /// The layout with other metadata of the same length.
  public CheckpointLayout layoutWith(Map<String, String> other) {
    return layouts.apply(other);
  }

  @Override
  public void close() {
    inputs.close();
  }
}
