package dev.mokume.cli;

import dev.mokume.cli.BenchCase.Goal;
import dev.mokume.cli.BenchCase.What;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.tensor.DType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
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
      "Times a merge of files in the page cache against the floor: cat of them plus dd of one over"
          + " an existing file. Runs alternate; medians are told, and what Mokume is built to reach"
          + " on two threads.",
      "As shipped: with the inputs' SHA-256 (remembered after the first run) and fsync.",
      "With --cold: whole processes that have little to do, against a JVM that only says hello."
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume bench --size 2G --runs 5 --threads 2",
      "  mokume bench --case dare,dare-ties-mask,ties,quantile --threads 2",
      "  mokume bench --cold --runs 11",
      "  mokume bench --size 256M --dtype bf16 --runs 7 --peer 'python3 peer.py {A} {B} {OUT}"
          + " {ALPHA}'"
    })
final class BenchCommand implements Callable<Integer> {
  private final Session session;

  @Option(
      names = "--case",
      order = 0,
      paramLabel = "CASES",
      description =
          "linear (the default: a weighted sum of A and B), dare (vote off), dare-ties-mask (where"
              + " |C - A| is small), ties (three models and a base), quantile (of |B - A|, in"
              + " numpy's time), or several with commas.")
  private Optional<String> cases = Optional.empty();

  @Option(
      names = "--size",
      order = 1,
      paramLabel = "SIZE",
      description =
          "Of each file; default 2G for linear, 1G for dare and dare-ties-mask, 512M for ties,"
              + " 100,000,000 elements for quantile.")
  private Optional<String> size = Optional.empty();

  @Option(names = "--runs", order = 2, paramLabel = "N", description = "Rounds; default 5.")
  private int runs = 5;

  @Option(
      names = "--dtype",
      order = 3,
      paramLabel = "TYPES",
      description =
          "f16, bf16 or f32, or several with commas; default f16,bf16 for linear and dare, bf16 for"
              + " ties, else f16.")
  private Optional<String> dtypes = Optional.empty();

  @Option(
      names = "--dir",
      order = 4,
      paramLabel = "FOLDER",
      description =
          "Where to put the files (the inputs' and twice the size); default: the"
              + " current folder.")
  private Path directory = Path.of("");

  @Option(
      names = "--peer",
      order = 5,
      paramLabel = "COMMAND",
      description =
          "Another tool's command to time alike; {A}, {B}, {C}, {D}, {OUT} and {ALPHA} are filled"
              + " in.")
  private Optional<String> peer = Optional.empty();

  @Option(
      names = "--cold",
      order = 6,
      description =
          "Time --version, inspect (the header of 7 GB) and linear merges of 256M, in units of a"
              + " JVM's hello.")
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

  @Option(names = "--headers", hidden = true, description = "With --train: only looks at headers.")
  private boolean headers;

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  BenchCommand(Session session) {
    this.session = session;
  }

  record Result(BenchCase of, DType dtype, long bytes, SequencedMap<What, Times> times) {
    double median(What what) {
      return Objects.requireNonNull(times.get(what)).median();
    }

    /// What the others are compared with first: the floor, where there is one.
    What yardstick() {
      return times.firstEntry().getKey();
    }

    Optional<Goal> goal(What what) {
      return of.goals(dtype).stream()
          .filter(goal -> goal.of() == what && times.containsKey(goal.against()))
          .findFirst();
    }
  }

  @Override
  public Integer call() {
    if (training.isPresent()) {
      Training usual = new Training(session, training.get());
      if (headers) {
        usual.inspect();
      } else {
        usual.run();
      }
      return ExitCode.OK;
    }
    if (!once.isEmpty()) {
      Bench.mergeOver(session, speed, once.get(0), once.get(1), once.get(2));
      return ExitCode.OK;
    }
    Problems problems = new Problems();
    List<BenchCase> measured = new ArrayList<>();
    for (String name : cases.orElse("linear").split(",")) {
      measured.add(problems.oneOf("--case", name.strip(), BenchCase.values()));
    }
    Optional<Long> bytes =
        size.map(text -> problems.collect("--size", 1L << 20, () -> MemoryBudget.bytes(text)));
    if (bytes.isPresent() && bytes.get() < 1 << 20) {
      problems.add("--size must be at least 1M but was " + size.get() + ".");
    }
    if (runs < 1 || runs > 1000) {
      problems.add("--runs must be in 1..1000 but was " + runs + ".");
    }
    Optional<List<DType>> types = dtypes.map(names -> types(names, problems));
    if (cold && peer.isPresent()) {
      problems.add("--peer is for what is not --cold.");
    }
    if (cold && cases.isPresent()) {
      problems.add("--case is for what is not --cold, which always measures the same processes.");
    }
    problems.throwIfAny();
    if (cold) {
      cold(types.orElse(BenchCase.LINEAR.dtypes()), bytes.orElse(ColdBench.USUAL_BYTES));
      return ExitCode.OK;
    }
    Optional<String> noNumpy =
        measured.contains(BenchCase.QUANTILE) ? NumpyPartition.missing() : Optional.empty();
    noNumpy.ifPresent(why -> {
      session.err().println("note: " + why);
      session.err().flush();
    });
    List<Result> results = new ArrayList<>();
    for (BenchCase of : measured) {
      List<What> things = things(of, noNumpy.isEmpty(), peer.isPresent());
      for (DType dtype : types.orElse(of.dtypes())) {
        results.add(measure(of, things, dtype, bytes.orElse(of.bytes())));
      }
    }
    if (json) {
      Json.write(session.out(), out -> describe(out, results));
    } else {
      print(session.out(), results);
    }
    return ExitCode.OK;
  }

