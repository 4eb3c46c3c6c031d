package dev.mokume.cli;

import dev.mokume.cli.Bench.What;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume bench`
@Command(
    name = "bench",
    description = {
      "Times a linear merge of two files in the page cache against the floor: cat of both plus dd"
          + " of one over an existing file. Runs alternate; medians are told.",
      "As shipped: with the inputs' SHA-256 (remembered after the first run) and fsync.",
      "With --cold: whole processes that have little to do, against a JVM that only says hello."
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume bench --size 2G --runs 5 --threads 2",
      "  mokume bench --cold --runs 11",
      "  mokume bench --size 256M --dtype bf16 --runs 7 --peer 'python3 peer.py {A} {B} {OUT}"
          + " {ALPHA}'"
    })
final class BenchCommand implements Callable<Integer> {
  /// What Mokume is built to reach on two threads, in multiples of the floor.
  private static final Map<What, Double> GOALS = Map.of(What.WARM, 0.75, What.PROCESS, 1.5);

  private final Session session;

  @Option(
      names = "--size",
      order = 1,
      paramLabel = "SIZE",
      description = "Of each of the two files; default 2G, with --cold 256M.")
  private Optional<String> size = Optional.empty();

  @Option(names = "--runs", order = 2, paramLabel = "N", description = "Rounds; default 5.")
  private int runs = 5;

  @Option(
      names = "--dtype",
      order = 3,
      paramLabel = "TYPES",
      description = "f16, bf16 or f32, or several with commas; default f16,bf16.")
  private String dtypes = "f16,bf16";

  @Option(
      names = "--dir",
      order = 4,
      paramLabel = "FOLDER",
      description = "Where to put the files (four times the size); default: the current folder.")
  private Path directory = Path.of("");

  @Option(
      names = "--peer",
      order = 5,
      paramLabel = "COMMAND",
      description =
          "Another tool's command to time alike; {A}, {B}, {OUT} and {ALPHA} are filled in.")
  private Optional<String> peer = Optional.empty();

  @Option(
      names = "--cold",
      order = 6,
      description =
          "Time --version, inspect (the header of 7 GB) and merges, in units of a JVM's hello.")
  private boolean cold;

  @Option(
      names = "--once",
      hidden = true,
      arity = "3",
      description = "Merges A and B over OUT in place, and ends.")
  private List<Path> once = List.of();

  @Option(
      names = "--train",
      hidden = true,
      description = "Does the usual merges on small files in that folder, and ends.")
  private Optional<Path> training = Optional.empty();

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  BenchCommand(Session session) {
    this.session = session;
  }

  private record Result(DType dtype, SequencedMap<What, Times> times) {}

  @Override
  public Integer call() {
    if (training.isPresent()) {
      new Training(session, training.get()).run();
      return ExitCode.OK;
    }
    if (!once.isEmpty()) {
      Bench.mergeOver(session, speed, once.get(0), once.get(1), once.get(2));
      return ExitCode.OK;
    }
    Problems problems = new Problems();
    String asked = size.orElse(cold ? "256M" : "2G");
    long bytes = problems.collect("--size", 1L, () -> MemoryBudget.bytes(asked));
    if (bytes < 1 << 20) {
      problems.add("--size must be at least 1M but was " + asked + ".");
    }
    if (cold && peer.isPresent()) {
      problems.add("--peer is for merges that are not --cold.");
    }
    if (runs < 1 || runs > 1000) {
      problems.add("--runs must be in 1..1000 but was " + runs + ".");
    }
    List<DType> types = types(problems);
    problems.throwIfAny();
    if (cold) {
      cold(types, bytes);
      return ExitCode.OK;
    }
    List<Result> results = new ArrayList<>();
    for (DType dtype : types) {
      results.add(measure(dtype, bytes));
    }
    if (json) {
      Json.write(session.out(), out -> describe(out, bytes, results));
    } else {
      print(session.out(), bytes, results);
    }
    return ExitCode.OK;
  }

  private List<DType> types(Problems problems) {
    List<DType> types = new ArrayList<>();
    List<DType> known = List.of(DType.F16, DType.BF16, DType.F32);
    for (String name : dtypes.split(",")) {
      DType dtype = DType.of(name.strip().toUpperCase(Locale.ROOT));
      if (known.contains(dtype)) {
        types.add(dtype);
      } else {
        problems.add(
            Problems.unknown(
                "--dtype: nothing is measured of", name, known.stream().map(DType::name).toList()));
      }
    }
    return types;
  }

  private Result measure(DType dtype, long bytes) {
    return inFolder(
        bytes,
        folder -> {
          say("writing two files of " + Amount.bytes(bytes) + ", " + dtype + " ...");
          Bench bench = new Bench(session, speed, folder, peer);
          bench.writeFiles(dtype, bytes);
          say("measuring ...");
          return new Result(dtype, bench.measure(runs));
        });
  }

  private void cold(List<DType> types, long bytes) {
    List<ColdBench.Result> results =
        inFolder(
            bytes * types.size(),
            folder -> {
              say("writing two files of " + Amount.bytes(bytes) + " a dtype ...");
              ColdBench bench = new ColdBench(session, speed, folder, types, bytes);
              say("measuring ...");
              return bench.measure(runs);
            });
    if (json) {
      Json.write(
          session.out(),
          out -> {
            describeMachine(out, bytes);
            describeCold(out, results);
          });
    } else {
      printMachine(session.out(), bytes);
      printCold(session.out(), results);
    }
  }

  private interface Measurement<T> {
    T in(Path folder) throws IOException;
  }

  /// Measures in a folder that is deleted afterwards, however the process ends.
  ///
  /// @param bytes of an output
  private <T> T inFolder(long bytes, Measurement<T> measurement) {
    try {
      checkSpace(bytes);
      Path folder = Files.createTempDirectory(directory.toAbsolutePath(), "mokume-bench-");
      Thread sweeper = new Thread(() -> delete(folder), "mokume-bench-sweeper");
      Runtime.getRuntime().addShutdownHook(sweeper);
      try {
        return measurement.in(folder);
      } finally {
        delete(folder);
        forget(sweeper);
      }
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.IO_FAILED, directory + ": cannot be measured in: " + e, e);
    }
  }

  private static void forget(Thread sweeper) {
    try {
      Runtime.getRuntime().removeShutdownHook(sweeper);
    } catch (IllegalStateException e) {
      // The process ends already, and the sweeper runs.
    }
  }

  private void checkSpace(long bytes) throws IOException {
    long free = Files.getFileStore(directory.toAbsolutePath()).getUsableSpace();
    // Two inputs, the output, what dd writes, and while an output is replaced both of it.
    if (free < 5 * bytes) {
      throw new MokumeException(
          ErrorCode.NO_SPACE,
          directory.toAbsolutePath()
              + ": the measurement needs "
              + Amount.bytes(5 * bytes)
              + " but only "
              + Amount.bytes(free)
              + " are free. Choose another folder with --dir, or a smaller --size.");
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException | UncheckedIOException e) {
      // Somebody else took it away.
    }
  }

  private void say(String line) {
    if (session.interactive()) {
      session.err().println(line);
      session.err().flush();
    }
  }

  private void printMachine(PrintWriter out, long bytes) {
    out.println(
        Version.line()
            + ", Java "
            + Runtime.version()
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " processors, "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch"));
    out.println(
        "two files of "
            + Amount.bytes(bytes)
            + " in the page cache, an existing output replaced, "
            + runs
            + " alternating runs");
  }

  private static void printCold(PrintWriter out, List<ColdBench.Result> results) {
    out.println();
    Table table = Table.of("cold", ">median", ">least", ">most", ">hellos beyond floor", ">goal");
    for (ColdBench.Result result : results) {
      table.row(
          result.words(),
          Merging.seconds(result.times().median()),
          Merging.seconds(result.times().least()),
          Merging.seconds(result.times().most()),
          String.format(Locale.ROOT, "%.2f", result.hellos()),
          result.goal().isEmpty() ? "" : goal(result.goal().getAsDouble()));
    }
    table.print(out, "");
  }

  private void print(PrintWriter out, long bytes, List<Result> results) {
    printMachine(out, bytes);
    for (Result result : results) {
      out.println();
      Table table =
          Table.of(result.dtype().name(), ">median", ">least", ">most", ">x floor", ">goal");
      double floor = floor(result);
      result
          .times()
          .forEach((what, times) ->
              table.row(
                  what.words(),
                  Merging.seconds(times.median()),
                  Merging.seconds(times.least()),
                  Merging.seconds(times.most()),
                  String.format(Locale.ROOT, "%.2f", times.median() / floor),
                  goal(what)));
      table.print(out, "");
    }
  }

  private static String goal(What what) {
    Double goal = GOALS.get(what);
    return goal == null ? "" : goal(goal.doubleValue());
  }

  private static String goal(double most) {
    return String.format(Locale.ROOT, "<= %.2f", most);
  }

  private static double floor(Result result) {
    return result.times().firstEntry().getValue().median();
  }

  private void describeMachine(Json out, long bytes) {
    out.text("version", Version.line());
    out.text("java", Runtime.version().toString());
    out.number("processors", Runtime.getRuntime().availableProcessors());
    out.number("bytes", bytes);
    out.number("runs", runs);
  }

  private static void describeCold(Json out, List<ColdBench.Result> results) {
    out.objects(
        "times",
        results,
        (row, result) -> {
          row.text("what", result.id());
          row.number("median", result.times().median());
          row.number("hellosBeyondFloor", result.hellos());
          row.numbers("seconds", result.times().toArray());
        });
  }

  private void describe(Json out, long bytes, List<Result> results) {
    describeMachine(out, bytes);
    out.objects(
        "results",
        results,
        (item, result) -> {
          item.text("dtype", result.dtype().name());
          item.objects(
              "times",
              result.times().entrySet(),
              (row, entry) -> {
                row.text("what", Problems.id(entry.getKey()));
                row.number("median", entry.getValue().median());
                row.number("timesFloor", entry.getValue().median() / floor(result));
                row.numbers("seconds", entry.getValue().toArray());
              });
        });
  }
}
