package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.error.Reason;
import dev.mokume.workflow.Workflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// Names files as ComfyUI's save nodes do: `PREFIX_00001_.safetensors` below the output folder,
/// with the number after the greatest there is.
public final class OutputNames {
  private static final String EXTENSION = ".safetensors";

  private final Path folder;
  private final LocalDateTime now;
  private final Map<Path, Long> taken = new HashMap<>();

  /// @param folder below which all files lie
  /// @param now what `%year%` and its like stand for
  public OutputNames(Path folder, LocalDateTime now) {
    this.folder = folder;
    this.now = now;
  }

  /// A file and what it is called.
  ///
  /// @param title as metadata has it: the name and the number
  record Named(Path file, String title) {}

  /// What `%...%` in a prefix of the workflow stands for today.
  PrefixTokens tokens(Workflow workflow) {
    return new PrefixTokens(workflow, now);
  }

  /// The next file of that prefix; every call gives another one.
  Named next(String prefix) {
    Path stem = stem(prefix);
    String name = String.valueOf(stem.getFileName());
    long number = taken.merge(stem, 1 + greatest(stem), (before, _) -> before + 1);
    String digits = String.format(Locale.ROOT, "%05d", number);
    return new Named(
        stem.resolveSibling(name + "_" + digits + "_" + EXTENSION), name + " " + number);
  }

  private Path stem(String prefix) {
    String text = prefix.replace('\\', '/');
    try {
      Path root = folder.toAbsolutePath().normalize();
      Path stem = root.resolve(text).normalize();
      if (!stem.startsWith(root) || stem.equals(root) || text.endsWith("/")) {
        throw outside(prefix);
      }
      return folder.resolve(root.relativize(stem));
    } catch (InvalidPathException e) {
      throw outside(prefix);
    }
  }

  private MokumeException outside(String prefix) {
    return new MokumeException(
        ErrorCode.UNWRITABLE_OUTPUT,
        "the filename_prefix %s does not name a file below the output folder %s; give it a name like"
                .formatted(Quoted.name(prefix), folder)
            + " checkpoints/merged.");
  }

  /// The greatest number of the files that are there; 0 if there is none.
  private static long greatest(Path stem) {
    String start = stem.getFileName() + "_";
    Path parent = stem.getParent();
    Path folder = parent == null ? Path.of("") : parent;
    if (!Files.isDirectory(folder)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.startsWith(start))
          .mapToLong(name -> number(name.substring(start.length())))
          .max()
          .orElse(0);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          "the output folder %s cannot be listed (%s).".formatted(folder, Reason.of(e)),
          e);
    }
  }

  private static long number(String rest) {
    int end = rest.indexOf('_');
    String digits = end < 0 ? rest : rest.substring(0, end);
    return digits.matches("\\d{1,9}") ? Long.parseLong(digits) : 0;
  }
}
