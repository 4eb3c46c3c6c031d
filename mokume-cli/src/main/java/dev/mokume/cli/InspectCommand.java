package dev.mokume.cli;

import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.inspection.Inspection;
import dev.mokume.inspection.Inspection.Amounts;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// `mokume inspect`
///
/// Described without annotations: Java makes a class for each type of annotation that is read,
/// which takes as long as all else that `inspect` does before it opens the file.
final class InspectCommand implements Callable<Integer> {
  private static final int LONGEST_VALUE = 200;
  private static final int FEW_BLOCKS = 4;

  private final Session session;

  private final PositionalParamSpec file =
      PositionalParamSpec.builder()
          .index("0")
          .type(Path.class)
          .required(true)
          .paramLabel("FILE")
          .description("A checkpoint, the index of a sharded one, or its folder.")
          .build();

  private final OptionSpec tensors = flag("--tensors", 1, "List every tensor.");
  private final OptionSpec strict =
      flag(
          "--strict",
          2,
          "Refuse a checkpoint of which something had to be skipped, instead of telling of it.");
  private final OptionSpec variant = VariantFlag.option();
  private final OptionSpec json = flag("--json", 3, "Print one JSON document instead of words.");

  InspectCommand(Session session) {
    this.session = session;
  }

  static CommandLine commandLine(Session session) {
    InspectCommand command = new InspectCommand(session);
    CommandSpec spec =
        CommandSpec.wrapWithoutInspection(command)
            .name("inspect")
            .addPositional(command.file)
            .addOption(command.tensors)
            .addOption(command.strict)
            .addOption(command.variant)
            .addOption(command.json)
            .addOption(Help.option());
    spec.usageMessage()
        .description(
            "Tells what a checkpoint is, what it holds and what is odd about it, from its header.")
        .sortOptions(false)
        .footer(
            "",
            "Examples:",
            "  mokume inspect model.safetensors",
            "  mokume inspect model.safetensors --json --tensors");
    return new CommandLine(spec);
  }

  private static OptionSpec flag(String name, int order, String description) {
    return OptionSpec.builder(name)
        .type(boolean.class)
        .initialValue(false)
        .order(order)
        .description(description)
        .build();
  }

  private static boolean isSet(OptionSpec flag) {
    return Boolean.TRUE.equals(flag.getValue());
  }

  @Override
  public Integer call() {
    try (Checkpoint checkpoint = Checkpoints.open(place())) {
      if (isSet(strict)) {
        refuseSkipped(checkpoint);
      }
      Inspection inspection = Inspection.of(checkpoint);
      if (isSet(json)) {
        Json.write(session.out(), out -> describe(out, inspection, checkpoint));
      } else {
        print(session.out(), inspection, checkpoint);
      }
    }
    return ExitCode.OK;
  }

  private Path place() {
    Path model = file.getValue();
    return VariantFlag.of(model, Optional.ofNullable(variant.getValue()));
  }

  private static void refuseSkipped(Checkpoint checkpoint) {
    List<Problem> problems =
        checkpoint.notes().stream()
            .filter(note -> note.kind() == Note.Kind.SKIPPED)
            .map(Note::problem)
            .toList();
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  private void print(PrintWriter out, Inspection inspection, Checkpoint checkpoint) {
    long bytes = inspection.files().stream().mapToLong(Inspection.FileSize::bytes).sum();
    int files = inspection.files().size();
    out.println(inspection.name());
    out.println("  " + inspection.detection().summary());
    out.println(
        "  "
            + Amount.bytes(bytes)
            + (files == 1 ? "" : " in " + files + " files")
            + ", "
            + Amount.count(inspection.total().tensors(), "tensor", "tensors")
            + ", "
            + Amount.count(inspection.total().elements(), "element", "elements"));
    out.println();
    Table table = Table.of("component", ">tensors", ">elements", ">size", "dtype", "blocks");
    inspection
        .components()
        .forEach((component, amounts) ->
            table.row(
                component.id(),
                Amount.count(amounts.tensors()),
                Amount.count(amounts.elements()),
                Amount.bytes(amounts.bytes()),
                dtypes(amounts),
                blocks(inspection, component)));
    table.print(out, "  ");
    section(out, "Notes", inspection.notes().stream().map(Note::text).toList());
    section(out, "Why", inspection.detection().evidence());
    section(
        out,
        "Worth a look",
        inspection.findings().stream().map(finding -> finding.text()).toList());
    printMetadata(out, inspection.metadata());
    if (isSet(tensors)) {
      out.println();
      everyTensor(inspection, checkpoint).print(out, "  ");
    }
  }

  private static void section(PrintWriter out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      out.println();
      out.println("  " + title);
      lines.forEach(line -> out.println("    " + line));
    }
  }

