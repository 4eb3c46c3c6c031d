package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.analysis.MaskSummary;
import dev.mokume.analysis.MaskSummary.Selection;
import dev.mokume.error.Amount;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume mask info`
@Command(
    name = "info",
    description = "Tells how much a mask selects, block by block.",
    sortOptions = false,
    footer = {"", "Example:", "  mokume mask info m.safetensors --tensors"})
final class MaskInfoCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(index = "0", paramLabel = "M", description = "The mask file.")
  private Path file = Path.of("");

  @Option(names = "--tensors", order = 1, description = "A row a tensor instead of a block.")
  private boolean tensors;

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  MaskInfoCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    MaskSummary mask;
    try (ProgressLine progress = new ProgressLine(session, "counting")) {
      mask = Mokume.inspectMask(file, speed.toOptions(session, progress));
    }
    if (json) {
      Json.write(session.out(), out -> describe(out, mask));
    } else {
      print(mask);
    }
    return ExitCode.OK;
  }

  private void print(MaskSummary mask) {
    Table table = Table.of(tensors ? "tensor" : "block", ">selected", ">of", ">share");
    if (tensors) {
      mask.tensors().forEach((name, selection) -> row(table, name, selection));
    } else {
      mask.blocks().forEach((block, selection) -> row(table, block.id(), selection));
    }
    row(table, "total", mask.total());
    table.print(session.out(), "");
  }

  private static void row(Table table, String name, Selection selection) {
    table.row(
        name,
        Amount.count(selection.selected()),
        Amount.count(selection.elements()),
        DiffTable.percent(selection.share()));
  }

  private void describe(Json out, MaskSummary mask) {
    out.text("file", mask.name());
    describe(out, mask.total());
    out.objects(
        "blocks",
        mask.blocks().entrySet(),
        (item, entry) -> {
          item.text("component", entry.getKey().component().id());
          item.text("block", entry.getKey().name());
          describe(item, entry.getValue());
        });
    if (tensors) {
      out.objects(
          "list",
          mask.tensors().entrySet(),
          (item, entry) -> {
            item.text("name", entry.getKey());
            describe(item, entry.getValue());
          });
    }
  }

  private static void describe(Json item, Selection selection) {
    item.number("tensors", selection.tensors());
    item.number("selected", selection.selected());
    item.number("elements", selection.elements());
  }
}
