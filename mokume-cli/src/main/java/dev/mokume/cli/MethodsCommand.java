package dev.mokume.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume methods`
@Command(
    name = "methods",
    description = "Lists what --method can name, with its formula.",
    footer = {"", "Example:", "  mokume methods --json"})
final class MethodsCommand implements Callable<Integer> {
  private final Session session;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Mixin private final Help help = new Help();

  MethodsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (json) {
      Json.write(
          session.out(), out -> out.objects("methods", Method.known(), MethodsCommand::describe));
      return ExitCode.OK;
    }
    Table table = Table.of("method", "changes", "how");
    Method.known().forEach(method -> table.row(method.id(), method.reach(), method.formula()));
    table.print(session.out(), "");
    session.out().println();
    session
        .out()
        .println(
            "A and B are the models in the order given. 'mokume merge --help' explains the"
                + " options.");
    return ExitCode.OK;
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
