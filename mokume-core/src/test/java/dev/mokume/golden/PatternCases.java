package dev.mokume.golden;

import dev.mokume.method.LayerSelection;
import java.util.List;

/// The pattern matcher under the nodes that edit by layer names: which patterns match, and what
/// each matches.
final class PatternCases extends OneByOne {
  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    String file = goldenCase.inputs().object("keys").text("keys_of");
    List<String> names = List.copyOf(suite.tensors(file).tensors().keySet());
    List<LayerSelection.Match> matches =
        LayerSelection.parse(
                goldenCase.params().text("layers"), CaseInputs.compat(suite, goldenCase))
            .matches(names)
            .stream()
            .filter(match -> !match.names().isEmpty())
            .toList();
    List<?> patterns = matches.stream().map(LayerSelection.Match::pattern).toList();
    List<?> selected = matches.stream().map(LayerSelection.Match::names).toList();
    return () -> {
      Fields expected = goldenCase.fields().object("expected_value");
      boolean agrees =
          patterns.equals(expected.list("collected"))
              && selected.equals(expected.list("matched_per_target"));
      return agrees
          ? List.of()
          : List.of("expected " + expected.values() + ", got " + patterns + " " + selected);
    };
  }
}
