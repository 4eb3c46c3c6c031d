package dev.mokume.checkpoint;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where an output is to appear, and everything that speaks against it. Nothing is written here.
///
/// @param given the path as a person named it
/// @param file the path that will be replaced: absolute, and behind a symbolic link the file that
///   it leads to
record OutputTarget(Path given, Path file) {
  /// Room that is left free: the file system's own bookkeeping grows with a file.
  private static final long SLACK = 64 * 1024;

  static OutputTarget of(Path given) {
    Path file = given.toAbsolutePath();
    try {
      return new OutputTarget(given, Files.isSymbolicLink(file) ? file.toRealPath() : file);
    } catch (IOException e) {
      return new OutputTarget(given, file);
    }
  }

  Path folder() {
    Path parent = file.getParent();
    return parent == null ? file : parent;
  }

  List<Problem> problems(long size, AtomicFileOutput.Options options) {
    List<Problem> problems = placeProblems(options);
    spaceProblem(List.of(this), size).ifPresent(problems::add);
    return problems;
  }

  /// What speaks against it, whatever its size.
  List<Problem> placeProblems(AtomicFileOutput.Options options) {
    List<Problem> problems = new ArrayList<>();
    if (file.getFileSystem() != FileSystems.getDefault()) {
      unwritable(given + ": is an address, but an output is written to a file; name one.")
          .ifPresent(problems::add);
      return problems;
    }
    sameAsInput(options.inputs()).or(() -> occupied(options)).ifPresent(problems::add);
    folderProblem().ifPresent(problems::add);
    return problems;
  }

  /// The one path of the file that it is, however a person named it.
  Path place() {
    try {
      return folder().toRealPath().resolve(file.getFileName());
    } catch (IOException e) {
      return file.normalize();
    }
  }

  /// That it is one of the inputs.
  Optional<Problem> sameAsInput(List<Path> inputs) {
    for (Path input : inputs) {
      if (isSameFile(input)) {
        return unwritable(
            given
                + ": is the same file as the input "
                + input
                + ", and an input is never written over; choose another name"
                + " for the output.");
      }
    }
    return Optional.empty();
  }

  private boolean isSameFile(Path input) {
    try {
      return Files.exists(file) && Files.isSameFile(file, input);
    } catch (IOException e) {
      return false;
    }
  }

  /// That something stands in the output's place.
  Optional<Problem> occupied(AtomicFileOutput.Options options) {
    if (Files.isDirectory(file)) {
      return unwritable(given + ": is a directory, but the output is a file; name a file in it.");
    }
    if (Files.isRegularFile(file)) {
      return options.replaceExisting()
          ? Optional.empty()
          : unwritable(
              given
                  + ": exists already; choose another name, or allow it to be replaced with"
                  + " --force.");
    }
    if (Files.isSymbolicLink(file)) {
      return unwritable(
          given + ": is a symbolic link that leads nowhere; remove it or name a file.");
    }
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      return unwritable(
          given
              + ": is a pipe, a device or a socket, but the output is a file; choose another"
              + " name.");
    }
    return Optional.empty();
  }

  private Optional<Problem> folderProblem() {
    Path folder = folder();
    if (!Files.exists(folder)) {
      return unwritable(given + ": there is no folder '" + folder + "'; create it first.");
    }
    if (!Files.isDirectory(folder)) {
      return unwritable(given + ": '" + folder + "' is not a folder.");
    }
    if (!Files.isWritable(folder)) {
      return unwritable(
          given
              + ": this user may not create files in '"
              + folder
              + "'; choose another folder or change its permissions.");
    }
    return Optional.empty();
  }

  /// The disk that it would lie on; nothing if that cannot be told.
  Optional<FileStore> store() {
    try {
      return Files.isDirectory(folder())
          ? Optional.of(Files.getFileStore(folder()))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// That the disk of the first has no room for all of them.
  ///
  /// @param size of all together
  static Optional<Problem> spaceProblem(List<OutputTarget> targets, long size) {
    Optional<FileStore> store = targets.getFirst().store();
    if (store.isEmpty()) {
      return Optional.empty();
    }
    try {
      long usable = store.get().getUsableSpace();
      // Some network file systems do not know their size and say 0.
      if (store.get().getTotalSpace() <= 0
          || usable < 0
          || usable - SLACK * targets.size() >= size) {
        return Optional.empty();
      }
      return Optional.of(
          new Problem(ErrorCode.NO_SPACE, targets.getFirst().noSpace(targets, size, usable)));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private String noSpace(List<OutputTarget> targets, long size, long usable) {
    boolean alone = targets.size() == 1;
    String replacing = "";
    if (targets.stream().anyMatch(target -> Files.exists(target.file))) {
      replacing =
          alone
              ? " (the file that it replaces stays until the new one is complete)"
              : " (files that are replaced stay until the new ones are complete)";
    }
    return given
        + (alone
            ? ": needs "
            : " and "
                + Amount.count(targets.size() - 1L, "other file", "other files")
                + ": need together ")
        + Amount.bytes(size)
        + " ("
        + size
        + " bytes), but '"
        + folder()
        + "' has "
        + Amount.bytes(usable)
        + " ("
        + usable
        + " bytes) free"
        + replacing
        + "; free some space or choose a folder on another disk.";
  }

  private static Optional<Problem> unwritable(String message) {
    return Optional.of(new Problem(ErrorCode.UNWRITABLE_OUTPUT, message));
  }
}
