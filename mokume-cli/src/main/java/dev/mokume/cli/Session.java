package dev.mokume.cli;

import dev.mokume.Cancellation;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/// What a command talks to, and what it may know of its surroundings.
///
/// @param out results, nothing else
/// @param err words for people: progress, warnings, errors
/// @param interactive whether a person watches `err`
/// @param colour whether `out` and `err` may carry colours
/// @param cancellation set when the process was asked to stop
/// @param home the folder that Mokume was started from, with its `samples`
/// @param memory the budget in bytes that the launcher sized the JVM for
record Session(
    PrintWriter out,
    PrintWriter err,
    boolean interactive,
    boolean colour,
    Cancellation cancellation,
    Optional<Path> home,
    OptionalLong memory) {

  /// The session of this process.
  static Session ofProcess() {
    boolean interactive = isTerminal(2);
    String noColour = System.getenv("NO_COLOR");
    boolean colour = interactive && isTerminal(1) && (noColour == null || noColour.isEmpty());
    return new Session(
        writer(new StandardOutput(new FileOutputStream(FileDescriptor.out))),
        writer(new FileOutputStream(FileDescriptor.err)),
        interactive,
        colour,
        new Cancellation(),
        Optional.ofNullable(System.getProperty("mokume.home"))
            .filter(home -> !home.isBlank())
            .map(Path::of),
        memoryProperty());
  }

  /// The same for words that names may stand in, which a terminal is not to obey.
  Session printable() {
    return new Session(
        new PrintWriter(new PrintableWriter(out)),
        new PrintWriter(new PrintableWriter(err)),
        interactive,
        colour,
        cancellation,
        home,
        memory);
  }

  /// The same, but silent.
  Session silent() {
    PrintWriter nowhere = new PrintWriter(PrintWriter.nullWriter());
    return new Session(nowhere, nowhere, false, false, cancellation, home, memory);
  }

  void flush() {
    out.flush();
    err.flush();
  }

  private static OptionalLong memoryProperty() {
    try {
      return OptionalLong.of(Long.parseLong(System.getProperty("mokume.memory", "")));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static PrintWriter writer(OutputStream to) {
    return new PrintWriter(new OutputStreamWriter(to, StandardCharsets.UTF_8), false);
  }

  /// Java only tells whether both ends of the console are terminals; `mokume merge | tee log` still
  /// has a person at `err`.
  private static boolean isTerminal(int descriptor) {
    Path link = Path.of("/proc/self/fd/" + descriptor);
    try {
      if (Files.isSymbolicLink(link)) {
        String target = Files.readSymbolicLink(link).toString();
        return target.startsWith("/dev/pts/")
            || target.startsWith("/dev/tty")
            || target.equals("/dev/console");
      }
    } catch (IOException e) {
      return false;
    }
    return System.console() != null && System.console().isTerminal();
  }
}
