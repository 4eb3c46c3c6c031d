package dev.mokume;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.RangeServer;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.internal.gguf.Gguf;
import dev.mokume.internal.pickle.TorchFile;
import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Brings models into forms, in a folder of its own.
final class FormWorkshop implements AutoCloseable {
  private static final MergeOptions OPTIONS =
      MergeOptions.defaults().withDurable(false).withFingerprints(false).withMemory(16 << 20);

  private final Path folder;
  private final RangeServer server = new RangeServer();
  private int folders;

  FormWorkshop(Path folder) {
    this.folder = folder;
  }

  /// What Mokume makes of a model, in a folder of its own.
  ///
  /// @param output a name; one without an extension is that of a folder with the names of diffusers
  /// @param asked of the model as it is
  /// @param largestShard where the name is that of an index
  Path convert(
      Path model, String output, UnaryOperator<Result.Checkpoint> asked, long largestShard) {
    Path out = in(output);
    SequencedMap<String, Path> models = new LinkedHashMap<>(Map.of("a", model));
    Result.Checkpoint result = asked.apply(Result.Checkpoint.of(new LinkedHashMap<>()));
    Recipe recipe = Recipe.of(models, result);
    if (result.isPipeline()) {
      Mokume.mergePipeline(recipe, out, OPTIONS);
    } else {
      Mokume.merge(List.of(new MergeOutput(recipe, out, largestShard)), OPTIONS);
    }
    return out;
  }

  Path convert(Path model, String output, UnaryOperator<Result.Checkpoint> asked) {
    return convert(model, output, asked, MergeOutput.USUAL_SHARD);
  }

  /// A path in a folder that holds nothing yet.
  Path in(String name) {
    try {
      return Files.createDirectory(folder.resolve("f" + folders++)).resolve(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path safetensors(SmallCheckpoint model) {
    return model.write(in("m.safetensors"));
  }

  Path renamed(Path file, String name) {
    try {
      return Files.move(file, in(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path write(String name, byte[] bytes) {
    return write(in(name), bytes);
  }

  private static Path write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.getParent());
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @return the index
  Path shards(SmallCheckpoint model) {
    return convert(
        safetensors(model), "m.safetensors.index.json", UnaryOperator.identity(), 1 << 12);
  }

  /// Every other tensor in a shard of its own.
  ///
  /// @return the index
  Path torchShards(SmallCheckpoint model) {
    Path index = in("pytorch_model.bin.index.json");
    List<List<String>> shards = List.of(new ArrayList<>(), new ArrayList<>());
    List<String> entries = new ArrayList<>();
    for (String name : model.names()) {
      int shard = entries.size() % 2;
      shards.get(shard).add(name);
      entries.add("\"%s\": \"pytorch_model-0000%d-of-00002.bin\"".formatted(name, shard + 1));
    }
    for (int i = 0; i < 2; i++) {
      write(
          index.resolveSibling("pytorch_model-0000%d-of-00002.bin".formatted(i + 1)),
          TorchFile.zip(model, shards.get(i)));
    }
    return write(
        index, "{\"weight_map\": {%s}}".formatted(String.join(", ", entries)).getBytes(UTF_8));
  }

  /// @param extension of the parts' weights: `.safetensors`, `.fp16.safetensors`, `.bin`
  Path pipeline(SmallCheckpoint model, String extension) {
    Path made =
        convert(safetensors(model), "pipeline", result -> result.withNames(Names.DIFFUSERS));
    try (Stream<Path> files = Files.walk(made)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".safetensors")).toList()) {
        byte[] bytes =
            extension.endsWith(".bin")
                ? TorchFile.zip(SmallCheckpoint.read(file))
                : Files.readAllBytes(file);
        Files.delete(file);
        String stem = file.getFileName().toString().replace(".safetensors", "");
        Files.write(file.resolveSibling(stem + extension), bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return made;
  }

  Path gguf(SmallCheckpoint model, DType dtype) {
    return convert(safetensors(model), "m.gguf", everywhere(dtype));
  }

  /// @return the first of two files
  Path splitGguf(SmallCheckpoint model) {
    Path first = in("m-00001-of-00002.gguf");
    for (int i = 0; i < 2; i++) {
      Gguf file =
          new Gguf()
              .text("general.architecture", "sd1")
              .value("split.no", 2, (byte) i, (byte) 0)
              .value("split.count", 2, (byte) 2, (byte) 0)
              .value("split.tensors.count", 5, Gguf.i32(model.names().size()));
      for (int t = i; t < model.names().size(); t += 2) {
        String name = model.names().get(t);
        long[] dimensions = model.spec(name).shape().toArray();
        long[] innermostFirst = new long[dimensions.length];
        for (int d = 0; d < dimensions.length; d++) {
          innermostFirst[d] = dimensions[dimensions.length - 1 - d];
        }
        file.tensor(name, TYPES.get(model.spec(name).dtype()), innermostFirst, model.bytes(name));
      }
      write(first.resolveSibling("m-0000%d-of-00002.gguf".formatted(i + 1)), file.bytes());
    }
    return first;
  }

  private static final Map<DType, Integer> TYPES =
      Map.of(DType.F32, 0, DType.F16, 1, DType.I64, 27, DType.BF16, 30);

  /// The address of a file and of what lies beside it.
  Path served(Path file) {
    try (Stream<Path> beside = Files.list(file.getParent())) {
      for (Path one : beside.toList()) {
        server.file("/" + one.getFileName(), Files.readAllBytes(one));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Checkpoints.place(server.origin() + "/" + file.getFileName());
  }

  /// Stores all components so.
  static UnaryOperator<Result.Checkpoint> everywhere(DType dtype) {
    Map<Component, DType> dtypes = new LinkedHashMap<>();
    for (Component component : Set.of(Component.UNET, Component.VAE, Component.CLIP_L)) {
      dtypes.put(component, dtype);
    }
    return result -> result.withDtypes(dtypes);
  }

  @Override
  public void close() {
    server.close();
  }
}
