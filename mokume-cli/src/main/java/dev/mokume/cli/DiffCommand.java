package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.analysis.Comparison;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume diff`
@Command(
    name = "diff",
    description =
        "Compares two checkpoints by component and block: how far apart, how parallel, how many"
            + " signs agree.",
    customSynopsis = "mokume diff A B [--base C] [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume diff a.safetensors b.safetensors",
      "  mokume diff a.safetensors b.safetensors --base c.safetensors   (compares a - c with b - c)"
    })
final class DiffCommand implements Callable<Integer> {
  private static final int LISTED = 20;

  private final Session session;

  @Parameters(index = "0", paramLabel = "A", description = "The first checkpoint.")
  private Path first = Path.of("");

  @Parameters(index = "1", paramLabel = "B", description = "The second checkpoint.")
  private Path second = Path.of("");

  @Option(
      names = "--base",
      order = 1,
      paramLabel = "C",
      description = "Compare what A and B changed of this model, instead of A and B themselves.")
  private Optional<Path> base = Optional.empty();

  @Option(names = "--components", order = 2, description = "A row a component, none a block.")
  private boolean componentsOnly;

  @Mixin private final VariantFlag variant = new VariantFlag();

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  DiffCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Comparison comparison;
    try (ProgressLine progress = new ProgressLine(session, "comparing")) {
      comparison =
          Mokume.diff(
              variant.of(first),
              variant.of(second),
              base.map(variant::of).orElse(null),
              speed.toOptions(session, progress));
    }
    if (json) {
      Json.write(session.out(), out -> describe(out, comparison));
    } else {
      print(session.out(), comparison);
    }
    return ExitCode.OK;
  }

  private void print(PrintWriter out, Comparison comparison) {
    out.println("A  " + first);
    out.println("B  " + second);
    base.ifPresent(path ->
        out.println("C  " + path + "  (the cosine and the signs are those of A - C and B - C)"));
    out.println();
    DiffTable.of(comparison, !componentsOnly).print(out, "");
    list(out, "Only in A", comparison.onlyInFirst());
    list(out, "Only in B", comparison.onlyInSecond());
    list(out, "Of another shape", comparison.otherShape());
    list(
        out,
        "Not measured",
        comparison.unmeasured().stream()
            .map(tensor -> tensor.tensor() + ": " + tensor.reason())
            .toList());
  }

  private static void list(PrintWriter out, String title, List<String> names) {
    if (names.isEmpty()) {
      return;
    }
    out.println();
    out.println(title + " (" + Amount.count(names.size(), "tensor", "tensors") + ")");
    names.stream().limit(LISTED).forEach(name -> out.println("  " + Quoted.name(name)));
    if (names.size() > LISTED) {
      out.println("  and " + Amount.count(names.size() - LISTED) + " more; --json lists all.");
    }
  }

  private static void describe(Json out, Comparison comparison) {
    out.objects("components", comparison.components(), DiffCommand::describe);
    out.objects("blocks", comparison.rows(), DiffCommand::describe);
    out.texts("onlyInFirst", comparison.onlyInFirst());
    out.texts("onlyInSecond", comparison.onlyInSecond());
    out.texts("otherShape", comparison.otherShape());
    out.objects(
        "unmeasured",
        comparison.unmeasured(),
        (item, tensor) -> {
          item.text("tensor", tensor.tensor());
          item.text("reason", tensor.reason());
        });
  }

  private static void describe(Json item, Comparison.Row row) {
    item.text("component", row.component().id());
    item.text("block", row.block());
    item.number("tensors", row.tensors());
    item.number("elements", row.elements());
    item.number("relativeDelta", row.relativeDelta());
    item.number("cosine", row.cosine());
    item.number("signAgreement", row.signAgreement());
    item.number("changed", row.changed());
  }
}
