package dev.mokume.cli;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// What `mokume methods` says of a method, and `docs/methods.md` after it.
///
/// @param id as people type it
/// @param family under what it is listed
/// @param formula what becomes of an element
/// @param words what that does to a model, in plain words; may be empty
/// @param changes which components, in words; empty for the whole model
/// @param models how many it takes
/// @param choices its options or parameters
/// @param hasNumbers whether one of those is a number, which may differ from tensor to tensor
/// @param source a paper or a tool
/// @param example a command
record MethodGuide(
    String id,
    String family,
    String formula,
    String words,
    String changes,
    String models,
    List<Choice> choices,
    boolean hasNumbers,
    String source,
    String example) {
  private static final String WITH_PARAMETERS = "With parameters, each given with --set NAME=VALUE";

  /// Of every method that has numbers.
  private static final String CURVES =
      "Any number may differ from tensor to tensor: --mbw, --gradient, --elemental, --ratio-for.";

  MethodGuide {
    choices = List.copyOf(choices);
  }

  /// An option or a parameter.
  ///
  /// @param name as people type it
  /// @param otherwise what it is if it is not given
  /// @param values what it may be; may be empty
  /// @param about what it does; empty where the help of `mokume merge` says it
  record Choice(String name, String otherwise, String values, String about) {
    private static Choice of(MethodOption option, String text) {
      int end = text.indexOf("; ");
      return new Choice(
          option.text(),
          end < 0 ? text : text.substring(0, end),
          end < 0 ? "" : text.substring(end + 2),
          "");
    }

    private static Choice of(Parameter parameter) {
      return switch (parameter) {
        case Parameter.Real(var name, var otherwise, var least, var most, var about) ->
            new Choice(name, String.valueOf(otherwise), least + ".." + most, about);
        case Parameter.Whole(var name, var otherwise, var least, var most, var about) ->
            new Choice(
                name,
                String.valueOf(otherwise),
                least == Long.MIN_VALUE ? "any whole number" : least + ".." + most + ", whole",
                about);
        case Parameter.Flag(var name, var otherwise, var about) ->
            new Choice(name, String.valueOf(otherwise), "true, false", about);
        case Parameter.Choice(var name, var values, var about) ->
            new Choice(name, values.getFirst(), String.join(", ", values), about);
      };
    }

    private boolean isNone() {
      return otherwise.equals(Method.NONE);
    }

    /// `--alpha 0.5`
    private String brief() {
      return isNone() ? name : name + " " + otherwise;
    }

    private String markdown() {
      String value = isNone() ? "" : " " + escaped(otherwise);
      String allowed = values.isEmpty() ? "" : " (" + escaped(values) + ")";
      return "`" + name + "`" + value + allowed + (about.isEmpty() ? "" : ": " + escaped(about));
    }
  }

  static MethodGuide of(Method method) {
    String count =
        method.fewestModels() == method.mostModels()
            ? String.valueOf(method.fewestModels())
            : method.fewestModels() + " or more";
    String base =
        method.needsBase()
            ? ", and --base"
            : method.options().contains(MethodOption.BASE) ? ", with or without --base" : "";
    List<Choice> choices = new ArrayList<>();
    method.defaults().forEach((option, text) -> choices.add(Choice.of(option, text)));
    return new MethodGuide(
        method.id(),
        method.family(),
        method.formula(),
        method.words(),
        method.isOfWhole() ? "" : method.reach(),
        count + base,
        choices,
        method.takesCurves(),
        method.source(),
        method.example());
  }

  private static boolean isNumber(Parameter parameter) {
    return switch (parameter) {
      case Parameter.Real _ -> true;
      case Parameter.Whole whole -> !whole.name().equals(Parameter.SEED);
      case Parameter.Flag _, Parameter.Choice _ -> false;
    };
  }

  static MethodGuide of(MethodInfo info) {
    String id = info.name().replace('_', '-');
    List<String> names = info.models().names();
    List<Choice> choices = info.parameters().stream().map(Choice::of).toList();
    boolean onDeltas = info.models().onDeltas();
    String example =
        "mokume merge --method "
            + id
            + IntStream.range(0, info.models().least())
                .mapToObj(i -> " " + (char) ('a' + i))
                .collect(Collectors.joining())
            + (onDeltas ? " --base base" : "")
            + choices.stream()
                .limit(1)
                .map(choice -> " --set " + choice.name() + "=" + choice.otherwise())
                .collect(Collectors.joining())
            + " -o out.safetensors";
    return new MethodGuide(
        id,
        WITH_PARAMETERS,
        info.formula(),
        "",
        "",
        (names.isEmpty() ? info.models().least() + " or more" : String.valueOf(names.size()))
            + (onDeltas ? ", and --base" : ""),
        choices,
        info.parameters().stream().anyMatch(MethodGuide::isNumber),
        info.source(),
        example);
  }

  /// All that `mokume methods NAME` says.
  void explain(PrintWriter out) {
    Table facts = Table.of("", "");
    facts.row("method", id);
    row(facts, "makes", formula);
    row(facts, "that is", words);
    row(facts, "changes", changes.isEmpty() ? "the whole model" : changes);
    row(facts, "models", models);
    row(facts, "source", source);
    facts.print(out, "");
    out.println();
    if (!choices.isEmpty()) {
      table().print(out, "");
      out.println();
    }
    if (hasNumbers) {
      out.println(CURVES);
      out.println();
    }
    out.println("Example:");
    out.println("  " + example);
  }

  /// A row of as many lines as the text needs.
  private static void row(Table facts, String title, String text) {
    if (!text.isEmpty()) {
      List<String> lines = WrappedText.lines(text, WrappedText.WIDTH - "changes  ".length());
      facts.row(title, lines.getFirst());
      lines.stream().skip(1).forEach(line -> facts.row("", line));
    }
  }

  private Table table() {
    if (choices.stream().allMatch(choice -> choice.about().isEmpty())) {
      Table table = Table.of("option", "if not given", "may be");
      choices.forEach(choice -> table.row(choice.name(), choice.otherwise(), choice.values()));
      return table;
    }
    Table table = Table.of("parameter", "if not given", "may be", "what it is");
    choices.forEach(
        choice -> table.row(choice.name(), choice.otherwise(), choice.values(), choice.about()));
    return table;
  }

  /// What the list of all methods says.
  void list(PrintWriter out) {
    out.println("  " + id + (changes.isEmpty() ? "" : "  (changes " + changes + ")"));
    indented(out, formula);
    indented(out, choices.stream().map(Choice::brief).collect(Collectors.joining(", ")));
    indented(out, source);
  }

  private static void indented(PrintWriter out, String text) {
    if (!text.isEmpty()) {
      String indent = " ".repeat(6);
      WrappedText.lines(text, WrappedText.WIDTH - indent.length())
          .forEach(line -> out.println(indent + line));
    }
  }

  /// The row of a table in `docs/methods.md`.
  String markdown() {
    return "| `%s` | %s%s | %s%s | %s | %s |"
        .formatted(
            id,
            escaped(formula),
            words.isEmpty() ? "" : ". *" + escaped(words) + "*",
            models,
            changes.isEmpty() ? "" : "; changes " + changes,
            choices.stream().map(Choice::markdown).collect(Collectors.joining("; ")),
            escaped(source));
  }

  private static String escaped(String text) {
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "\\<");
  }
}
