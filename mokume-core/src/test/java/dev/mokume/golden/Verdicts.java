package dev.mokume.golden;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// What became of the cases of one suite. A case that nobody judged has failed: nothing is skipped.
final class Verdicts {
  private static final int LINES_OF_A_FAILURE = 4;
  private static final int LENGTH_OF_A_LINE = 400;

  private final String suite;
  private final SequencedMap<String, List<String>> differences = new LinkedHashMap<>();

  Verdicts(String suite, List<GoldenCase> cases) {
    this.suite = suite;
    for (GoldenCase goldenCase : cases) {
      if (differences.put(goldenCase.id(), List.of("the case was not run")) != null) {
        throw new AssertionError(suite + " has two cases " + goldenCase.id());
      }
    }
  }

  /// The case passed if `found` is empty.
  void judge(GoldenCase goldenCase, List<String> found) {
    if (differences.put(goldenCase.id(), List.copyOf(found)) == null) {
      throw new AssertionError(suite + " has no case " + goldenCase.id());
    }
  }

  void fail(GoldenCase goldenCase, String why) {
    judge(goldenCase, List.of(why));
  }

  /// The case was refused or not, as `refused` says; what it expects decides.
  void judgeRefusal(GoldenCase goldenCase, boolean refused) {
    boolean passed = refused || !goldenCase.mustBeRefused();
    judge(
        goldenCase,
        passed ? List.of() : List.of("expected to be refused as invalid input, but it ran"));
  }

  int passed() {
    return (int) differences.values().stream().filter(List::isEmpty).count();
  }

  int failed() {
    return differences.size() - passed();
  }

  /// A paragraph for each failure.
  List<String> failures() {
    List<String> failures = new ArrayList<>();
    differences.forEach((id, lines) -> {
      if (!lines.isEmpty()) {
        int shown = Math.min(lines.size(), LINES_OF_A_FAILURE);
        String more = lines.size() > shown ? "\n    and " + (lines.size() - shown) + " more" : "";
        String text =
            lines.stream()
                .limit(shown)
                .map(Verdicts::shortened)
                .collect(Collectors.joining("\n    "));
        failures.add(suite + " " + id + "\n    " + text + more);
      }
    });
    return failures;
  }

  private static String shortened(String line) {
    return line.length() <= LENGTH_OF_A_LINE ? line : line.substring(0, LENGTH_OF_A_LINE) + " ...";
  }

  /// `SUITE: N passed, N failed, N skipped`.
  String summary() {
    return suite + ": " + counts(passed(), failed());
  }

  static String counts(int passed, int failed) {
    return passed + " passed, " + failed + " failed, 0 skipped";
  }
}
