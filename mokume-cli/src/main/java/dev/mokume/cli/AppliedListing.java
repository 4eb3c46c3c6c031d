package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Lists and explains the methods of [dev.mokume.plugin], from what they say about themselves.
///
/// @param methods Mokume's and those of plugins
record AppliedListing(Session session, MergeMethods methods) {
  /// Of every method that has numbers.
  static final String CURVES =
      "Any number may differ from tensor to tensor: --mbw, --gradient, --elemental, --ratio-for.";

  private static String id(MethodInfo info) {
    return info.name().replace('_', '-');
  }

  void list() {
    Table table = Table.of("method", "how; --set gives its parameters");
    methods.all().forEach(method -> table.row(id(method.info()), method.info().formula()));
    table.print(session.out(), "");
  }

  /// @throws MokumeException `INVALID_RECIPE` for an unknown name; the message offers the nearest
  void explain(String name, boolean json) {
    MethodInfo info =
        methods
            .named(name)
            .map(MergeMethod::info)
            .orElseThrow(() ->
                new MokumeException(
                    ErrorCode.INVALID_RECIPE,
                    Problems.unknown("there is no method", name, allIds())
                        + " 'mokume methods' explains them."));
    if (json) {
      Json.write(session.out(), out -> describe(out, info));
    } else {
      explain(info);
    }
  }

  private List<String> allIds() {
    List<String> ids = new ArrayList<>(Method.ids());
    methods.all().forEach(method -> ids.add(id(method.info())));
    return ids;
  }

  private void explain(MethodInfo info) {
    Table facts = Table.of("", "");
    facts.row("method", id(info));
    facts.row("makes", info.formula());
    facts.row("models", models(info));
    facts.row("source", info.source());
    facts.print(session.out(), "");
    session.out().println();
    Table table = Table.of("parameter", "value", "if not given", "what it is");
    for (Parameter parameter : info.parameters()) {
      table.row(parameter.name(), values(parameter), otherwise(parameter), parameter.about());
    }
    table.print(session.out(), "");
    session.out().println();
    session.out().println("Example:");
    session.out().println("  " + example(info));
  }

  private static String models(MethodInfo info) {
    String count =
        info.models().names().isEmpty()
            ? info.models().least() + " or more"
            : String.valueOf(info.models().least());
    return count + (info.models().onDeltas() ? ", and --base" : "");
  }

  private static String example(MethodInfo info) {
    String models =
        IntStream.range(0, info.models().least())
            .mapToObj(i -> " " + (char) ('a' + i))
            .collect(Collectors.joining());
    String base = info.models().onDeltas() ? " --base base" : "";
    String parameter =
        info.parameters().isEmpty()
            ? ""
            : " --set "
                + info.parameters().getFirst().name()
                + "="
                + otherwise(info.parameters().getFirst());
    return "mokume merge --method " + id(info) + models + base + parameter + " -o out.safetensors";
  }

  private static String values(Parameter parameter) {
    return switch (parameter) {
      case Parameter.Real real -> real.least() + ".." + real.most();
      case Parameter.Whole whole ->
          whole.least() == Long.MIN_VALUE
              ? "any whole number"
              : whole.least() + ".." + whole.most() + ", whole";
      case Parameter.Flag _ -> "true, false";
      case Parameter.Choice choice -> String.join(", ", choice.values());
    };
  }

  private static String otherwise(Parameter parameter) {
    return switch (parameter) {
      case Parameter.Real real -> String.valueOf(real.otherwise());
      case Parameter.Whole whole -> String.valueOf(whole.otherwise());
      case Parameter.Flag flag -> String.valueOf(flag.otherwise());
      case Parameter.Choice choice -> choice.values().getFirst();
    };
  }

  void describe(Json out) {
    out.objects("withParameters", methods.all(), (item, method) -> describe(item, method.info()));
  }

  private static void describe(Json item, MethodInfo info) {
    item.text("id", id(info));
    item.text("formula", info.formula());
    item.text("source", info.source());
    item.number("fewestModels", info.models().least());
    item.objects(
        "parameters",
        info.parameters(),
        (entry, parameter) -> {
          entry.text("name", parameter.name());
          entry.text("values", values(parameter));
          entry.text("default", otherwise(parameter));
          entry.text("about", parameter.about());
        });
  }
}
