package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Recipe;
import dev.mokume.tensor.DType;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Times a linear merge of two files against what only reads and writes them, in alternating runs.
final class Bench {
  private static final double ALPHA = 0.35;

  /// The launcher lets compilers wait ten times as long as usual, so that it takes some merges
  /// until one runs as those of a warm process do.
  private static final int WARM_UPS = 10;

  private final Session session;
  private final SpeedOptions speed;
  private final Path a;
  private final Path b;
  private final Path out;
  private final Path copied;
  private final Optional<String> peer;

  Bench(Session session, SpeedOptions speed, Path folder, Optional<String> peer) {
    this.session = session;
    this.speed = speed;
    this.peer = peer;
    this.a = folder.resolve("a.safetensors");
    this.b = folder.resolve("b.safetensors");
    this.out = folder.resolve("out.safetensors");
    this.copied = folder.resolve("copied.safetensors");
  }

  /// What is timed, in the order of a round.
  enum What {
    FLOOR("cat A B > /dev/null, dd of A over a file"),
    WARM("in process, warm, over a file"),
    PROCESS("whole process, over a file"),
    WARM_SHIPPED("in process, as shipped: new file, fsync, SHA-256"),
    PROCESS_SHIPPED("whole process, as shipped"),
    PEER("the peer's whole process");

    private final String words;

    What(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /// Writes the two files.
  void writeFiles(DType dtype, long bytes) {
    BenchFiles.write(a, dtype, bytes, 1);
    BenchFiles.write(b, dtype, bytes, 2);
  }

  /// Every run does all things once, so that a busy minute of the machine hits all of them.
  SequencedMap<What, Times> measure(int runs) {
    List<What> things = new ArrayList<>(Arrays.asList(What.values()));
    if (peer.isEmpty()) {
      things.remove(What.PEER);
    }
    time(() -> execute(List.of("cp", a.toString(), copied.toString())));
    // The launcher may have to build something first, and fingerprints are remembered from the
    // first run on.
    process();
    processOver();
    for (int i = 0; i < WARM_UPS; i++) {
      mergeOver(session, speed, a, b, copied);
    }
    SequencedMap<What, List<Double>> seconds = new LinkedHashMap<>();
    things.forEach(what -> seconds.put(what, new ArrayList<>()));
    for (int i = 0; i < runs; i++) {
      for (What what : things) {
        seconds.computeIfAbsent(what, _ -> new ArrayList<>()).add(time(() -> perform(what)));
      }
    }
    SequencedMap<What, Times> times = new LinkedHashMap<>();
    seconds.forEach((what, list) -> times.put(what, new Times(list)));
    return times;
  }

  private void perform(What what) {
    switch (what) {
      case FLOOR -> floor();
      case WARM -> mergeOver(session, speed, a, b, copied);
      case PROCESS -> processOver();
      case WARM_SHIPPED -> asShipped();
      case PROCESS_SHIPPED -> process();
      case PEER -> peerProcess();
    }
  }

  /// The least that a merge can take: reading both files and writing one, without computing.
  void floor() {
    execute(List.of("cat", a.toString(), b.toString()));
    execute(List.of("dd", "if=" + a, "of=" + copied, "conv=notrunc", "bs=1M", "status=none"));
  }

  private void asShipped() {
    Mokume.merge(
        recipe(a, b), out, speed.toOptions(session, MergeListener.NONE).withOverwrite(true));
  }

  /// The merge, written over an existing file in place: what `dd conv=notrunc` does.
  static void mergeOver(Session session, SpeedOptions speed, Path a, Path b, Path target) {
    MergeOptions options = speed.toOptions(session, MergeListener.NONE).withFingerprints(false);
    Mokume.merge(recipe(a, b), _ -> new OverwrittenFile(target), options);
  }

  private static Recipe recipe(Path a, Path b) {
    MethodFlags flags = new MethodFlags();
    flags.method = Optional.of("weighted-sum");
    flags.alpha = Optional.of(ALPHA);
    return MethodRecipes.of(flags, List.of(a, b), new Headers());
  }

  /// What [#mergeOver] does, in a process of its own.
  void processOver() {
    List<String> command = new ArrayList<>(OwnProcess.command(session));
    command.addAll(List.of("bench", "--once", a.toString(), b.toString(), copied.toString()));
    command.addAll(speed.asArguments());
    execute(command);
  }

  void process() {
    List<String> command = new ArrayList<>(OwnProcess.command(session));
    command.addAll(List.of("merge", "--method", "weighted-sum", a.toString(), b.toString()));
    command.addAll(List.of("--alpha", String.valueOf(ALPHA), "--force", "-o", out.toString()));
    command.addAll(speed.asArguments());
    execute(command);
  }

  private void peerProcess() {
    List<String> command = new ArrayList<>();
    for (String word : peer.orElseThrow().strip().split("\\s+")) {
      command.add(
          word.replace("{A}", a.toString())
              .replace("{B}", b.toString())
              .replace("{OUT}", copied.toString())
              .replace("{ALPHA}", String.valueOf(ALPHA)));
    }
    execute(command);
  }

  private double time(Runnable work) {
    return time(session, work);
  }

  /// The seconds that `work` takes.
  static double time(Session session, Runnable work) {
    if (session.cancellation().isCancelled()) {
      throw new MokumeException(ErrorCode.CANCELLED, "the measurement was stopped.");
    }
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  /// Waits for a process, which has to succeed.
  static void execute(List<String> command) {
    try {
      Path errors = Files.createTempFile("mokume-bench", ".err");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(errors.toFile())
                .start();
        int code = process.waitFor();
        if (code != 0) {
          throw new MokumeException(
              ErrorCode.IO_FAILED,
              "'"
                  + String.join(" ", command)
                  + "' ended with "
                  + code
                  + ": "
                  + Files.readString(errors).strip());
        }
      } finally {
        Files.deleteIfExists(errors);
      }
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.IO_FAILED, "'" + command.getFirst() + "' cannot be run: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new MokumeException(ErrorCode.CANCELLED, "the measurement was interrupted.", e);
    }
  }
}
