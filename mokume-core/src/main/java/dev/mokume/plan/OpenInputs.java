package dev.mokume.plan;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import dev.mokume.lora.Adapter;
import dev.mokume.recipe.AdapterUse;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Ema;
import dev.mokume.recipe.Stack;
import dev.mokume.tokenizer.TokenizerMerge;
import dev.mokume.tokenizer.TokenizerSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;

/// Every file of a recipe, opened; a file that stands under two names, or in two recipes, is opened
/// once.
public final class OpenInputs implements AutoCloseable {
  /// What stands before the file names of masks and adapters among [#everything()].
  static final String MASK = "mask:";

  static final String ADAPTER = "lora:";

  private final SequencedMap<String, Checkpoint> models = new LinkedHashMap<>();
  private final Map<String, ScaledCheckpoint> scaled = new HashMap<>();
  private final Map<String, Detection> detections = new HashMap<>();
  private final Map<Path, MaskFile> masks = new LinkedHashMap<>();
  private final Map<Path, Adapter> adapters = new LinkedHashMap<>();
  private final Set<Checkpoint> opened = new LinkedHashSet<>();
  private final Set<String> assembled = new LinkedHashSet<>();
  private final Set<Path> indexes = new LinkedHashSet<>();
  private final List<Note> notes = new ArrayList<>();
  private final OpenFiles files;
  private Optional<TokenizerMerge> tokenizer = Optional.empty();
  private Optional<OlderOutput> older = Optional.empty();
  private final Map<ByteSource, String> hashes = new HashMap<>();

  private OpenInputs(OpenFiles files) {
    this.files = files;
  }

  /// Opens all files of a recipe and notes all that cannot be.
  static OpenInputs open(Recipe recipe, OpenFiles files, Collection<Problem> problems) {
    OpenInputs inputs = new OpenInputs(files);
    Ema ema = recipe.result() instanceof Result.Checkpoint checkpoint ? checkpoint.ema() : Ema.KEEP;
    recipe.models().forEach((name, path) -> inputs.openModel(name, path, ema, problems));
    if (inputs.models.size() == recipe.models().size()) {
      recipe.tokenizer().ifPresent(spec -> inputs.align(spec, recipe.models(), problems));
      recipe
          .stacks()
          .reversed()
          .forEach((name, stack) -> inputs.assemble(name, stack, recipe.models(), problems));
    }
    for (Path path : UsedModels.of(recipe).maskFiles()) {
      inputs.attempt(problems, () -> inputs.masks.put(path, MaskFile.of(inputs.open(path))));
    }
    for (AdapterUse use : UsedModels.of(recipe).adapters().keySet()) {
      if (!inputs.adapters.containsKey(use.file())) {
        inputs.attempt(
            problems,
            () -> inputs.adapters.put(use.file(), Adapter.of(inputs.open(use.file()), use.file())));
      }
    }
    return inputs;
  }

  private void openModel(String name, Path path, Ema ema, Collection<Problem> problems) {
    attempt(
        problems,
        () -> {
          Checkpoint file = open(path);
          if (file instanceof ScaledCheckpoint ofScaled) {
            scaled.put(name, ofScaled);
          }
          settle(name, EmaView.of(file, ema), false);
        });
  }

  /// Shows every model with the rows of one vocabulary.
  private void align(
      TokenizerSpec spec, SequencedMap<String, Path> paths, Collection<Problem> problems) {
    attempt(
        problems,
        () -> {
          TokenizerMerge merge = files.tokenizer(spec, paths);
          tokenizer = Optional.of(merge);
          SequencedMap<String, Checkpoint> aligned = new LinkedHashMap<>();
          models.keySet().forEach(name -> aligned.put(name, merge.view(name, models)));
          models.putAll(aligned);
          merge.notes().forEach(note -> notes.add(new Note(Note.Kind.READING, note)));
        });
  }

  /// A stack goes before the models that it is assembled from.
  private void assemble(
      String name, Stack stack, Map<String, Path> files, Collection<Problem> problems) {
    attempt(
        problems,
        () -> {
          SequencedMap<String, Checkpoint> ofFiles = new LinkedHashMap<>(models);
          ofFiles.keySet().retainAll(files.keySet());
          settle(name, StackView.of(name, stack, ofFiles), true);
          assembled.add(name);
        });
  }

