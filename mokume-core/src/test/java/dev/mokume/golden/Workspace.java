package dev.mokume.golden;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.engine.EngineSettings;
import dev.mokume.internal.engine.MergeEngine;
import dev.mokume.plan.TensorTask;
import dev.mokume.recipe.Recipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The folder in which cases lay their inputs and results as files.
final class Workspace {
  /// Small, since thousands of merges each take it anew; the tensors are small too.
  private static final long MEMORY = 8L << 20;

  private static final int TILE = 4096;

  private final Path folder;
  private final Map<String, Path> shared = new LinkedHashMap<>();
  private int files;

  Workspace(Path folder) {
    this.folder = folder;
  }

  Path folder() {
    return folder;
  }

  /// A new safetensors file of these tensors.
  Path write(SequencedMap<String, GoldenTensor> tensors) {
    Path file = newFile();
    try {
      Files.write(file, TensorFile.format(tensors));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  /// A file of that name, as it is.
  Path write(String name, byte[] content) {
    try {
      return Files.write(folder.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The file of these tensors, written once for each `key`.
  Path writeOnce(String key, SequencedMap<String, GoldenTensor> tensors) {
    return shared.computeIfAbsent(key, _ -> write(tensors));
  }

  /// Runs `recipe` and reads what it wrote.
  TensorFile merge(Recipe recipe) {
    Path output = newFile();
    Mokume.merge(
        recipe,
        output,
        MergeOptions.defaults()
            .withThreads(1)
            .withTileElements(TILE)
            .withMemory(MEMORY)
            .withDurable(false)
            .withFingerprints(false)
            .withNonFinite(MergeOptions.NonFinite.WARN));
    try {
      TensorFile result = TensorFile.parse(Files.readAllBytes(output));
      Files.delete(output);
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The value of a number about a tensor, as the engine finds it.
  double measure(Scalar.Quantile number) {
    TensorTask task = new TensorTask("quantile", number.of().count(), List.of(), List.of(number));
    MergeEngine engine =
        new MergeEngine(new EngineSettings(1, TILE, MEMORY, null, folder, () -> false, _ -> {}));
    engine.run(List.of(task), List.of());
    return engine.measured(task)[0];
  }

  private Path newFile() {
    files++;
    return folder.resolve(files + ".safetensors");
  }
}
