package dev.mokume.cli;

import dev.mokume.architecture.Layouts;
import dev.mokume.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Does what people do most, over and over on small files, while the JVM takes notes: the
/// ahead-of-time cache made from them lets later processes start with these classes loaded and
/// these methods compiled early.
final class Training {
  /// Large enough for whole tiles, small enough to be over in seconds.
  private static final long BYTES = 12L << 20;

  private static final int ROUNDS = 12;

  /// Enough for the engine to read into arrays, as it does where a merge is long enough for the
  /// system's calls to be linked.
  private static final long LONG = 68L << 20;

  private static final int LONG_ROUNDS = 2;

  private static final String OUT = "out.safetensors";

  /// Masks, draws, quantiles and elections.
  private static final List<String> RECIPES =
      List.of(
          "dare: {a: a, b: b, alpha: 1, drop_rate: 0.9, mask: {magnitude: {a: b, b: a, threshold:"
              + " 0.9}}}",
          "ties: {base: a, models: [{of: b, density: 0.5}, {of: b, density: 0.7}, {of: b, density:"
              + " 0.9}]}");

  private static final int RECIPE_ROUNDS = 4;

  /// What most people have.
  private static final List<String> LAYOUTS = List.of("sdxl", "sd15", "flux-dev");

  private final Session session;
  private final Path folder;

  Training(Session session, Path parent) {
    this.session = session.silent();
    try {
      this.folder = Files.createTempDirectory(parent, "training-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void run() {
    try {
      for (DType dtype : List.of(DType.F16, DType.BF16, DType.F32)) {
        BenchFiles.write(folder.resolve("a.safetensors"), dtype, BYTES, 1);
        BenchFiles.write(folder.resolve("b.safetensors"), dtype, BYTES, 2);
        for (int i = 0; i < ROUNDS; i++) {
          command("merge", "--method", "weighted-sum", "A", "B", "--alpha", "0.3");
        }
        command("mask", "magnitude", "A", "B", "--threshold", "0.9", "--select", "below");
        command("merge", "--method", "dare", "A", "B", "--drop-rate", "0.8", "--seed", "1");
        for (int i = 0; i < RECIPE_ROUNDS; i++) {
          RECIPES.forEach(recipe -> command("merge", write(recipe)));
        }
        command("plan", "--method", "weighted-sum", "A", "B", "--alpha", "0.3");
      }
      for (String layout : LAYOUTS) {
        String file = headerOf(layout).toString();
        command("plan", "--method", "weighted-sum", file, file, "--alpha", "0.3");
      }
      for (DType dtype : List.of(DType.F16, DType.BF16)) {
        BenchFiles.write(folder.resolve("a.safetensors"), dtype, LONG, 1);
        BenchFiles.write(folder.resolve(OUT), dtype, LONG, 1);
        command("bench", "--once", "A", "A", "OUT");
        for (int i = 0; i < LONG_ROUNDS; i++) {
          command("merge", "--method", "weighted-sum", "A", "A", "--alpha", "0.3");
        }
      }
    } finally {
      delete();
    }
  }

  /// Only looks at headers.
  void inspect() {
    try {
      for (String layout : LAYOUTS) {
        String file = headerOf(layout).toString();
        for (int i = 0; i < ROUNDS; i++) {
          command("inspect", file);
        }
        command("inspect", file, "--tensors", "--json");
      }
    } finally {
      delete();
    }
  }

  /// A file as large as people have, of which there is only the header.
  private Path headerOf(String layout) {
    Path file = folder.resolve(layout + ".safetensors");
    BenchFiles.writeHeader(file, Layouts.load(layout));
    return file;
  }

  private void command(String... words) {
    List<String> arguments = new ArrayList<>();
    for (String word : words) {
      arguments.add(
          switch (word) {
            case "A" -> folder.resolve("a.safetensors").toString();
            case "B" -> folder.resolve("b.safetensors").toString();
            case "OUT" -> folder.resolve(OUT).toString();
            default -> word;
          });
    }
    if (words[0].equals("merge") || words[0].equals("mask")) {
      arguments.addAll(List.of("--force", "--no-fsync", "-o", folder.resolve(OUT).toString()));
    }
    int code = Cli.run(session, arguments.toArray(String[]::new));
    if (code != ExitCode.OK) {
      throw new IllegalStateException(String.join(" ", arguments) + " ended with " + code);
    }
  }

  /// A recipe of what is in the folder.
  private String write(String node) {
    Path file = folder.resolve("recipe.yaml");
    String text =
        "mokume: 1\nmodels: {a: a.safetensors, b: b.safetensors}\noutput:\n  all:\n    " + node;
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toString();
  }

  private void delete() {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
