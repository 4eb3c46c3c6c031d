package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Opens and lays out checkpoints of every format there is. Start here: read with [#open]; write
/// with [#layout], an [AtomicFileOutput] and a [CheckpointWriter].
public final class Checkpoints {
  private Checkpoints() {}

  /// The formats of this installation, Mokume's own and those that a module on the path provides.
  private static final class Formats {
    static final List<CheckpointFormat> ALL = load();

    /// What is written under a name that does not say the format.
    static final CheckpointFormat USUAL =
        ALL.stream()
            .filter(format -> format.name().equals("safetensors"))
            .findFirst()
            .orElseThrow();

    private static List<CheckpointFormat> load() {
      List<CheckpointFormat> formats = new ArrayList<>();
      loader().forEach(formats::add);
      return List.copyOf(formats);
    }

    /// Where there is no class path only the modules are asked: to look for what a class path would
    /// hold, Java opens every module's jar.
    private static ServiceLoader<CheckpointFormat> loader() {
      ModuleLayer layer = CheckpointFormat.class.getModule().getLayer();
      return layer != null && System.getProperty("java.class.path", "").isEmpty()
          ? ServiceLoader.load(layer, CheckpointFormat.class)
          : ServiceLoader.load(CheckpointFormat.class, CheckpointFormat.class.getClassLoader());
    }
  }

  /// The place that `text` names: a path, or an `http://` or `https://` address, which stands for a
  /// path wherever a checkpoint is read. User and password may stand before its host; neither they
  /// nor its query are shown in messages.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if it begins like an address and is none
  /// @throws java.nio.file.InvalidPathException if it cannot be a path
  public static Path place(String text) {
    return HttpAddress.is(text) ? new HttpPath(HttpAddress.parse(text)) : Path.of(text);
  }

  /// Opens the checkpoint at `path`: a file; the index of a sharded set; a folder that holds such
  /// an index or exactly one checkpoint file; or a folder in the layout of the diffusers library,
  /// whose parts are then one checkpoint, or its index: `model_index.json`, and
  /// `model_index.fp16.json` for a variant of it. Only headers are read.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT`, `MALFORMED_CHECKPOINT` or
  ///   `UNSUPPORTED_CHECKPOINT`, with every problem that was found
  public static Checkpoint open(Path path) {
    Optional<PipelineFolder> pipeline = PipelineFolder.of(path, Formats.ALL);
    return pipeline.isPresent()
        ? openPipeline(path, pipeline.get())
        : openFile(path, located(path));
  }

  /// The place of a variant of a model, as its publisher calls it: `fp16`. Only folders in the
  /// layout of the diffusers library have variants; anything else is itself.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` for a name that no variant can have
  public static Path variant(Path model, String variant) {
    return PipelineFolder.variant(model, variant);
  }

  /// In a folder the index or the only checkpoint, else the path itself.
  private static Path located(Path path) {
    return Files.isDirectory(path) ? CheckpointFolder.of(path, Formats.ALL).file() : path;
  }

  /// The indexes of shards that [#open] reads for a path.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if a folder does not say which checkpoint is meant
  public static List<Path> indexes(Path path) {
    Collection<Path> files =
        PipelineFolder.of(path, Formats.ALL)
            .<Collection<Path>>map(pipeline -> pipeline.weights().values())
            .orElseGet(() -> List.of(located(path)));
    return files.stream().filter(Checkpoints::isIndex).toList();
  }

  /// A file of that name beside a checkpoint, or in the folder that is one; nothing if there is
  /// none. Whoever takes it closes it.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if it cannot be read
  public static Optional<ByteSource> beside(Path checkpoint, String name) {
    Path folder =
        Files.isDirectory(checkpoint) ? checkpoint : checkpoint.toAbsolutePath().getParent();
    if (folder == null) {
      return Optional.empty();
    }
    Path file = folder.resolve(name);
    if (!(file instanceof HttpPath)) {
      return Files.isRegularFile(file) ? Optional.of(source(file)) : Optional.empty();
    }
    try {
      return Optional.of(source(file));
    } catch (MokumeException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Checkpoint openPipeline(Path path, PipelineFolder folder) {
    SequencedMap<String, Checkpoint> parts = new LinkedHashMap<>();
    List<Problem> problems = new ArrayList<>();
    folder
        .weights()
        .forEach((part, file) -> {
          try {
            parts.put(part, openFile(file, file));
          } catch (MokumeException e) {
            problems.addAll(e.problems());
          }
        });
    if (!problems.isEmpty()) {
      parts.values().forEach(Checkpoint::close);
      throw new MokumeException(problems);
    }
    return new PipelineCheckpoint(path.toString(), folder, parts);
  }

  private static Checkpoint openFile(Path given, Path file) {
    Optional<CheckpointFormat> indexed =
        indexFormat(file)
            .or(() ->
                Formats.ALL.stream().filter(format -> format.opensSet(fileName(file))).findFirst());
    ByteSource source = source(file);
    if (indexed.isPresent()) {
      return indexed
          .get()
          .openSet(given.toString(), source, shard -> source(file.resolveSibling(shard)));
    }
    try {
      Checkpoint checkpoint = format(source, fileName(file)).open(source);
      if (source instanceof HttpSource web) {
        web.learn(checkpoint);
      }
      return checkpoint;
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static ByteSource source(Path file) {
    return file instanceof HttpPath web ? HttpSource.open(web.address()) : FileSource.open(file);
  }

  /// The files behind a checkpoint, absolute; sources that are not files are left out.
  public static List<Path> files(Checkpoint checkpoint) {
    return checkpoint.sources().stream()
        .flatMap(
            source -> source instanceof FileSource file ? Stream.of(file.path()) : Stream.empty())
        .toList();
  }

  /// Settles the bytes of a new checkpoint. The output's name chooses the format; safetensors if it
  /// does not say.
  ///
  /// @throws MokumeException `UNWRITABLE_OUTPUT` if the name is that of a format which Mokume does
  ///   not write
  public static CheckpointLayout layout(
      Path output, Collection<TensorEntry> tensors, Map<String, String> metadata) {
    return formatOf(output).layout(tensors, metadata, Optional.empty());
  }

  /// The format that a new file's name chooses; safetensors if it does not say.
  ///
  /// @throws MokumeException `UNWRITABLE_OUTPUT` if the name is that of a format which Mokume does
  ///   not write
  public static CheckpointFormat formatOf(Path output) {
    String file = fileName(output);
    for (CheckpointFormat format : Formats.ALL) {
      if (format.isWritten() && hasExtension(file, format.extensions())) {
        return format;
      }
    }
    if (hasExtension(file, ForeignContent.EXTENSIONS)) {
      throw unwritable(output);
    }
    return Formats.USUAL;
  }

  private static MokumeException unwritable(Path output) {
    return new MokumeException(
        ErrorCode.UNWRITABLE_OUTPUT,
        output
            + ": the name is not that of a format which Mokume writes, which are "
            + names(Formats.ALL.stream().filter(CheckpointFormat::isWritten))
            + "; give the output one of those extensions.");
  }

  /// Settles the bytes of every file of a new checkpoint: of shards and, last, the index that lists
  /// them, if `output` is called as an index is; else of one file. Which tensors share a shard
  /// follows from their order and lengths alone.
  ///
  /// @param largestShard bytes of the tensors of a shard, at most, but for a tensor that is larger
  /// @throws MokumeException as [#layout], and `UNWRITABLE_OUTPUT` for too many shards
  public static SequencedMap<Path, CheckpointLayout> layouts(
      Path output,
      Collection<TensorEntry> tensors,
      Map<String, String> metadata,
      long largestShard) {
    Optional<CheckpointFormat> indexed = indexFormat(output);
    if (indexed.isPresent()) {
      if (!indexed.get().isWritten()) {
        throw unwritable(output);
      }
      return ShardedFiles.of(indexed.get(), output).layouts(tensors, metadata, largestShard);
    }
    SequencedMap<Path, CheckpointLayout> one = new LinkedHashMap<>();
    one.put(output, layout(output, tensors, metadata));
    return one;
  }

  /// Whether a name has the extension of a format that is read.
  public static boolean isNamedAsCheckpoint(Path file) {
    return Formats.ALL.stream()
        .anyMatch(format -> hasExtension(fileName(file), format.extensions()));
  }

  /// Whether a name is that of an index of shards.
  public static boolean isIndex(Path file) {
    return indexFormat(file).isPresent();
  }

  /// Whether a file has the name of a shard of that index, and lies beside it.
  static boolean isShard(Path file, Path index) {
    return indexFormat(index)
        .map(format -> ShardedFiles.of(format, index).names(file))
        .orElse(false);
  }

  /// Files that are there and have the names of shards of that index; none if it is no index.
  static List<Path> shardsThere(Path index) {
    return indexFormat(index)
        .map(format -> ShardedFiles.of(format, index).there())
        .orElse(List.of());
  }

  private static Optional<CheckpointFormat> indexFormat(Path file) {
    String name = fileName(file);
    return Formats.ALL.stream().filter(format -> isIndex(name, format)).findFirst();
  }

  /// A variant's index has the variant before its last extension:
  /// `model.safetensors.index.fp16.json`.
  private static boolean isIndex(String name, CheckpointFormat format) {
    int end = name.lastIndexOf('.');
    int start = end < 0 ? -1 : name.lastIndexOf('.', end - 1);
    String plain = start < 0 ? name : name.substring(0, start) + name.substring(end);
    return hasExtension(name, format.indexExtensions())
        || hasExtension(plain, format.indexExtensions());
  }

  private static CheckpointFormat format(ByteSource source, String name) {
    byte[] start = start(source);
    for (CheckpointFormat format : Formats.ALL) {
      if (format.recognises(start)) {
        return format;
      }
    }
    Optional<String> foreign = ForeignContent.of(start);
    if (foreign.isPresent()) {
      throw new MokumeException(
          ErrorCode.UNSUPPORTED_CHECKPOINT, source.name() + ": " + foreign.get());
    }
    for (CheckpointFormat format : Formats.ALL) {
      if (hasExtension(name, format.extensions())) {
        return format;
      }
    }
    throw new MokumeException(
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        source.name()
            + ": is not a checkpoint that Mokume knows, by its content or by its name; it reads "
            + names(Formats.ALL.stream())
            + ".");
  }

  private static byte[] start(ByteSource source) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment start = arena.allocate(Math.min(source.size(), CheckpointFormat.START_LENGTH));
      source.read(0, start);
      return start.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static String names(Stream<CheckpointFormat> formats) {
    return formats
        .map(format -> format.name() + " (" + String.join(", ", format.extensions()) + ")")
        .collect(Collectors.joining(", "));
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }

  static boolean hasExtension(String file, List<String> extensions) {
    String lower = file.toLowerCase(Locale.ROOT);
    return extensions.stream().anyMatch(lower::endsWith);
  }
}
