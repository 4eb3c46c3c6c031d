package dev.mokume.cli;

import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume methods`
@Command(
    name = "methods",
    description = "Lists what --method can name, with its formula; or explains one of them.",
    footer = {
      "",
      "Examples:",
      "  mokume methods",
      "  mokume methods ties",
      "  mokume methods --json"
    })
final class MethodsCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(arity = "0..1", paramLabel = "NAME", description = "The method to explain.")
  private Optional<String> name = Optional.empty();

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Mixin private final PluginFlags plugins = new PluginFlags();

  @Mixin private final Help help = new Help();

  MethodsCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    AppliedListing applied = new AppliedListing(session, plugins.methods());
    if (name.isPresent() && !Method.isKnown(name.get())) {
      applied.explain(name.get(), json);
    } else if (name.isPresent()) {
      Method method = Method.parse(name.get());
      if (json) {
        Json.write(session.out(), out -> describe(out, method));
      } else {
        explain(method);
      }
    } else if (json) {
      Json.write(
          session.out(),
          out -> {
            out.objects("methods", Method.known(), MethodsCommand::describe);
            applied.describe(out);
          });
    } else {
      list(applied);
    }
    return ExitCode.OK;
  }

  private void list(AppliedListing applied) {
    Table table = Table.of("method", "changes", "how");
    Method.known().forEach(method -> table.row(method.id(), method.reach(), method.formula()));
    table.print(session.out(), "");
    session.out().println();
    applied.list();
    session.out().println();
    session
        .out()
        .println(
            "A and B are the models in the order given. 'mokume methods NAME' explains one, 'mokume"
                + " merge --help' the options.");
  }

  private void explain(Method method) {
    Table facts = Table.of("", "");
    facts.row("method", method.id());
    facts.row("makes", method.formula());
    facts.row("changes", method.reach());
    facts.row("models", models(method));
    facts.row("source", method.source());
    facts.print(session.out(), "");
    session.out().println();
    Table options = Table.of("option", "if not given");
    method.defaults().forEach((option, otherwise) -> options.row(option.text(), otherwise));
    options.print(session.out(), "");
    session.out().println();
    if (method.takesCurves()) {
      session.out().println(AppliedListing.CURVES);
      session.out().println();
    }
    session.out().println("Example:");
    session.out().println("  " + method.example());
  }

  private static String models(Method method) {
    String base = method.options().contains(MethodOption.BASE) ? ", and --base" : "";
    return method.fewestModels() == method.mostModels()
        ? method.fewestModels() + base
        : method.fewestModels() + " or more" + base;
  }

  private static void describe(Json item, Method method) {
    item.text("id", method.id());
    item.text("changes", method.reach());
    item.text("formula", method.formula());
    item.number("fewestModels", method.fewestModels());
    item.number("mostModels", method.mostModels());
    item.texts("options", method.options().stream().sorted().map(MethodOption::text).toList());
    item.objects(
        "defaults",
        method.defaults().entrySet(),
        (option, entry) -> {
          option.text("option", entry.getKey().text());
          option.text("default", entry.getValue());
        });
    item.text("source", method.source());
    item.text("example", method.example());
  }
}
