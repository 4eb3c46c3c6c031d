package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A folder that was given in place of a checkpoint, and the one file in it that is meant: the
/// index of a sharded set, else the only checkpoint file. What one format has there is looked at
/// before what the next has, since models are often offered in two.
record CheckpointFolder(Path folder, List<String> indexes, List<String> checkpoints) {
  private static final int SHOWN = 5;

  /// The usual index where a folder holds several.
  private static final String MAIN_INDEX = "model.safetensors.index.json";

  /// The model where a training program left more of the same extension.
  private static final String MAIN_PICKLE = "pytorch_model.bin";

  static CheckpointFolder of(Path folder, List<CheckpointFormat> formats) {
    List<String> names;
    try (Stream<Path> entries = Files.list(folder)) {
      names =
          entries
              .filter(entry -> !Files.isDirectory(entry))
              .map(CheckpointFolder::name)
              .sorted()
              .toList();
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          folder + ": the folder cannot be listed: " + Reason.of(e) + ".",
          e);
    }
    // Hidden files are temporary ones, ours among them, or what macOS leaves on foreign disks.
    names = names.stream().filter(name -> !name.startsWith(".")).toList();
    List<String> indexes = List.of();
    List<String> checkpoints = List.of();
    for (CheckpointFormat format : formats) {
      if (indexes.isEmpty() && checkpoints.isEmpty()) {
        indexes = names.stream().filter(format::opensSet).toList();
        checkpoints =
            names.stream()
                .filter(name -> Checkpoints.hasExtension(name, format.extensions()))
                .toList();
      }
    }
    return new CheckpointFolder(folder, indexes, checkpoints);
  }

  Path file() {
    if (indexes.contains(MAIN_INDEX)) {
      return folder.resolve(MAIN_INDEX);
    }
    if (indexes.size() == 1) {
      return folder.resolve(indexes.getFirst());
    }
    if (indexes.isEmpty() && checkpoints.contains(MAIN_PICKLE)) {
      return folder.resolve(MAIN_PICKLE);
    }
    if (indexes.isEmpty() && checkpoints.size() == 1) {
      return folder.resolve(checkpoints.getFirst());
    }
    throw new MokumeException(ErrorCode.UNREADABLE_INPUT, folder + ": is a folder " + problem());
  }

  private String problem() {
    if (!indexes.isEmpty()) {
      return "with "
          + indexes.size()
          + " indexes of sharded checkpoints, "
          + Quoted.list(indexes, SHOWN)
          + "; name the one that is meant.";
    }
    if (!checkpoints.isEmpty()) {
      return "with "
          + checkpoints.size()
          + " checkpoints and no index of a sharded one, "
          + Quoted.list(checkpoints, SHOWN)
          + "; name the one that is meant.";
    }
    return "without a checkpoint: neither '"
        + MAIN_INDEX
        + "' nor a '.safetensors' file is in it; name a checkpoint file.";
  }

  private static String name(Path entry) {
    return String.valueOf(entry.getFileName());
  }
}
