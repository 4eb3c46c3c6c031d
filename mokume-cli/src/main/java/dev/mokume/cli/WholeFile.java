package dev.mokume.cli;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/// A text or a picture that is written in one go: the file appears whole or not at all.
record WholeFile(Path path, byte[] content, AtomicFileOutput.Options options) {
  /// What speaks against it, without writing anything; its folder is there.
  List<Problem> problems() {
    return AtomicFileOutput.problems(path, content.length, options);
  }

  void write() {
    AtomicFileOutput.write(path, content, options);
  }

  /// Makes the folder that a file is to lie in, and those above it.
  static void createFolder(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          "%s: its folder cannot be made (%s).".formatted(file, Reason.of(e)),
          e);
    }
  }

  /// Does work that writes into a folder, which is made if it is not there, and taken away again if
  /// nothing came into it.
  static <T> T inFolder(Path folder, Supplier<T> work) {
    if (Files.isDirectory(folder)) {
      return work.get();
    }
    if (Files.exists(folder)) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          folder + ": is a file, but the output is a folder; choose another name.");
    }
    makeFolder(folder);
    try {
      return work.get();
    } catch (MokumeException e) {
      removeIfEmpty(folder);
      throw e;
    }
  }

  /// Makes one folder, in one that is there.
  private static void makeFolder(Path folder) {
    try {
      Files.createDirectory(folder);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          "%s: the folder cannot be made (%s); make it first.".formatted(folder, Reason.of(e)),
          e);
    }
  }

  /// Takes a folder away again that nothing came into.
  private static void removeIfEmpty(Path folder) {
    try {
      Files.delete(folder);
    } catch (IOException e) {
      // It has something in it, and stays.
    }
  }
}
