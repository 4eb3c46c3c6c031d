package dev.mokume.golden;

import dev.mokume.error.MokumeException;
import java.util.List;

/// Runs and judges each case by itself.
abstract class OneByOne implements CaseRunner {
  /// Compares what a case gave with what it expects.
  interface Comparison {
    /// Everything that differs, a line each.
    List<String> differences();
  }

  /// Runs the product.
  ///
  /// @throws MokumeException if it refuses the input
  abstract Comparison run(GoldenSuite suite, GoldenCase goldenCase);

  @Override
  public final void run(GoldenSuite suite, List<GoldenCase> cases, Verdicts verdicts) {
    for (GoldenCase goldenCase : cases) {
      try {
        Comparison comparison = run(suite, goldenCase);
        if (goldenCase.expectsError()) {
          verdicts.judgeRefusal(goldenCase, false);
        } else {
          verdicts.judge(goldenCase, comparison.differences());
        }
      } catch (MokumeException e) {
        if (goldenCase.expectsError()) {
          verdicts.judgeRefusal(goldenCase, true);
        } else {
          verdicts.fail(goldenCase, "refused: " + e.getMessage());
        }
      } catch (RuntimeException | AssertionError e) {
        verdicts.fail(
            goldenCase, e + " at " + (e.getStackTrace().length > 0 ? e.getStackTrace()[0] : "?"));
      }
    }
  }
}
