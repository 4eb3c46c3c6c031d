package dev.mokume.cli;

import dev.mokume.Cancellation;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/// One run of a command in this process: its exit code and everything it said.
record Run(int code, String out, String err) {
  static Run of(Object... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Session session = session(new PrintWriter(out), new PrintWriter(err));
    String[] words = new String[arguments.length];
    for (int i = 0; i < words.length; i++) {
      words[i] = arguments[i].toString();
    }
    int code = Cli.run(session, words);
    return new Run(code, lines(out), lines(err));
  }

  /// As [#of], the arguments in one string, separated by blanks.
  static Run line(String arguments) {
    return of((Object[]) arguments.split(" "));
  }

  static Session session(PrintWriter out, PrintWriter err) {
    return new Session(out, err, false, false, new Cancellation(), home(), OptionalLong.empty());
  }

  /// The folder of the whole project, which has the samples.
  private static Optional<Path> home() {
    return Optional.of(Path.of("..").toAbsolutePath().normalize());
  }

  private static String lines(StringWriter text) {
    return text.toString().replace(System.lineSeparator(), "\n");
  }
}
