package dev.mokume.cli;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Block;
import dev.mokume.architecture.Detection;
import dev.mokume.error.Amount;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
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

  @Option(names = "--json", order = 2, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  MaskInfoCommand(Session session) {
    this.session = session;
  }

  private record Sum(long selected, long elements) {
    Sum and(MaskCount.Entry entry) {
      return new Sum(selected + entry.selected(), elements + entry.elements());
    }

    double share() {
      return elements == 0 ? Double.NaN : (double) selected / elements;
    }
  }

  @Override
  public Integer call() {
    List<MaskCount.Entry> entries = MaskCount.of(file);
    SequencedMap<Block, Sum> blocks = blocks(entries);
    Sum total = new Sum(0, 0);
    for (MaskCount.Entry entry : entries) {
      total = total.and(entry);
    }
    if (json) {
      describe(entries, blocks, total);
    } else {
      print(entries, blocks, total);
    }
    return ExitCode.OK;
  }

  /// A mask has its tensors' names, which tell where they belong. Their shapes say nothing more about blocks.
  private static SequencedMap<Block, Sum> blocks(List<MaskCount.Entry> entries) {
    List<TensorSpec> specs =
        entries.stream().map(entry -> new TensorSpec(entry.tensor(), DType.F32, Shape.of(entry.elements()))).toList();
    Detection detection = Architectures.detect(specs);
    SequencedMap<Block, Sum> blocks = new TreeMap<>();
    for (MaskCount.Entry entry : entries) {
      Block block = detection.place(entry.tensor()).block();
      blocks.put(block, blocks.getOrDefault(block, new Sum(0, 0)).and(entry));
    }
    return blocks;
  }

  private void print(List<MaskCount.Entry> entries, SequencedMap<Block, Sum> blocks, Sum total) {
    Table table = Table.of(tensors ? "tensor" : "block", ">selected", ">of", ">share");
    if (tensors) {
      entries.forEach(entry -> row(table, entry.tensor(), new Sum(0, 0).and(entry)));
    } else {
      blocks.forEach((block, sum) -> row(table, block.id(), sum));
    }
    row(table, "total", total);
    table.print(session.out(), "");
  }

  private static void row(Table table, String name, Sum sum) {
    table.row(name, Amount.count(sum.selected()), Amount.count(sum.elements()), DiffTable.percent(sum.share()));
  }

  private void describe(List<MaskCount.Entry> entries, SequencedMap<Block, Sum> blocks, Sum total) {
    Json.write(
        session.out(),
        out -> {
          out.text("file", file.toString());
          out.number("selected", total.selected());
          out.number("elements", total.elements());
          out.objects(
              "blocks",
              blocks.entrySet(),
              (item, entry) -> {
                item.text("block", entry.getKey().id());
                item.number("selected", entry.getValue().selected());
                item.number("elements", entry.getValue().elements());
              });
          if (tensors) {
            out.objects(
                "tensors",
                entries,
                (item, entry) -> {
                  item.text("tensor", entry.tensor());
                  item.number("selected", entry.selected());
                  item.number("elements", entry.elements());
                });
          }
        });
  }
}
