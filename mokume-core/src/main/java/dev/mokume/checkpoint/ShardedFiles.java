package dev.mokume.checkpoint;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of a checkpoint in shards: `STEM-00001-of-00003.safetensors` and so on, and the index
/// that lists them, `STEM.safetensors.index.json`.
///
/// Tensors are taken in the order given. A shard is full when the next tensor would take its
/// tensors' bytes beyond the limit; a tensor that is larger than that by itself has a shard of its
/// own, and the others go on filling theirs. Source: names and rule are those of huggingface_hub.
final class ShardedFiles {
  /// All of them are open while they are written.
  private static final int MOST = 500;

  private final CheckpointFormat format;
  private final Path index;
  private final String stem;

  private ShardedFiles(CheckpointFormat format, Path index, String stem) {
    this.format = format;
    this.index = index;
    this.stem = stem;
  }

  /// @param index whose name ends as an index of that format does
  static ShardedFiles of(CheckpointFormat format, Path index) {
    String name = String.valueOf(index.getFileName());
    String ending =
        format.indexExtensions().stream()
            .filter(extension -> name.toLowerCase(Locale.ROOT).endsWith(extension))
            .findFirst()
            .orElseThrow();
    return new ShardedFiles(format, index, name.substring(0, name.length() - ending.length()));
  }

  private String extension() {
    return format.extensions().getFirst();
  }

  /// The files by their paths, the index last.
  ///
  /// @param most bytes of the tensors of a shard
  SequencedMap<Path, CheckpointLayout> layouts(
      Collection<TensorEntry> tensors, Map<String, String> metadata, long most) {
    List<List<TensorEntry>> shards = split(tensors, most);
    if (shards.size() > MOST) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          index
              + ": would have "
              + Amount.count(shards.size())
              + " shards of at most "
              + Amount.bytes(most)
              + ", but no more than "
              + MOST
              + " are written; give a larger --max-shard.");
    }
    SequencedMap<Path, CheckpointLayout> files = new LinkedHashMap<>();
    SequencedMap<String, String> shardOf = new LinkedHashMap<>();
    for (int i = 0; i < shards.size(); i++) {
      String file =
          String.format(Locale.ROOT, "%s-%05d-of-%05d%s", stem, i + 1, shards.size(), extension());
      files.put(
          index.resolveSibling(file), format.layout(shards.get(i), metadata, Optional.empty()));
      shards.get(i).forEach(tensor -> shardOf.put(tensor.name(), file));
    }
    long bytes = tensors.stream().mapToLong(TensorEntry::length).sum();
    files.put(index, new CheckpointLayout(format.index(shardOf, bytes), List.of()));
    return files;
  }

  private static List<List<TensorEntry>> split(Collection<TensorEntry> tensors, long most) {
    List<List<TensorEntry>> shards = new ArrayList<>();
    List<TensorEntry> current = new ArrayList<>();
    long filled = 0;
    for (TensorEntry tensor : tensors) {
      if (tensor.length() > most) {
        shards.add(List.of(tensor));
        continue;
      }
      if (filled + tensor.length() > most) {
        shards.add(current);
        current = new ArrayList<>();
        filled = 0;
      }
      current.add(tensor);
      filled += tensor.length();
    }
    if (!current.isEmpty() || shards.isEmpty()) {
      shards.add(current);
    }
    return shards;
  }

  /// Whether a file has the name of a shard of this set, whatever their number.
  boolean names(Path file) {
    return index.resolveSibling(file.getFileName()).equals(file)
        && shard().matcher(String.valueOf(file.getFileName())).matches();
  }

  private Pattern shard() {
    return Pattern.compile(Pattern.quote(stem) + "-\\d{5}-of-\\d{5}" + Pattern.quote(extension()));
  }

  /// Files that are there and have the names of shards of this set, whatever their number.
  List<Path> there() {
    Path folder = index.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return List.of();
    }
    Pattern shard = shard();
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> shard.matcher(name).matches())
          .sorted()
          .map(index::resolveSibling)
          .toList();
    } catch (IOException e) {
      // Whoever writes there is told what is wrong with the folder.
      return List.of();
    }
  }
}
