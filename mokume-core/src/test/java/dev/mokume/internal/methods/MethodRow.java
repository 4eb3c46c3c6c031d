package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import java.util.stream.Collectors;

/// A method's row in the table of `docs/methods.md`.
final class MethodRow {
  private MethodRow() {}

  static String of(MethodInfo info) {
    String models =
        info.models().names().isEmpty()
            ? "%s or more".formatted(info.models().least())
            : String.join(", ", info.models().names());
    String base = info.models().onDeltas() ? "; base, scale 1" : "";
    String parameters =
        info.parameters().stream().map(MethodRow::of).collect(Collectors.joining("; "));
    return "| `%s` | %s | %s%s | %s | %s |\n"
        .formatted(
            info.name().replace('_', '-'),
            info.formula().replace("|", "\\|"),
            models,
            base,
            parameters,
            info.source());
  }

  private static String of(Parameter parameter) {
    String values =
        switch (parameter) {
          case Parameter.Real real ->
              "%s, %s..%s".formatted(real.otherwise(), real.least(), real.most());
          case Parameter.Whole whole -> String.valueOf(whole.otherwise());
          case Parameter.Flag flag -> String.valueOf(flag.otherwise());
          case Parameter.Choice choice -> String.join(", ", choice.values());
        };
    return "`%s` (%s): %s".formatted(parameter.name(), values, parameter.about());
  }
}
