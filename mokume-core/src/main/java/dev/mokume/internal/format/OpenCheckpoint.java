package dev.mokume.internal.format;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A file or a set whose headers were read and found sound.
public record OpenCheckpoint(
    String name,
    Map<String, String> metadata,
    SequencedMap<String, StoredTensor> tensors,
    List<ByteSource> sources,
    List<Note> notes)
    implements Checkpoint {
  public OpenCheckpoint {
    metadata = Collections.unmodifiableMap(metadata);
    tensors = Collections.unmodifiableSequencedMap(tensors);
    sources = List.copyOf(sources);
    notes = List.copyOf(notes);
  }

  @Override
  public void close() {
    sources.forEach(ByteSource::close);
  }
}
