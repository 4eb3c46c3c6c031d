package dev.mokume.cli;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume inspect`
@Command(
    name = "inspect",
    description = "Tells what a checkpoint is and what it holds, from its header alone.",
    sortOptions = false,
    footer = {"", "Examples:", "  mokume inspect model.safetensors", "  mokume inspect model.safetensors --json --tensors"})
final class InspectCommand implements Callable<Integer> {
  private static final int LONGEST_VALUE = 200;

  private final Session session;

  @Parameters(index = "0", paramLabel = "FILE", description = "A checkpoint, the index of a sharded one, or its folder.")
  private Path file = Path.of("");

  @Option(names = "--tensors", order = 1, description = "List every tensor.")
  private boolean tensors;

  @Option(names = "--json", order = 2, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  InspectCommand(Session session) {
    this.session = session;
  }

  /// What a component is made of.
  private static final class Part {
    final SequencedMap<String, Integer> dtypes = new TreeMap<>();
    final SequencedMap<Block, Integer> blocks = new TreeMap<>();
    int tensors;
    long elements;
    long bytes;

    void add(StoredTensor tensor, TensorPlace place) {
      tensors++;
      elements += tensor.spec().elementCount();
      bytes += tensor.length();
      dtypes.merge(tensor.spec().dtype().name(), 1, Integer::sum);
      blocks.merge(place.block(), 1, Integer::sum);
    }

    String dtypes() {
      return dtypes.size() == 1
          ? dtypes.firstEntry().getKey()
          : dtypes.entrySet().stream()
              .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
              .map(entry -> entry.getKey() + " (" + Amount.count(entry.getValue()) + ")")
              .collect(Collectors.joining(", "));
    }
  }

  @Override
  public Integer call() {
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      List<StoredTensor> stored = List.copyOf(checkpoint.tensors().values());
      Detection detection =
          Architectures.detect(stored.stream().map(StoredTensor::spec).toList(), checkpoint.metadata());
      SequencedMap<Component, Part> parts = new TreeMap<>();
      for (StoredTensor tensor : stored) {
        TensorPlace place = detection.place(tensor.name());
        parts.computeIfAbsent(place.component(), _ -> new Part()).add(tensor, place);
      }
      if (json) {
        Json.write(session.out(), out -> describe(out, checkpoint, detection, parts));
      } else {
        print(session.out(), checkpoint, detection, parts);
      }
    }
    return ExitCode.OK;
  }

  private void print(
      PrintWriter out, Checkpoint checkpoint, Detection detection, SequencedMap<Component, Part> parts) {
    long bytes = checkpoint.sources().stream().mapToLong(ByteSource::size).sum();
    int files = checkpoint.sources().size();
    out.println(checkpoint.name());
    out.println("  " + detection.summary());
    detection.evidence().forEach(evidence -> out.println("  because: " + evidence));
    out.println(
        "  " + Amount.bytes(bytes) + (files == 1 ? "" : " in " + files + " files") + ", "
            + Amount.count(checkpoint.tensors().size(), "tensor", "tensors"));
    out.println();
    Table table = Table.of("component", ">tensors", ">elements", ">size", "dtype", "blocks");
    parts.forEach(
        (component, part) ->
            table.row(
                component.id(),
                Amount.count(part.tensors),
                Amount.count(part.elements),
                Amount.bytes(part.bytes),
                part.dtypes(),
                blocks(part)));
    table.print(out, "  ");
    printMetadata(out, checkpoint.metadata());
    if (tensors) {
      out.println();
      everyTensor(checkpoint, detection).print(out, "  ");
    }
  }

  private static String blocks(Part part) {
    List<String> names = part.blocks.keySet().stream().map(Block::name).filter(name -> !name.equals("*")).toList();
    return names.size() <= 4
        ? String.join(" ", names)
        : names.getFirst() + " ... " + names.getLast() + " (" + names.size() + ")";
  }

  private static void printMetadata(PrintWriter out, Map<String, String> metadata) {
    if (metadata.isEmpty()) {
      return;
    }
    out.println();
    out.println("  metadata");
    Table table = Table.of("", "");
    new TreeMap<>(metadata).forEach((key, value) -> table.row(plain(key), plain(shortened(value))));
    table.print(out, "    ");
  }

  private static String shortened(String value) {
    return value.length() <= LONGEST_VALUE
        ? value
        : value.substring(0, LONGEST_VALUE) + String.format(Locale.ROOT, " ... (%,d characters)", value.length());
  }

  /// Safe for a terminal: quoted, then without the quotes.
  private static String plain(String text) {
    String quoted = Quoted.name(text);
    return quoted.startsWith("'") && quoted.endsWith("'") ? quoted.substring(1, quoted.length() - 1) : quoted;
  }

  private static Table everyTensor(Checkpoint checkpoint, Detection detection) {
    Table table = Table.of("tensor", "dtype", "shape", ">size", "component", "block");
    for (StoredTensor tensor : sorted(checkpoint)) {
      TensorPlace place = detection.place(tensor.name());
      table.row(
          plain(tensor.name()),
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

  private void describe(
      Json out, Checkpoint checkpoint, Detection detection, SequencedMap<Component, Part> parts) {
    out.text("file", checkpoint.name());
    out.text("architecture", detection.architecture().id());
    detection.target().ifPresent(target -> out.text("target", target.id()));
    out.text("prediction", Problems.id(detection.prediction()));
    out.texts("traits", detection.traits().stream().sorted().map(Problems::id).toList());
    out.text("summary", detection.summary());
    out.texts("evidence", detection.evidence());
    out.objects(
        "files",
        checkpoint.sources(),
        (item, source) -> {
          item.text("name", source.name());
          item.number("bytes", source.size());
        });
    out.objects("components", parts.entrySet(), (item, entry) -> describe(item, entry.getKey(), entry.getValue()));
    out.object("metadata", item -> new TreeMap<>(checkpoint.metadata()).forEach(item::text));
    out.number("tensorCount", checkpoint.tensors().size());
    if (tensors) {
      out.objects("tensors", sorted(checkpoint), (item, tensor) -> describe(item, tensor, detection));
    }
  }

  private static void describe(Json item, Component component, Part part) {
    item.text("component", component.id());
    item.number("tensors", part.tensors);
    item.number("elements", part.elements);
    item.number("bytes", part.bytes);
    item.object("dtypes", dtypes -> part.dtypes.forEach((dtype, count) -> dtypes.number(dtype, count)));
    item.object("blocks", blocks -> part.blocks.forEach((block, count) -> blocks.number(block.name(), count)));
  }

  private static void describe(Json item, StoredTensor tensor, Detection detection) {
    TensorPlace place = detection.place(tensor.name());
    item.text("name", tensor.name());
    item.text("dtype", tensor.spec().dtype().name());
    item.numbers("shape", tensor.spec().shape().toArray());
    item.number("bytes", tensor.length());
    item.text("component", place.component().id());
    item.text("block", place.block().name());
  }
}
