package dev.mokume.lowrank;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.AtomicFileSet;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where a LoRA is written: one file, or for the peft library the file and the config that it wants
/// beside it.
///
/// @param weights the file with the tensors
/// @param config the config's file
record LoraTarget(Path weights, Optional<Path> config) {
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String CONFIG = "adapter_config.json";

  /// With modules named as PEFT does, a name without an extension is a folder's. A file of the name
  /// that PEFT gives it has the config too: one that lies there already would be taken for its own.
  ///
  /// @param output as the user says it
  static LoraTarget of(Path output, Collection<String> modules) {
    String name = String.valueOf(output.getFileName());
    boolean isOfPeft = AdapterConfig.isFor(modules);
    if (isOfPeft && (Files.isDirectory(output) || name.indexOf('.') < 0)) {
      return new LoraTarget(output.resolve(WEIGHTS), Optional.of(output.resolve(CONFIG)));
    }
    return new LoraTarget(
        output,
        isOfPeft && name.equals(WEIGHTS)
            ? Optional.of(output.resolveSibling(CONFIG))
            : Optional.empty());
  }

  /// Where temporary files go.
  Path folder() {
    Path parent = weights.toAbsolutePath().getParent();
    return parent == null ? Path.of(".") : parent;
  }

  /// Makes the folder of an adapter if there is none.
  ///
  /// @return whether it was made
  boolean createFolder() {
    if (config.isEmpty() || Files.isDirectory(folder())) {
      return false;
    }
    try {
      Files.createDirectory(folder());
      return true;
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          "%s: cannot be made (%s). Write the adapter to a folder whose parent is there and may be written to."
              .formatted(folder(), Reason.of(e)),
          e);
    }
  }

  /// @throws MokumeException with what speaks against it whatever the sizes will be
  void refuseEarly(AtomicFileOutput.Options options) {
    List<Problem> early = new ArrayList<>(AtomicFileSet.problems(files(0, 0), options));
    try {
      Checkpoints.layout(weights, List.of(), Map.of());
    } catch (MokumeException foreignFormat) {
      early.addAll(foreignFormat.problems());
    }
    if (!early.isEmpty()) {
      throw new MokumeException(early);
    }
  }

  /// The files that appear together.
  List<AtomicFileSet.Target> files(long weightsSize, long configSize) {
    List<AtomicFileSet.Target> files = new ArrayList<>();
    files.add(new AtomicFileSet.Target(weights, weightsSize));
    config.ifPresent(file -> files.add(new AtomicFileSet.Target(file, configSize)));
    return files;
  }
}
