package dev.mokume.checkpoint;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Named tensors on disk, opened for reading: one file, a set of shards or a folder of parts.
public interface Checkpoint extends AutoCloseable {
  /// What a person calls it, for messages: the path as given.
  String name();

  /// The format's free text, for example `modelspec.title`; empty if it has none.
  Map<String, String> metadata();

  /// What only this format knows how to carry over into another file of it; nothing if there is
  /// nothing of the kind.
  default Optional<CarriedOver> carriedOver() {
    return Optional.empty();
  }

  /// Every tensor by name, in the order of the data on disk.
  SequencedMap<String, StoredTensor> tensors();

  /// The files (or other sources) behind it: one, or one a shard or part.
  List<ByteSource> sources();

  /// The folder in the layout of the diffusers library that it is; nothing for all else.
  default Optional<Path> pipeline() {
    return Optional.empty();
  }

  /// What a person should be told about how it was read; most need no word.
  default List<Note> notes() {
    return List.of();
  }

  @Override
  void close();
}
