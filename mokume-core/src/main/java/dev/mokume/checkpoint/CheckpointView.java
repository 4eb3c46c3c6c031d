package dev.mokume.checkpoint;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// A checkpoint with other tensors in the place of its own, made from them: renamed, left out, cut
/// or joined. Closing it closes the checkpoint.
///
/// @param of the checkpoint that is viewed
/// @param tensors by name
public record CheckpointView(Checkpoint of, SequencedMap<String, StoredTensor> tensors)
    implements Checkpoint {
  public CheckpointView {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
  }

  @Override
  public String name() {
    return of.name();
  }

  @Override
  public Map<String, String> metadata() {
    return of.metadata();
  }

  @Override
  public Optional<CarriedOver> carriedOver() {
    return of.carriedOver();
  }

  @Override
  public List<ByteSource> sources() {
    return of.sources();
  }

  @Override
  public Optional<Path> pipeline() {
    return of.pipeline();
  }

  @Override
  public List<Note> notes() {
    return of.notes();
  }

  @Override
  public void close() {
    of.close();
  }
}
