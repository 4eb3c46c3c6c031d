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

/// Other programs that a measurement starts, and waits for.
final class Commands {
  private Commands() {}

  /// @throws MokumeException with what the command wrote to its error stream, if it fails
  static void run(List<String> command) {
    run(command, ProcessBuilder.Redirect.DISCARD);
  }

  /// Whether the command is there, and ends well.
  static boolean works(List<String> command) {
    try {
      run(command);
      return true;
    } catch (MokumeException e) {
      if (e.code() == ErrorCode.CANCELLED) {
        throw e;
      }
      return false;
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
      Thread.currentThread().interrupt();
      throw new MokumeException(ErrorCode.CANCELLED, "the measurement was interrupted.", e);
    }
  }

  private static MokumeException failed(List<String> command, IOException e) {
    return new MokumeException(
        ErrorCode.IO_FAILED,
        "'" + command.getFirst() + "' cannot be run: " + Reason.of(e) + ".",
        e);
  }
}
