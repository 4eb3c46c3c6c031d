package dev.mokume.cli;

import dev.mokume.checkpoint.Note;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.inspection.AdapterReport;
import dev.mokume.inspection.AdapterReport.Part;
import dev.mokume.lora.Adapter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume lora inspect`
@Command(
    name = "inspect",
    description =
        "Tells what a LoRA changes: parts of the model, kinds, ranks, and what its training noted.",
    customSynopsis = "mokume lora inspect FILE [OPTIONS]",
    sortOptions = false,
    footer = {"", "Example:", "  mokume lora inspect style.safetensors"})
final class LoraInspectCommand implements Callable<Integer> {
  private static final int TAGS = 20;
  private static final int UNREAD = 10;
  private static final int LONGEST_VALUE = 200;

  private final Session session;

  @Parameters(index = "0", paramLabel = "FILE", description = "A LoRA, or PEFT's folder of one.")
  private Path file = Path.of("");

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  LoraInspectCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    try (Adapter adapter = Adapter.open(file)) {
      AdapterReport report = AdapterReport.of(adapter);
      List<String> notes = adapter.checkpoint().notes().stream().map(Note::text).toList();
      if (json) {
        Json.write(session.out(), out -> describe(out, report, notes));
      } else {
        print(session.out(), report);
        printNotes(session.out(), notes);
      }
    }
    return ExitCode.OK;
  }

  private static void print(PrintWriter out, AdapterReport report) {
    out.println(report.file());
    out.println(
        "  "
            + report.detection().summary()
            + "; "
            + Amount.bytes(report.bytes())
            + ", "
            + Amount.count(report.tensors(), "tensor", "tensors"));
    out.println();
    if (report.parts().isEmpty()) {
      out.println(
          "  Nothing in it changes a model: it is no LoRA, or of a kind that is not known.");
    } else {
      printParts(out, report);
    }
    if (!report.training().isEmpty()) {
      out.println();
      out.println("  Training");
      Table training = Table.of("", "");
      report.training().forEach((key, value) -> training.row(key, shortened(value)));
      training.print(out, "    ");
    }
    if (!report.tags().isEmpty()) {
      out.println();
      out.println(
          "  Tags ("
              + Amount.count(report.tags().size())
              + "): "
              + report.tags().stream()
                  .limit(TAGS)
                  .map(Quoted::printable)
                  .collect(Collectors.joining(", ")));
    }
    if (!report.unread().isEmpty()) {
      out.println();
      out.println("  Not understood (" + Amount.count(report.unread().size()) + ")");
      report.unread().stream()
          .limit(UNREAD)
          .forEach(
              unread -> out.println("    " + Quoted.name(unread.key()) + ": " + unread.reason()));
    }
  }

  private static void printParts(PrintWriter out, AdapterReport report) {
    Table table = Table.of("part", ">modules", "kinds", "ranks", "scale (alpha / rank)");
    report
        .parts()
        .forEach((name, part) ->
            table.row(
                name,
                Amount.count(part.modules()),
                counts(part.kinds()),
                counts(part.ranks()),
                counts(part.scales())));
    table.print(out, "  ");
  }

  private static void printNotes(PrintWriter out, List<String> notes) {
    if (!notes.isEmpty()) {
      out.println();
      out.println("  Notes");
      notes.forEach(note -> out.println("    " + note));
    }
  }

  /// `64`, or `32 (140), 64 (52)` where there are several.
  private static String counts(Map<?, Integer> counts) {
    return counts.size() == 1
        ? String.valueOf(counts.keySet().iterator().next())
        : counts.entrySet().stream()
            .map(entry -> entry.getKey() + " (" + Amount.count(entry.getValue()) + ")")
            .collect(Collectors.joining(", "));
  }

  private static String shortened(String value) {
    return value.length() <= LONGEST_VALUE
        ? value
        : value.substring(0, LONGEST_VALUE)
            + " ... ("
            + Amount.count(value.length())
            + " characters)";
  }

  private static void describe(Json out, AdapterReport report, List<String> notes) {
    out.text("file", report.file());
    out.number("bytes", report.bytes());
    out.number("tensors", report.tensors());
    out.text("summary", report.detection().summary());
    report.detection().target().ifPresent(target -> out.text("target", target.id()));
    out.objects(
        "parts",
        report.parts().entrySet(),
        (item, entry) -> {
          Part part = entry.getValue();
          item.text("part", entry.getKey());
          item.number("modules", part.modules());
          item.object("kinds", kinds -> part.kinds().forEach((k, n) -> kinds.number(k, n)));
          item.object(
              "ranks", ranks -> part.ranks().forEach((k, n) -> ranks.number(k.toString(), n)));
          item.object(
              "scales", scales -> part.scales().forEach((k, n) -> scales.number(k.toString(), n)));
        });
    out.objects(
        "unread",
        report.unread(),
        (item, unread) -> {
          item.text("tensor", unread.key());
          item.text("reason", unread.reason());
        });
    out.object("training", item -> report.training().forEach(item::text));
    out.texts("tags", report.tags());
    out.texts("notes", notes);
  }
}
