package dev.mokume.cli;

import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume methods`
@Command(
    name = "methods",
    description = "Lists what --method can name, with its formula.",
    footer = {"", "Examples:", "  mokume methods crossover", "  mokume methods --json"})
final class MethodsCommand implements Callable<Integer> {
  private final Session session;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAME",
      description = "The one method to explain, with its parameters.")
  private Optional<String> name = Optional.empty();

  @Mixin private final PluginFlags plugins = new PluginFlags();

  @Mixin private final Help help = new Help();

  MethodsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    MergeMethods methods = plugins.methods();
    if (name.isPresent() && !Method.isKnown(name.get())) {
      explain(methods.get(name.get()).info());
      return ExitCode.OK;
    }
    if (json) {
      Json.write(
          session.out(),
          out -> {
            out.objects("methods", Method.known(), MethodsCommand::describe);
            out.objects("applied", methods.all(), MethodsCommand::describe);
          });
      return ExitCode.OK;
    }
    Table table = Table.of("method", "changes", "how");
    Method.known().stream()
        .filter(method -> name.isEmpty() || method.equals(Method.parse(name.get())))
        .forEach(method -> table.row(method.id(), method.reach(), method.formula()));
    table.print(session.out(), "");
    if (name.isEmpty()) {
      session.out().println();
      Table more = Table.of("method", "how; parameters by --set, 'mokume methods NAME' lists them");
      methods.all().forEach(method -> more.row(id(method.info()), method.info().formula()));
      more.print(session.out(), "");
    }
    session.out().println();
    session
        .out()
        .println(
            "A and B are the models in the order given. 'mokume merge --help' explains the"
                + " options.");
    return ExitCode.OK;
  }

  private static String id(MethodInfo info) {
    return info.name().replace('_', '-');
  }

  private void explain(MethodInfo info) {
    session.out().println(id(info) + ": " + info.formula());
    session.out().println("Source: " + info.source());
    session.out().println();
    Table table = Table.of("parameter", "value", "default", "what it does");
    for (Parameter parameter : info.parameters()) {
      table.row(parameter.name(), values(parameter), otherwise(parameter), parameter.about());
    }
    table.print(session.out(), "");
    session.out().println();
    session
        .out()
        .println(
            "Example: mokume merge --method "
                + id(info)
                + models(info)
                + (info.models().onDeltas() ? " --base base.safetensors" : "")
                + " -o out.safetensors");
  }

  private static String models(MethodInfo info) {
    return IntStream.range(0, info.models().least())
        .mapToObj(i -> " " + (char) ('a' + i) + ".safetensors")
        .collect(Collectors.joining());
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

  private static void describe(Json item, MergeMethod method) {
    MethodInfo info = method.info();
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

  private static void describe(Json item, Method method) {
    item.text("id", method.id());
    item.text("changes", method.reach());
    item.text("formula", method.formula());
    item.number("fewestModels", method.fewestModels());
    item.number("mostModels", method.mostModels());
    item.texts("options", method.options().stream().sorted().map(MethodOption::text).toList());
  }
}
