package dev.mokume.cli;

import dev.mokume.architecture.Layout;
import dev.mokume.architecture.Layouts;
import dev.mokume.cli.BenchCase.What;
import dev.mokume.tensor.DType;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// Times whole processes that have little to do, in alternating runs, against a JVM that only says
/// hello.
final class ColdBench {
  /// Of each file of a merge, unless another size is asked for.
  static final long USUAL_BYTES = 256L << 20;

  private static final String INSPECTED = "sdxl";

  private final Session session;
  private final SpeedOptions speed;
  private final Path folder;
  private final List<Thing> things = new ArrayList<>();

  /// Writes what the processes work on.
  ///
  /// @param bytes of each file of a merge
  ColdBench(Session session, SpeedOptions speed, Path folder, List<DType> dtypes, long bytes)
      throws IOException {
    this.session = session;
    this.speed = speed;
    this.folder = folder;
    addStarts();
    for (DType dtype : dtypes) {
      addMerges(dtype, bytes);
    }
  }

  /// What is timed.
  ///
  /// @param id for programs to know it by
  /// @param words for people
  /// @param floor the thing that only reads and writes the same; empty if there is none
  /// @param goal how many hellos it may take more than its floor
  private record Thing(String id, String words, String floor, OptionalDouble goal, Runnable work) {}

  /// What a thing took.
  ///
  /// @param hellos in units of the first thing, and without its floor
  record Result(String id, String words, Times times, double hellos, OptionalDouble goal) {}

  /// The first result is the unit of all others.
  List<Result> measure(int runs) {
    // Fingerprints are remembered from the first run on.
    things.forEach(thing -> thing.work().run());
    List<List<Double>> seconds = new ArrayList<>();
    things.forEach(_ -> seconds.add(new ArrayList<>()));
    for (int run = 0; run < runs; run++) {
      for (int i = 0; i < things.size(); i++) {
        seconds.get(i).add(Bench.seconds(session, things.get(i).work()));
      }
    }
    List<Times> times = seconds.stream().map(Times::new).toList();
    double hello = times.getFirst().median();
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < things.size(); i++) {
      Thing thing = things.get(i);
      double hellos = (times.get(i).median() - floor(thing, times)) / hello;
      results.add(new Result(thing.id(), thing.words(), times.get(i), hellos, thing.goal()));
    }
    return results;
  }

  private double floor(Thing of, List<Times> times) {
    for (int i = 0; i < things.size(); i++) {
      if (things.get(i).id().equals(of.floor())) {
        return times.get(i).median();
      }
    }
    return 0;
  }

  private void addStarts() throws IOException {
    things.add(
        new Thing("hello", "java Hello", "", OptionalDouble.empty(), () -> Commands.run(hello())));
    things.add(
        new Thing("version", "mokume --version", "", OptionalDouble.of(2), own("--version")));
    Layout layout = Layouts.load(INSPECTED);
    Path file = folder.resolve(layout.name() + ".safetensors");
    BenchFiles.writeHeader(file, layout);
    things.add(
        new Thing(
            "inspect",
            "mokume inspect " + file.getFileName(),
            "",
            OptionalDouble.of(6),
            own("inspect", file.toString())));
    copyHello();
  }

  /// To where the JVM finds it without opening a jar.
  private void copyHello() throws IOException {
    String name = Hello.class.getName().replace('.', '/') + ".class";
    Path copy = folder.resolve(name);
    Files.createDirectories(copy.resolveSibling(""));
    try (InputStream in = Hello.class.getResourceAsStream("Hello.class")) {
      if (in == null) {
        throw new FileNotFoundException(name);
      }
      Files.copy(in, copy);
    }
  }

  private List<String> hello() {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return List.of(java, "-cp", folder.toString(), Hello.class.getName());
  }

  private void addMerges(DType dtype, long bytes) throws IOException {
    String name = dtype.name().toLowerCase(Locale.ROOT);
    Path files = Files.createDirectory(folder.resolve(name));
    Bench bench = new Bench(session, speed, BenchCase.LINEAR, dtype, files, Optional.empty());
    bench.writeInputs(bytes);
    String floor = "floor-" + name;
    add(bench, floor, dtype, What.FLOOR, "", OptionalDouble.empty());
    double goal = dtype.equals(DType.BF16) ? 10 : 6;
    add(bench, "merge-" + name, dtype, What.PROCESS, floor, OptionalDouble.of(goal));
    add(bench, "shipped-" + name, dtype, What.PROCESS_SHIPPED, floor, OptionalDouble.empty());
  }

  private void add(
      Bench bench, String id, DType dtype, What what, String floor, OptionalDouble goal) {
    String words = dtype + ", " + what.words();
    things.add(new Thing(id, words, floor, goal, () -> bench.perform(what)));
  }

  private Runnable own(String... arguments) {
    List<String> command = new ArrayList<>(OwnProcess.command(session));
    command.addAll(List.of(arguments));
    return () -> Commands.run(command);
  }

  static void print(PrintWriter out, List<Result> results) {
    Table table = Table.of("cold", ">median", ">least", ">most", ">hellos, less floor", ">goal");
    for (Result result : results) {
      table.row(
          result.words(),
          milliseconds(result.times().median()),
          milliseconds(result.times().least()),
          milliseconds(result.times().most()),
          String.format(Locale.ROOT, "%.1f", result.hellos()),
          result.goal().isEmpty()
              ? ""
              : String.format(Locale.ROOT, "<= %.0f", result.goal().getAsDouble()));
    }
    table.print(out, "");
  }

  private static String milliseconds(double seconds) {
    return String.format(Locale.ROOT, "%.0f ms", 1000 * seconds);
  }

  static void describe(Json out, List<Result> results) {
    out.objects(
        "times",
        results,
        (row, result) -> {
          row.text("what", result.id());
          row.number("median", result.times().median());
          row.number("hellosLessFloor", result.hellos());
          result.goal().ifPresent(goal -> row.number("goal", goal));
          row.numbers("seconds", result.times().toArray());
        });
  }
}
