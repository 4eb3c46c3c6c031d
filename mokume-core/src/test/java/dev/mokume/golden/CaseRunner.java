package dev.mokume.golden;

import java.util.List;

/// Runs cases of one kind through Mokume.
interface CaseRunner {
  /// Judges each of `cases`, all of `suite`.
  void run(GoldenSuite suite, List<GoldenCase> cases, Verdicts verdicts);
}