  /// What is measured of a case, with what is there.
  static List<What> things(BenchCase of, boolean hasNumpy, boolean hasPeer) {
    List<What> things = new ArrayList<>(of.things());
    if (!hasNumpy) {
      things.remove(What.NUMPY);
    }
    if (hasPeer) {
      things.add(What.PEER);
    }
    return things;
  }

  private static List<DType> types(String names, Problems problems) {
    List<DType> types = new ArrayList<>();
    List<DType> known = List.of(DType.F16, DType.BF16, DType.F32);
    for (String name : names.split(",")) {
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

  private Result measure(BenchCase of, List<What> things, DType dtype, long bytes) {
    // The inputs, the output, what dd writes, and while an output is replaced both of it.
    return inFolder(
        (of.inputs() + 3) * bytes,
        folder -> {
          Bench bench = new Bench(session, speed, of, dtype, folder, peer);
          say(
              "writing "
                  + of.inputs()
                  + " files of "
                  + Amount.bytes(bytes)
                  + ", "
                  + dtype
                  + " ...");
          bench.writeInputs(bytes);
          say("measuring " + Problems.id(of) + " ...");
          return new Result(of, dtype, bytes, bench.measure(things, runs));
        });
  }

  private void cold(List<DType> types, long bytes) {
    List<ColdBench.Result> results =
        inFolder(
            types.size() * (BenchCase.LINEAR.inputs() + 3) * bytes,
            folder -> {
              say("writing files of " + Amount.bytes(bytes) + " ...");
              ColdBench bench = new ColdBench(session, speed, folder, types, bytes);
              say("measuring ...");
              return bench.measure(runs);
            });
    if (json) {
      Json.write(
          session.out(),
          out -> {
            describeMachine(out);
            out.number("bytes", bytes);
            ColdBench.describe(out, results);
          });
    } else {
      printMachine(session.out());
      session.out().println();
      ColdBench.print(session.out(), results);
    }
  }

  private interface Measurement<T> {
    T in(Path folder) throws IOException;
  }

  /// Measures in a folder that is deleted afterwards, however the process ends.
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
          ErrorCode.IO_FAILED,
          directory.toAbsolutePath() + ": cannot be measured in: " + Reason.of(e) + ".",
          e);
    }
  }

  private static void forget(Thread sweeper) {
    try {
      Runtime.getRuntime().removeShutdownHook(sweeper);
    } catch (IllegalStateException e) {
      // The process ends already, and the sweeper runs.
    }
  }

  private void checkSpace(long needed) throws IOException {
    long free = Files.getFileStore(directory.toAbsolutePath()).getUsableSpace();
    if (free < needed) {
      throw new MokumeException(
          ErrorCode.NO_SPACE,
          directory.toAbsolutePath()
              + ": the measurement needs "
              + Amount.bytes(needed)
              + " but only "
              + Amount.bytes(free)
              + " are free. Choose another folder with --dir, or a smaller --size.");
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList().reversed()) {
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

  private void printMachine(PrintWriter out) {
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
        "files in the page cache, an existing output replaced, " + runs + " alternating runs");
  }

  private void print(PrintWriter out, List<Result> results) {
    printMachine(out);
    for (Result result : results) {
      out.println();
      print(out, result);
    }
  }

  static void print(PrintWriter out, Result result) {
    String title =
        "%s, %s files of %s, %s"
            .formatted(
                Problems.id(result.of()),
                result.of().inputs(),
                Amount.bytes(result.bytes()),
                result.dtype().name());
    Table table =
        Table.of(
            title,
            ">median",
            ">least",
            ">most",
            ">x " + Problems.id(result.yardstick()),
            ">goal",
            ">reached");
    result
        .times()
        .forEach((what, times) -> {
          Optional<Goal> goal = result.goal(what);
          table.row(
              what.words(),
              Merging.seconds(times.median()),
              Merging.seconds(times.least()),
              Merging.seconds(times.most()),
              twoDecimals(times.median() / result.median(result.yardstick())),
              goal.map(BenchCommand::words).orElse(""),
              goal.map(of -> twoDecimals(times.median() / result.median(of.against()))).orElse(""));
        });
    table.print(out, "");
  }

  private static String words(Goal goal) {
    return "<= " + twoDecimals(goal.most()) + " x " + Problems.id(goal.against());
  }

  private static String twoDecimals(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  private void describeMachine(Json out) {
    out.text("version", Version.line());
    out.text("java", Runtime.version().toString());
    out.number("processors", Runtime.getRuntime().availableProcessors());
    out.number("runs", runs);
  }

  private void describe(Json out, List<Result> results) {
    describeMachine(out);
    out.objects(
        "results",
        results,
        (item, result) -> {
          item.text("case", Problems.id(result.of()));
          item.text("dtype", result.dtype().name());
          item.number("bytes", result.bytes());
          item.objects(
              "times",
              result.times().entrySet(),
              (row, entry) -> {
                double median = entry.getValue().median();
                row.text("what", Problems.id(entry.getKey()));
                row.number("median", median);
                row.number("timesFirst", median / result.median(result.yardstick()));
                result
                    .goal(entry.getKey())
                    .ifPresent(goal -> {
                      row.text("against", Problems.id(goal.against()));
                      row.number("goal", goal.most());
                      row.number("reached", median / result.median(goal.against()));
                    });
                row.numbers("seconds", entry.getValue().toArray());
              });
        });
  }
}