  private void settle(String name, Checkpoint model, boolean first) {
    if (first) {
      models.putFirst(name, model);
    } else {
      models.put(name, model);
    }
    detections.put(
        name,
        Architectures.detect(
            model.tensors().values().stream().map(StoredTensor::spec).toList(), model.metadata()));
  }

  private void attempt(Collection<Problem> problems, Runnable opening) {
    try {
      opening.run();
    } catch (MokumeException e) {
      problems.addAll(e.problems());
    }
  }

  private Checkpoint open(Path path) {
    Checkpoint checkpoint = files.open(path);
    opened.add(checkpoint);
    indexes.addAll(Checkpoints.indexes(path));
    return checkpoint;
  }

  /// The files, each once.
  Set<Checkpoint> opened() {
    return Collections.unmodifiableSet(opened);
  }

  /// The stacks and models by the recipe's names for them, in its order.
  public SequencedMap<String, Checkpoint> models() {
    return models;
  }

  /// The merged one that all models are seen with, if the recipe asks for one.
  public Optional<TokenizerMerge> tokenizer() {
    return tokenizer;
  }

  /// Of the first model that has something for its format to carry over.
  Optional<CarriedOver> carriedOver() {
    return models.values().stream().flatMap(model -> model.carriedOver().stream()).findFirst();
  }

  /// The models and, as `mask:` or `lora:` and their file name, the mask files and adapters:
  /// everything that the output is made from. Of two in different folders that are called alike the
  /// second has ` (2)` behind its name.
  public SequencedMap<String, Checkpoint> everything() {
    SequencedMap<String, Checkpoint> all = new LinkedHashMap<>(models);
    all.keySet().removeAll(assembled);
    masks.forEach((path, mask) -> put(MASK + path.getFileName(), mask.checkpoint(), all));
    adapters.forEach(
        (path, adapter) -> put(ADAPTER + path.getFileName(), adapter.checkpoint(), all));
    return all;
  }

  private static void put(String name, Checkpoint checkpoint, Map<String, Checkpoint> all) {
    String key = name;
    for (int i = 2; all.containsKey(key); i++) {
      key = name + " (" + i + ")";
    }
    all.put(key, checkpoint);
  }

  /// Takes over an output that unchanged tensors are copied from. It is no input: its bytes are not
  /// hashed, and it may be replaced.
  void take(OlderOutput output) {
    older = Optional.of(output);
  }

  void take(Map<ByteSource, String> known) {
    hashes.putAll(known);
  }

  /// The SHA-256 of sources that planning had to know.
  Map<ByteSource, String> hashes() {
    return Map.copyOf(hashes);
  }

  /// Every source that is read, each once: those of the inputs, and those of an older output.
  public Set<ByteSource> read() {
    Set<ByteSource> all = sources();
    older.ifPresent(output -> all.addAll(output.checkpoint().sources()));
    return all;
  }

  Map<Path, MaskFile> masks() {
    return masks;
  }

  Map<Path, Adapter> adapters() {
    return adapters;
  }

  Detection detection(String model) {
    return java.util.Objects.requireNonNull(detections.get(model));
  }

  /// What part of a model one of its tensors belongs to.
  Component component(String model, StoredTensor tensor) {
    return detection(model).place(tensor.name()).component();
  }

  /// The model as far as it has scaled weights.
  Optional<ScaledCheckpoint> scaled(String model) {
    return Optional.ofNullable(scaled.get(model));
  }

  /// Every source behind them, each once.
  public Set<ByteSource> sources() {
    Set<ByteSource> sources = new LinkedHashSet<>();
    opened.forEach(checkpoint -> sources.addAll(checkpoint.sources()));
    return sources;
  }

  /// What reading them left to be told, each once.
  List<Note> notes() {
    return Stream.concat(opened.stream().flatMap(model -> model.notes().stream()), notes.stream())
        .toList();
  }

  /// The files behind them, indexes of shards too, which no output may replace.
  public List<Path> files() {
    Set<Path> files = new LinkedHashSet<>();
    opened.forEach(checkpoint -> files.addAll(Checkpoints.files(checkpoint)));
    files.addAll(indexes);
    return List.copyOf(files);
  }

  /// Closes the files, for other recipes too.
  @Override
  public void close() {
    opened.forEach(Checkpoint::close);
    older.ifPresent(OlderOutput::close);
  }
}
