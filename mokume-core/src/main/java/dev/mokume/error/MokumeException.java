package dev.mokume.error;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Something that the user or the caller can put right. It carries every problem that was found,
/// not only the first.
///
/// Its message is the problems' messages, a line each. Anything else that Mokume throws is a bug of
/// Mokume.
public final class MokumeException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final transient List<Problem> problems;
  private final ErrorCode code;

  public MokumeException(ErrorCode code, String message) {
    this(List.of(new Problem(code, message)), null);
  }

  public MokumeException(ErrorCode code, String message, @Nullable Throwable cause) {
    this(List.of(new Problem(code, message)), cause);
  }

  public MokumeException(List<Problem> problems) {
    this(problems, null);
  }

  private MokumeException(List<Problem> problems, @Nullable Throwable cause) {
    super(problems.stream().map(Problem::message).collect(Collectors.joining("\n")), cause);
    this.problems = List.copyOf(problems);
    this.code = this.problems.getFirst().code();
  }

  /// The category of the first problem.
  public ErrorCode code() {
    return code;
  }

  /// Every problem found, never empty.
  public List<Problem> problems() {
    return problems;
  }
}
