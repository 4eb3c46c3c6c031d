package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.util.List;

/// Tells a failure, to a person or as JSON, and gives the exit code for it.
final class ErrorReport {
  private final Session session;
  private final boolean json;

  ErrorReport(Session session, boolean json) {
    this.session = session;
    this.json = json;
  }

  /// The command line cannot be understood. `command` is as people type it: `mokume merge`.
  int usage(String command, String message) {
    if (!isWritten("USAGE", ExitCode.USAGE, List.of(message))) {
      session.err().println(command + ": " + message);
      session.err().println("Try '" + command + " --help'.");
    }
    return ExitCode.USAGE;
  }

  /// Something that the user can put right.
  int failed(MokumeException failure) {
    return failed(failure.problems());
  }

  /// As [#failed(MokumeException)], for the problems of a plan. The first one decides the exit
  /// code.
  int failed(List<Problem> problems) {
    ErrorCode code = problems.getFirst().code();
    List<String> messages = problems.stream().map(Problem::message).toList();
    if (isWritten(code.name(), ExitCode.of(code), messages)) {
      return ExitCode.of(code);
    }
    if (problems.size() > 1) {
      session.err().println("mokume: " + problems.size() + " problems; nothing was written.");
    }
    for (Problem problem : problems) {
      session.err().println((problems.size() > 1 ? "  - " : "mokume: ") + problem.message());
    }
    return ExitCode.of(code);
  }

  /// What nobody has foreseen. Only a bug prints a stack trace; a heap that is too small is none.
  int unforeseen(Throwable failure) {
    return failure instanceof OutOfMemoryError ? failed(List.of(heapTooSmall())) : bug(failure);
  }

  private static Problem heapTooSmall() {
    return new Problem(
        ErrorCode.MEMORY_BUDGET,
        "a heap of "
            + (Runtime.getRuntime().maxMemory() >> 20)
            + " MiB does not hold the plan, names and vocabularies of this command. What it was"
            + " writing is left out; give it more: a larger --memory, of which it is a part, or"
            + " MOKUME_JAVA_OPTIONS=-Xmx1g.");
  }

  private int bug(Throwable bug) {
    boolean _ = isWritten("BUG", ExitCode.BUG, List.of("this is a bug of Mokume: " + bug));
    session
        .err()
        .println(
            "mokume: this is a bug of Mokume, not of your files or of your command. No output was"
                + " written.");
    session
        .err()
        .println(
            "Please report it with the command you ran, '" + Version.line() + "' and these lines:");
    session.err().println();
    bug.printStackTrace(session.err());
    return ExitCode.BUG;
  }

  /// Tells it as JSON, if that is wanted and arrives; what does not is to be told in words.
  private boolean isWritten(String code, int exitCode, List<String> messages) {
    if (!json) {
      return false;
    }
    try {
      Json.write(
          session.out(),
          document ->
              document.object(
                  "error",
                  error -> {
                    error.text("code", code);
                    error.number("exitCode", exitCode);
                    error.texts("messages", messages);
                  }));
    } catch (MokumeException e) {
      // The standard output itself has failed.
      return false;
    }
    return !session.out().checkError();
  }
}
