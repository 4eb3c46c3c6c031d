package dev.mokume.plan;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.InputHashes;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.RecordedInputs.RecordedFile;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeReader;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// Finds the files that an older output was made of, byte for byte: among those of the new recipe,
/// whatever they are called, and under their names in the same folders and in the output's.
final class OlderInputs {
  private final OlderOutput older;
  private final RecordedInputs recorded;
  private final OpenFiles files;
  private final BooleanSupplier cancelled;
  private final SequencedSet<Path> now;
  private final Map<ByteSource, String> hashes = new HashMap<>();

  /// @param now the files of the new recipe
  OlderInputs(
      OlderOutput older, SequencedSet<Path> now, OpenFiles files, BooleanSupplier cancelled) {
    this.older = older;
    this.recorded = older.inputs();
    this.files = files;
    this.cancelled = cancelled;
    this.now = now;
  }

  /// The recipe that the output was made by, with the files where they are now.
  ///
  /// @throws MokumeException that says what is not known
  Recipe recipe(MergeMethods methods) {
    Recipe named = read(methods, Map.of());
    RecipeBounds.check(named);
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    Set<String> keys = new TreeSet<>();
    named
        .models()
        .forEach((name, file) -> {
          keys.add(name);
          models.put(name, find(name, file));
        });
    Map<Path, Path> places = new HashMap<>();
    UsedModels used = DeepStack.call(() -> UsedModels.of(named));
    for (Path file : used.maskFiles()) {
      keys.add(OpenInputs.MASK + file);
      places.put(file, find(OpenInputs.MASK + file, file));
    }
    used.adapters()
        .keySet()
        .forEach(use -> {
          String key = OpenInputs.ADAPTER + use.file();
          requireAlone(key, use.file());
          if (keys.add(key) && places.put(use.file(), find(key, use.file())) != null) {
            throw older.unknown("was made of two files that are called " + use.file() + ".");
          }
        });
    if (!keys.equals(recorded.files().keySet())) {
      throw older.unknown("says of other files that it was made of them than its recipe names.");
    }
    if (named.tokenizer().isPresent()) {
      throw older.unknown(
          "was made with a merged vocabulary, and does not say of which tokenizers.");
    }
    return read(methods, places).withModels(models);
  }

  private Recipe read(MergeMethods methods, Map<Path, Path> places) {
    return RecipeReader.read(
        older.recipe(),
        "the recipe in " + older.file(),
        file -> places.getOrDefault(requireName(file), file),
        methods);
  }

  /// A file may carry any recipe: what it names is looked for where its reader has files, and
  /// nowhere else.
  private Path requireName(Path file) {
    if (file.isAbsolute()
        || file.getNameCount() != 1
        || file.getFileSystem() != FileSystems.getDefault()) {
      throw older.unknown("names the files that it was made of otherwise than Mokume does.");
    }
    return file;
  }

  /// PEFT's config lies beside such a file, or in its folder, and nothing is recorded of it.
  private void requireAlone(String key, Path name) {
    for (RecordedFile file : recorded.files().getOrDefault(key, List.of())) {
      if (file.name().startsWith("adapter_") || !file.name().equals(name.toString())) {
        throw older.unknown(
            "was made with the adapter " + name + ", and does not say of its adapter_config.json.");
      }
    }
  }

  /// The SHA-256 of what was read for it.
  Map<ByteSource, String> hashes() {
    return hashes;
  }

  private Path find(String key, Path name) {
    List<RecordedFile> wanted = recorded.files().getOrDefault(key, List.of());
    if (wanted.isEmpty()
        || wanted.stream().anyMatch(file -> file.sha256().equals(Provenance.UNKNOWN_HASH))) {
      throw older.unknown("does not say which " + name + " it was made of.");
    }
    return candidates(requireName(name)).stream()
        .filter(candidate -> isThat(candidate, wanted))
        .findFirst()
        .orElseThrow(() ->
            older.unknown(
                "was made of another "
                    + name
                    + " than any that lies beside it or the models now."));
  }

  /// Where a file may be, the likeliest place first.
  private Set<Path> candidates(Path name) {
    SequencedSet<Path> candidates = new LinkedHashSet<>();
    String wanted = name.toString();
    now.stream()
        .filter(file -> String.valueOf(file.getFileName()).equals(wanted))
        .forEach(candidates::add);
    candidates.addAll(now);
    Stream.concat(now.stream(), Stream.of(older.file()))
        .filter(file -> file.getFileSystem() == FileSystems.getDefault())
        .map(file -> file.resolveSibling(wanted))
        .filter(Files::exists)
        .forEach(candidates::add);
    return candidates;
  }

  private boolean isThat(Path candidate, List<RecordedFile> wanted) {
    Optional<Checkpoint> checkpoint = opened(candidate);
    if (checkpoint.isEmpty() || checkpoint.get().sources().size() != wanted.size()) {
      return false;
    }
    List<ByteSource> sources = checkpoint.get().sources();
    for (int i = 0; i < wanted.size(); i++) {
      if (sources.get(i).size() != wanted.get(i).bytes()) {
        return false;
      }
    }
    for (int i = 0; i < wanted.size(); i++) {
      if (!sha256(sources.get(i)).equals(wanted.get(i).sha256())) {
        return false;
      }
    }
    return true;
  }

  private Optional<Checkpoint> opened(Path candidate) {
    try {
      return Optional.of(files.open(candidate));
    } catch (MokumeException e) {
      return Optional.empty();
    }
  }

  private String sha256(ByteSource source) {
    if (source.version().isPresent()) {
      return source.version().get();
    }
    return hashes.computeIfAbsent(source, this::hash);
  }

  private String hash(ByteSource source) {
    try (InputHashes hash = InputHashes.of(List.of(source))) {
      return Objects.requireNonNull(hash.await("the merge", cancelled).get(source));
    }
  }
}
