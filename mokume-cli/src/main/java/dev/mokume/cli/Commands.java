package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/// Other programs that a measurement starts, and waits for.
final class Commands {
  private Commands() {}

  /// @throws MokumeException with what the command wrote to its error stream, if it fails
  static void run(List<String> command) {
    run(command, ProcessBuilder.Redirect.DISCARD);
  }

  /// What the command ends with, whatever it writes; nothing if it cannot be run.
  static OptionalInt code(List<String> command) {
    try {
      return OptionalInt.of(
          new ProcessBuilder(command)
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor());
    } catch (IOException e) {
      return OptionalInt.empty();
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /// What the command writes.
  static String output(List<String> command) {
    try {
      Path text = Files.createTempFile("mokume-bench", ".out");
      try {
        run(command, ProcessBuilder.Redirect.to(text.toFile()));
        return Files.readString(text, StandardCharsets.UTF_8);
      } finally {
        Files.deleteIfExists(text);
      }
    } catch (IOException e) {
      throw failed(command, e);
    }
  }

  private static void run(List<String> command, ProcessBuilder.Redirect output) {
    try {
      Path errors = Files.createTempFile("mokume-bench", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output)
                .redirectError(errors.toFile())
                .start();
        int code = process.waitFor();
        if (code != 0) {
          throw new MokumeException(
              ErrorCode.IO_FAILED,
              "'"
                  + String.join(" ", command)
                  + "' ended with "
                  + code
                  + ": "
                  + Files.readString(errors).strip());
        }
      } finally {
        Files.deleteIfExists(errors);
      }
    } catch (IOException e) {
      throw failed(command, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static MokumeException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new MokumeException(ErrorCode.CANCELLED, "the measurement was interrupted.", e);
  }

  private static MokumeException failed(List<String> command, IOException e) {
    return new MokumeException(
        ErrorCode.IO_FAILED,
        "'" + command.getFirst() + "' cannot be run: " + Reason.of(e) + ".",
        e);
  }
}
