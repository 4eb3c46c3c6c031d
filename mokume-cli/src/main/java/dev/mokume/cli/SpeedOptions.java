package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/// How fast a command may run and how much memory it may take. None of these options changes a
/// result.
final class SpeedOptions {
  private static final int STEP = 4096;
  private static final int LARGEST_TILE = 1 << 26;
  private static final int MOST_THREADS = 1024;
  private static final Pattern TILE = Pattern.compile("(\\d{1,9})([KM]?)");

  @Option(
      names = "--threads",
      order = 500,
      paramLabel = "N",
      description = "Worker threads; default: one a processor.")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--tile",
      order = 501,
      paramLabel = "ELEMENTS",
      description =
          "Elements read, computed and written at a time, a multiple of 4096, as in 262144 or 256K"
              + " (the default).")
  private Optional<String> tile = Optional.empty();

  @Option(
      names = "--memory",
      order = 502,
      paramLabel = "SIZE",
      description =
          "The most memory the process may have resident: 512M (the default), 2G, auto (what the"
              + " container or the machine has). The least is 160M.")
  private Optional<String> memory = Optional.empty();

  /// @throws dev.mokume.error.MokumeException with everything that is wrong with the options
  MergeOptions toOptions(Session session, MergeListener listener) {
    Problems problems = new Problems();
    MergeOptions options = toOptions(session, listener, problems);
    problems.throwIfAny();
    return options;
  }

  MergeOptions toOptions(Session session, MergeListener listener, Problems problems) {
    return MergeOptions.defaults()
        .withThreads(threads(problems))
        .withTileElements(tileElements(problems))
        .withMemory(problems.collect("--memory", 0L, () -> budget(session).buffers()))
        .withListener(listener)
        .withCancellation(session.cancellation());
  }

  int threads(Problems problems) {
    int workers = threads.orElse(Runtime.getRuntime().availableProcessors());
    if (workers >= 1 && workers <= MOST_THREADS) {
      return workers;
    }
    problems.add("--threads must be in 1..1024 but was " + workers + ".");
    return 1;
  }

  /// What `--memory` says, else what the launcher said, else the default.
  MemoryBudget budget(Session session) {
    long process =
        session.memory().isPresent()
            ? session.memory().getAsLong()
            : memory.map(MemoryBudget::parse).orElse(MemoryBudget.DEFAULT);
    memory.ifPresent(MemoryBudget::parse);
    return MemoryBudget.ofProcess(process);
  }

  /// These options again, for another process; only those that decide the speed.
  List<String> asArguments() {
    List<String> arguments = new ArrayList<>();
    threads.ifPresent(value -> arguments.addAll(List.of("--threads", String.valueOf(value))));
    tile.ifPresent(value -> arguments.addAll(List.of("--tile", value)));
    memory.ifPresent(value -> arguments.addAll(List.of("--memory", value)));
    return arguments;
  }

  private int tileElements(Problems problems) {
    if (tile.isEmpty()) {
      return MergeOptions.defaults().tileElements();
    }
    Matcher matcher = TILE.matcher(tile.get().strip().toUpperCase(Locale.ROOT));
    if (matcher.matches()) {
      long unit =
          switch (matcher.group(2)) {
            case "K" -> 1L << 10;
            case "M" -> 1L << 20;
            default -> 1;
          };
      long elements = Long.parseLong(matcher.group(1)) * unit;
      if (elements >= STEP && elements <= LARGEST_TILE && elements % STEP == 0) {
        return (int) elements;
      }
    }
    problems.add(
        "--tile: '"
            + tile.get()
            + "' is not a tile size; give a multiple of 4096 elements from 4096 to 64M, as in"
            + " 256K.");
    return STEP;
  }
}
