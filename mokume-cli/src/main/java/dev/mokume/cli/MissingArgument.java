package dev.mokume.cli;

/// What a command cannot do without was left out: the command line cannot be understood, as when
/// picocli itself misses an argument.
final class MissingArgument extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// @param message what to say, as in `say where to write the result: -o OUT`
  MissingArgument(String message) {
    super(message);
  }
}
