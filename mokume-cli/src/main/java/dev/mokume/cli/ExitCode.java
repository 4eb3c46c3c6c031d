package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import java.util.List;

/// The exit codes of `mokume`; `docs/exit-codes.md` tells them to users.
final class ExitCode {
  static final int OK = 0;

  /// A failure that is Mokume's own fault.
  static final int BUG = 1;

  /// The command line itself is wrong.
  static final int USAGE = 2;

  private ExitCode() {}

  /// That of the first problem; [#OK] if there is none.
  static int of(List<Problem> problems) {
    return problems.isEmpty() ? OK : of(problems.getFirst().code());
  }

  /// A new category breaks the build here until someone decides.
  static int of(ErrorCode code) {
    return switch (code) {
      case INVALID_RECIPE -> 3;
      case MALFORMED_CHECKPOINT -> 4;
      case UNREADABLE_INPUT -> 5;
      case UNSUPPORTED_CHECKPOINT -> 6;
      case MISMATCHED_INPUTS -> 7;
      case NON_FINITE_WEIGHTS -> 8;
      case UNWRITABLE_OUTPUT -> 9;
      case NO_SPACE -> 10;
      case MEMORY_BUDGET -> 11;
      case INPUT_CHANGED -> 12;
      case IO_FAILED -> 13;
      case CANCELLED -> 14;
      case UNSUPPORTED_PROCESSOR -> 15;
    };
  }
}
