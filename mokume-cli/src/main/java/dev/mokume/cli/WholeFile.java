package dev.mokume.cli;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A text or a picture that is written in one go: the file appears whole or not at all.
record WholeFile(Path path, byte[] content, AtomicFileOutput.Options options) {
  /// What speaks against it, without writing anything; its folder is there.
  List<Problem> problems() {
    return AtomicFileOutput.problems(path, content.length, options);
  }

  void write() {
    try (AtomicFileOutput output = AtomicFileOutput.create(path, content.length, options);
        Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(content.length);
      MemorySegment.copy(MemorySegment.ofArray(content), 0, bytes, 0, content.length);
      output.write(0, bytes);
      output.commit();
    }
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
          "%s: its folder cannot be made (%s).".formatted(file, e.getClass().getSimpleName()),
          e);
    }
  }

  /// Makes one folder, in one that is there.
  static void makeFolder(Path folder) {
    try {
      Files.createDirectory(folder);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          "%s: the folder cannot be made (%s); make it first."
              .formatted(folder, e.getClass().getSimpleName()),
          e);
    }
  }

  /// Takes a folder away again that nothing came into.
  static void removeIfEmpty(Path folder) {
    try {
      Files.delete(folder);
    } catch (IOException e) {
      // It has something in it, and stays.
    }
  }
}
