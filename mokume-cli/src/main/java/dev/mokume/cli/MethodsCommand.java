package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plugin.MergeMethod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume methods`
@Command(
    name = "methods",
    description =
        "Lists what --method can name, with formula, options, their defaults and source; or"
            + " explains one of them.",
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
    List<MethodGuide> guides = guides(plugins.methods().all());
    if (name.isPresent()) {
      MethodGuide guide = named(guides, name.get());
      if (json) {
        Json.write(session.out(), out -> describe(out, guide));
      } else {
        guide.explain(session.out());
      }
    } else if (json) {
      Json.write(session.out(), out -> out.objects("methods", guides, MethodsCommand::describe));
    } else {
      list(guides);
    }
    return ExitCode.OK;
  }

  /// Of every method, family by family.
  ///
  /// @param applied those with parameters
  static List<MethodGuide> guides(List<MergeMethod> applied) {
    List<MethodGuide> guides = new ArrayList<>();
    Method.known().forEach(method -> guides.add(MethodGuide.of(method)));
    applied.forEach(method -> guides.add(MethodGuide.of(method.info())));
    List<String> families = guides.stream().map(MethodGuide::family).distinct().toList();
    return families.stream()
        .flatMap(family -> guides.stream().filter(guide -> guide.family().equals(family)))
        .toList();
  }

  private static MethodGuide named(List<MethodGuide> guides, String name) {
    String id = name.strip().replace('_', '-');
    return guides.stream()
        .filter(guide -> guide.id().equalsIgnoreCase(id))
        .findFirst()
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.INVALID_RECIPE,
                Problems.unknown(
                        "there is no method", name, guides.stream().map(MethodGuide::id).toList())
                    + " 'mokume methods' explains them."));
  }

  private void list(List<MethodGuide> guides) {
    String family = "";
    for (MethodGuide guide : guides) {
      if (!guide.family().equals(family)) {
        family = guide.family();
        session.out().println(family);
        session.out().println();
      }
      guide.list(session.out());
      session.out().println();
    }
    session
        .out()
        .println(
            "A and B are the models in the order given. 'mokume methods NAME' explains one, 'mokume"
                + " merge --help' the options.");
  }

  private static void describe(Json item, MethodGuide guide) {
    item.text("id", guide.id());
    item.text("family", guide.family());
    item.text("formula", guide.formula());
    item.text("words", guide.words());
    item.text("changes", guide.changes().isEmpty() ? "the whole model" : guide.changes());
    item.text("models", guide.models());
    item.objects(
        "options",
        guide.choices(),
        (option, choice) -> {
          option.text("name", choice.name());
          option.text("default", choice.otherwise());
          option.text("values", choice.values());
          option.text("about", choice.about());
        });
    item.text("source", guide.source());
    item.text("example", guide.example());
  }
}
