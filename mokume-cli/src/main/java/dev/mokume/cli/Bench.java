package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.cli.BenchCase.What;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Recipe;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Times a merge of files in the page cache against what else is done with them, in alternating
/// runs.
final class Bench {
  /// The launcher lets compilers wait ten times as long as usual, so that it takes some merges
  /// until one runs as those of a warm process do.
  private static final int WARM_UPS = 10;

  private final Session session;
  private final SpeedOptions speed;
  private final BenchCase of;
  private final DType dtype;
  private final List<Path> inputs = new ArrayList<>();
  private final Path out;
  private final Path copied;
  private final Optional<String> peer;
  private final NumpyPartition numpy;

  Bench(
      Session session,
      SpeedOptions speed,
      BenchCase of,
      DType dtype,
      Path folder,
      Optional<String> peer) {
    this.session = session;
    this.speed = speed;
    this.of = of;
    this.dtype = dtype;
    this.peer = peer;
    for (int i = 0; i < of.inputs(); i++) {
      inputs.add(folder.resolve("abcd".charAt(i) + ".safetensors"));
    }
    this.out = folder.resolve("out.safetensors");
    this.copied = folder.resolve("copied.safetensors");
    this.numpy = new NumpyPartition(inputs, dtype, BenchCase.THRESHOLD);
  }

  /// Makes the files that are merged.
  void writeInputs(long bytes) {
    for (int i = 0; i < inputs.size(); i++) {
      long seed = 1L + i;
      if (of == BenchCase.QUANTILE) {
        BenchFiles.writeOne(inputs.get(i), dtype, bytes, seed);
      } else {
        BenchFiles.write(inputs.get(i), dtype, bytes, seed);
      }
    }
  }

  /// Every run does all things once, so that a busy minute of the machine hits all of them.
  SequencedMap<What, Times> measure(List<What> things, int runs) {
    if (of.writes()) {
      Commands.run(List.of("cp", inputs.getFirst().toString(), copied.toString()));
    }
    for (What what : things) {
      warmUp(what);
    }
    SequencedMap<What, List<Double>> seconds = new LinkedHashMap<>();
    things.forEach(what -> seconds.put(what, new ArrayList<>()));
    for (int i = 0; i < runs; i++) {
      for (What what : things) {
        seconds.computeIfAbsent(what, _ -> new ArrayList<>()).add(seconds(what));
      }
    }
    SequencedMap<What, Times> times = new LinkedHashMap<>();
    seconds.forEach((what, list) -> times.put(what, new Times(list)));
    return times;
  }

  private void warmUp(What what) {
    switch (what) {
      case LINEAR, WARM, COUNTED -> {
        for (int i = 0; i < WARM_UPS; i++) {
          perform(what);
        }
      }
      // The launcher may have to build something first, and fingerprints are remembered from the
      // first run on.
      case PROCESS, PROCESS_SHIPPED -> perform(what);
      case FLOOR, NUMPY, WARM_SHIPPED, PEER -> {
        // Nothing that a first run would have to find out.
      }
    }
  }

  private double seconds(What what) {
    if (what == What.NUMPY) {
      return numpy.seconds();
    }
    return seconds(session, () -> perform(what));
  }

  /// The seconds that `work` takes.
  static double seconds(Session session, Runnable work) {
    if (session.cancellation().isCancelled()) {
      throw new MokumeException(ErrorCode.CANCELLED, "the measurement was stopped.");
    }
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) / 1e9;
  }

  void perform(What what) {
    switch (what) {
      case FLOOR -> {
        List<String> cat = new ArrayList<>(List.of("cat"));
        inputs.forEach(input -> cat.add(input.toString()));
        Commands.run(cat);
        Commands.run(
            List.of(
                "dd",
                "if=" + inputs.getFirst(),
                "of=" + copied,
                "conv=notrunc",
                "bs=1M",
                "status=none"));
      }
      case LINEAR -> mergeOver(session, speed, inputs.getFirst(), inputs.get(1), copied);
      case WARM -> mergeOver(session, speed, of.recipe(inputs), copied);
      case COUNTED ->
          Mokume.countMask(of.recipe(inputs), speed.toOptions(session, MergeListener.NONE));
      case PROCESS -> processOver();
      case WARM_SHIPPED -> asShipped();
      case PROCESS_SHIPPED -> process();
      case PEER -> peerProcess();
      case NUMPY -> numpy.seconds();
    }
  }

  private void asShipped() {
    Mokume.merge(
        of.recipe(inputs), out, speed.toOptions(session, MergeListener.NONE).withOverwrite(true));
  }

  /// The linear merge, written over an existing file in place: what `dd conv=notrunc` does.
  static void mergeOver(Session session, SpeedOptions speed, Path a, Path b, Path target) {
    mergeOver(session, speed, BenchCase.LINEAR.recipe(List.of(a, b)), target);
  }

  private static void mergeOver(Session session, SpeedOptions speed, Recipe recipe, Path target) {
    MergeOptions options = speed.toOptions(session, MergeListener.NONE).withFingerprints(false);
    Mokume.merge(recipe, _ -> new OverwrittenFile(target), options);
  }

  private void processOver() {
    List<String> command = new ArrayList<>(OwnProcess.command(session));
    command.addAll(List.of("bench", "--once"));
    inputs.forEach(input -> command.add(input.toString()));
    command.add(copied.toString());
    command.addAll(speed.asArguments());
    Commands.run(command);
  }

  private void process() {
    List<String> command = new ArrayList<>(OwnProcess.command(session));
    command.addAll(List.of("merge", "--method", "weighted-sum"));
    inputs.forEach(input -> command.add(input.toString()));
    command.addAll(
        List.of("--alpha", String.valueOf(BenchCase.ALPHA), "--force", "-o", out.toString()));
    command.addAll(speed.asArguments());
    Commands.run(command);
  }

  private void peerProcess() {
    List<String> command = new ArrayList<>();
    for (String word : peer.orElseThrow().strip().split("\\s+")) {
      String filled = word;
      for (int i = 0; i < inputs.size(); i++) {
        filled = filled.replace("{" + "ABCD".charAt(i) + "}", inputs.get(i).toString());
      }
      command.add(
          filled
              .replace("{OUT}", copied.toString())
              .replace("{ALPHA}", String.valueOf(BenchCase.ALPHA)));
    }
    Commands.run(command);
  }
}