  private static String dtypes(Amounts amounts) {
    if (amounts.dtypes().size() == 1) {
      return amounts.dtypes().firstEntry().getKey().name();
    }
    return amounts.dtypes().entrySet().stream()
        .map(entry -> entry.getKey().name() + " (" + Amount.count(entry.getValue()) + ")")
        .collect(Collectors.joining(", "));
  }

  private static String blocks(Inspection inspection, Component component) {
    List<String> names =
        inspection.blocks().keySet().stream()
            .filter(block -> block.component() == component && !block.isWhole())
            .map(Block::name)
            .toList();
    return names.size() <= FEW_BLOCKS
        ? String.join(" ", names)
        : names.getFirst() + " ... " + names.getLast() + " (" + names.size() + ")";
  }

  private static void printMetadata(PrintWriter out, Map<String, String> metadata) {
    if (metadata.isEmpty()) {
      return;
    }
    out.println();
    out.println("  Metadata");
    Table table = Table.of("", "");
    metadata.forEach((key, value) -> table.row(key, shortened(value)));
    table.print(out, "    ");
  }

  private static String shortened(String value) {
    return value.length() <= LONGEST_VALUE
        ? value
        : value.substring(0, LONGEST_VALUE)
            + " ... ("
            + Amount.count(value.length())
            + " characters)";
  }

  private static Table everyTensor(Inspection inspection, Checkpoint checkpoint) {
    Table table = Table.of("tensor", "dtype", "shape", ">size", "component", "block");
    for (StoredTensor tensor : sorted(checkpoint)) {
      TensorPlace place = inspection.detection().place(tensor.name());
      table.row(
          tensor.name(),
          tensor.spec().dtype().name(),
          tensor.spec().shape().toString(),
          Amount.bytes(tensor.length()),
          place.component().id(),
          place.block().name());
    }
    return table;
  }

  private static List<StoredTensor> sorted(Checkpoint checkpoint) {
    return List.copyOf(new TreeMap<>(checkpoint.tensors()).values());
  }

  private void describe(Json out, Inspection inspection, Checkpoint checkpoint) {
    out.text("file", inspection.name());
    out.text("architecture", inspection.detection().architecture().id());
    inspection.detection().target().ifPresent(target -> out.text("target", target.id()));
    out.text("prediction", Problems.id(inspection.detection().prediction()));
    out.texts(
        "traits", inspection.detection().traits().stream().sorted().map(Problems::id).toList());
    out.text("summary", inspection.detection().summary());
    out.texts("evidence", inspection.detection().evidence());
    out.objects(
        "files",
        inspection.files(),
        (item, source) -> {
          item.text("name", source.name());
          item.number("bytes", source.bytes());
        });
    describe(out, inspection.total());
    out.objects(
        "components",
        inspection.components().entrySet(),
        (item, entry) -> {
          item.text("component", entry.getKey().id());
          describe(item, entry.getValue());
        });
    out.objects(
        "blocks",
        inspection.blocks().entrySet(),
        (item, entry) -> {
          item.text("component", entry.getKey().component().id());
          item.text("block", entry.getKey().name());
          describe(item, entry.getValue());
        });
    out.objects(
        "findings",
        inspection.findings(),
        (item, finding) -> {
          item.text("kind", Problems.id(finding.kind()));
          item.text("text", finding.text());
        });
    out.objects(
        "notes",
        inspection.notes(),
        (item, note) -> {
          item.text("kind", Problems.id(note.kind()));
          item.text("text", note.text());
        });
    out.object("metadata", item -> inspection.metadata().forEach(item::text));
    if (isSet(tensors)) {
      out.objects("list", sorted(checkpoint), (item, tensor) -> describe(item, tensor, inspection));
    }
  }

  private static void describe(Json item, Amounts amounts) {
    item.number("tensors", amounts.tensors());
    item.number("elements", amounts.elements());
    item.number("bytes", amounts.bytes());
    item.object(
        "dtypes",
        dtypes -> amounts.dtypes().forEach((dtype, count) -> dtypes.number(dtype.name(), count)));
  }

  private static void describe(Json item, StoredTensor tensor, Inspection inspection) {
    TensorPlace place = inspection.detection().place(tensor.name());
    item.text("name", tensor.name());
    item.text("dtype", tensor.spec().dtype().name());
    item.numbers("shape", tensor.spec().shape().toArray());
    item.number("bytes", tensor.length());
    item.text("component", place.component().id());
    item.text("block", place.block().name());
  }
}
