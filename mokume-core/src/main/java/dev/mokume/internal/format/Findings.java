package dev.mokume.internal.format;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.List;

/// What was found wrong with one checkpoint: the first ten problems, and how many more there are,
/// since a damaged header can hold 50,000 of them.
public final class Findings {
  private static final int MOST = 10;

  private final String name;
  private final List<Problem> problems = new ArrayList<>();
  private long more;

  public Findings(String name) {
    this.name = name;
  }

  /// Adds that the checkpoint's `what`.
  public void add(String what) {
    add(new Problem(ErrorCode.MALFORMED_CHECKPOINT, name + ": " + what));
  }

  public void add(Problem problem) {
    if (problems.size() < MOST) {
      problems.add(problem);
    } else {
      more++;
    }
  }

  public void throwIfAny() {
    if (problems.isEmpty()) {
      return;
    }
    if (more > 0) {
      problems.add(
          new Problem(
              ErrorCode.MALFORMED_CHECKPOINT,
              name
                  + ": has "
                  + Amount.count(more, "more problem", "more problems")
                  + " of these kinds."));
    }
    throw new MokumeException(problems);
  }

  public static MokumeException malformed(String name, String what) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, name + ": " + what);
  }
}
