package dev.mokume.plan;

import dev.mokume.checkpoint.ByteSource;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Merges that are run together: what several of them read is read once, and what several of them
/// compute is computed once.
///
/// @param plan what is told to the user
/// @param merges the outputs; tasks number their files, from that of the first one on
/// @param measures tasks whose numbers the others need
/// @param tasks of all outputs
public record PreparedRun(
    RunPlan plan, List<PreparedMerge> merges, List<TensorTask> measures, List<TensorTask> tasks)
    implements AutoCloseable {
  public PreparedRun {
    merges = List.copyOf(merges);
    measures = List.copyOf(measures);
    tasks = List.copyOf(tasks);
  }

  /// Every source behind the inputs, each once.
  public Set<ByteSource> sources() {
    Set<ByteSource> sources = new LinkedHashSet<>();
    merges.forEach(merge -> sources.addAll(merge.inputs().sources()));
    return sources;
  }

  /// The SHA-256 of those that planning had to know.
  public Map<ByteSource, String> hashes() {
    Map<ByteSource, String> hashes = new HashMap<>();
    merges.forEach(merge -> hashes.putAll(merge.inputs().hashes()));
    return hashes;
  }

  /// Every source that is read, each once: those, and what unchanged tensors are copied from.
  public Set<ByteSource> read() {
    Set<ByteSource> all = new LinkedHashSet<>();
    merges.forEach(merge -> all.addAll(merge.inputs().read()));
    return all;
  }

  /// The files behind the inputs, which no output may replace.
  public List<Path> files() {
    return merges.stream().flatMap(merge -> merge.inputs().files().stream()).distinct().toList();
  }

  @Override
  public void close() {
    merges.forEach(PreparedMerge::close);
  }
}
