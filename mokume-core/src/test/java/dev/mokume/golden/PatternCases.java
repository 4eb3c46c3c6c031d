package dev.mokume.golden;

import dev.mokume.error.MokumeException;
import dev.mokume.method.LayerSelection;
import java.util.List;

/// The pattern matcher under the nodes that edit by layer names: which patterns match, and what each matches.
final class PatternCases implements CaseRunner {
  @Override
  public void run(GoldenSuite suite, List<GoldenCase> cases, Verdicts verdicts) {
    for (GoldenCase goldenCase : cases) {
      try {
        run(suite, goldenCase, verdicts);
      } catch (RuntimeException | AssertionError e) {
        verdicts.fail(goldenCase, e.toString());
      }
    }
  }

  private static void run(GoldenSuite suite, GoldenCase goldenCase, Verdicts verdicts) {
    String file = goldenCase.inputs().object("keys").text("keys_of");
    List<String> names = List.copyOf(suite.tensors(file).tensors().keySet());
    List<LayerSelection.Match> matches;
    try {
      matches =
          LayerSelection.parse(goldenCase.params().text("layers"), CaseInputs.compat(suite, goldenCase))
              .matches(names)
              .stream()
              .filter(match -> !match.names().isEmpty())
              .toList();
    } catch (MokumeException e) {
      if (goldenCase.expectsError()) {
        verdicts.judgeRefusal(goldenCase, true);
      } else {
        verdicts.fail(goldenCase, "refused: " + e.getMessage());
      }
      return;
    }
    if (goldenCase.expectsError()) {
      verdicts.judgeRefusal(goldenCase, false);
      return;
    }
    Fields expected = goldenCase.fields().object("expected_value");
    List<?> patterns = matches.stream().map(LayerSelection.Match::pattern).toList();
    List<?> selected = matches.stream().map(LayerSelection.Match::names).toList();
    boolean agrees =
        patterns.equals(expected.list("collected")) && selected.equals(expected.list("matched_per_target"));
    verdicts.judge(
        goldenCase,
        agrees ? List.of() : List.of("expected " + expected.values() + ", got " + patterns + " " + selected));
  }
}
