package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.MergeOptions.NonFinite;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/// How a command runs. None of these options changes the weights that come out.
final class RunOptions {
  private static final int STEP = 4096;
  private static final int LARGEST_TILE = 1 << 26;
  private static final Pattern TILE = Pattern.compile("(\\d{1,9})([KM]?)");

  @Option(names = "--threads", order = 500, paramLabel = "N", description = "Worker threads; default: one a processor.")
  private Optional<Integer> threads = Optional.empty();

  @Option(
      names = "--tile",
      order = 501,
      paramLabel = "ELEMENTS",
      description = "Elements read, computed and written at a time, a multiple of 4096, as in 262144 or 256K (the default).")
  private Optional<String> tile = Optional.empty();

  @Option(
      names = "--memory",
      order = 502,
      paramLabel = "SIZE",
      description =
          "The most memory the process may have resident: 512M (the default), 2G, auto (what the container or the machine"
              + " has). The least is 160M.")
  private Optional<String> memory = Optional.empty();

  @Option(names = "--force", order = 503, description = "Replace an output that exists.")
  private boolean force;

  @Option(
      names = "--non-finite",
      order = 504,
      paramLabel = "POLICY",
      description = "What to do about NaN and infinity in what is computed: refuse (the default) or warn.")
  private Optional<String> nonFinite = Optional.empty();

  @Option(
      names = "--no-fingerprints",
      order = 505,
      description = "Leave the inputs' SHA-256 out of the output's metadata; saves reading the inputs once more.")
  private boolean noFingerprints;

  @Option(
      names = "--no-fsync",
      order = 506,
      description = "Do not wait until the output is on the disk; a power failure may then lose it.")
  private boolean noFsync;

  /// @throws MokumeException with everything that is wrong with the options
  MergeOptions toOptions(Session session, MergeListener listener) {
    List<Problem> problems = new ArrayList<>();
    int workers = threads.orElse(Runtime.getRuntime().availableProcessors());
    if (workers < 1 || workers > 1024) {
      problems.add(problem("--threads: there must be 1 to 1024 threads but " + workers + " were asked for."));
    }
    int elements = tileElements(problems);
    long buffers = 0;
    try {
      buffers = budget(session).buffers();
    } catch (MokumeException e) {
      e.problems().forEach(found -> problems.add(new Problem(found.code(), "--memory: " + found.message())));
    }
    NonFinite policy = policy(problems);
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return MergeOptions.defaults()
        .withThreads(workers)
        .withTileElements(elements)
        .withMemory(buffers)
        .withOverwrite(force)
        .withNonFinite(policy)
        .withFingerprints(!noFingerprints)
        .withDurable(!noFsync)
        .withListener(listener)
        .withCancellation(session.cancellation());
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

  private int tileElements(List<Problem> problems) {
    if (tile.isEmpty()) {
      return MergeOptions.defaults().tileElements();
    }
    var matcher = TILE.matcher(tile.get().strip().toUpperCase(Locale.ROOT));
    if (matcher.matches()) {
      long unit = switch (matcher.group(2)) {
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
        problem(
            "--tile: '" + tile.get() + "' is not a tile size; give a multiple of 4096 elements from 4096 to 64M, as in 256K."));
    return STEP;
  }

  private NonFinite policy(List<Problem> problems) {
    String text = nonFinite.orElse("refuse");
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "refuse" -> NonFinite.REFUSE;
      case "warn" -> NonFinite.WARN;
      default -> {
        problems.add(problem("--non-finite: '" + text + "' is not a policy; the policies are refuse, warn."));
        yield NonFinite.REFUSE;
      }
    };
  }

  private static Problem problem(String message) {
    return new Problem(ErrorCode.INVALID_RECIPE, message);
  }
}
