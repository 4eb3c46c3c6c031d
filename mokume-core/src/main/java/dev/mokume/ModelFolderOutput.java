package dev.mokume;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Reason;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.MergePlan;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import dev.mokume.tokenizer.TokenizerMerge;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// A merge into a model folder: weights, and beside them what makes a model of weights.
final class ModelFolderOutput {
  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = WEIGHTS + ".index.json";
  private static final String CONFIG = "config.json";
  private static final String CARD = "README.md";
  private static final String GENERATION = "generation_config.json";
  private static final String RECIPE = "mergekit_config.yml";

  /// More than any vocabulary takes.
  private static final long LARGEST_COPIED = 256L << 20;

  private static final int MOST_COPIED = 1_000;
  private static final String TEMPLATES = "additional_chat_templates";

  /// What a tokenizer's files are called, all of the name or its beginning.
  private static final List<String> TOKENIZER =
      List.of(
          "tokenizer",
          "tokenization_",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab",
          "merges.txt",
          "spiece.model",
          "sentencepiece",
          "chat_template");

  /// What else says how a model is used.
  private static final Set<String> BESIDE =
      Set.of(
          GENERATION,
          "preprocessor_config.json",
          "processor_config.json",
          "image_processor_config.json",
          "video_preprocessor_config.json",
          "feature_extractor_config.json");

  private final MergekitRecipe recipe;
  private final ModelFolder folder;
  private final MergeOptions options;

  ModelFolderOutput(MergekitRecipe recipe, ModelFolder folder, MergeOptions options) {
    this.recipe = recipe;
    this.folder = folder;
    this.options = options;
  }

  MergeReport merge() {
    check();
    recipe.notes().forEach(options.listener()::warned);
    boolean isNew = !Files.exists(folder.path());
    try {
      Files.createDirectories(folder.path());
      MergeReport report = Mokume.merge(List.of(weights()), options).getFirst();
      takeAwayOther(report.plan().shards() > 0);
      complete();
      return report;
    } catch (IOException e) {
      removeIfEmpty(isNew);
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          folder.path() + ": cannot be written: " + Reason.of(e) + ".",
          e);
    } catch (RuntimeException e) {
      removeIfEmpty(isNew);
      throw e;
    }
  }

  /// Files that a merge would replace, or that are a model's.
  private void check() {
    List<Problem> problems = new ArrayList<>();
    for (Path input : recipe.folders()) {
      if (isSame(input)) {
        problems.add(
            new Problem(
                ErrorCode.UNWRITABLE_OUTPUT,
                folder.path()
                    + ": is the folder of a model that is merged, and an input is never written"
                    + " over; choose another folder for the output."));
      }
    }
    if (!options.overwrite()) {
      for (String name : List.of(WEIGHTS, INDEX, CONFIG, RECIPE)) {
        if (Files.exists(folder.path().resolve(name)) && problems.isEmpty()) {
          problems.add(
              new Problem(
                  ErrorCode.UNWRITABLE_OUTPUT,
                  folder.path().resolve(name)
                      + ": exists already; choose another folder, or allow what is in this one to"
                      + " be replaced with --force."));
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  private boolean isSame(Path input) {
    try {
      return Files.exists(folder.path()) && Files.isSameFile(folder.path(), input);
    } catch (IOException e) {
      return false;
    }
  }

  /// One file, or shards with an index if it would be too large for one.
  private MergeOutput weights() {
    Path file = folder.path().resolve(WEIGHTS);
    MergePlan plan = Mokume.plan(List.of(output(file)), options).outputs().getFirst();
    long bytes = plan.tensors().stream().mapToLong(tensor -> tensor.outputBytes()).sum();
    return output(bytes <= folder.largestShard() ? file : folder.path().resolve(INDEX));
  }

  private MergeOutput output(Path file) {
    return new MergeOutput(recipe.recipe(), file, folder.largestShard(), recipe.tokenizer());
  }

  /// What a run before this one wrote in the other form.
  private void takeAwayOther(boolean sharded) throws IOException {
    if (sharded) {
      Files.deleteIfExists(folder.path().resolve(WEIGHTS));
      return;
    }
    Files.deleteIfExists(folder.path().resolve(INDEX));
    List<Path> shards;
    try (Stream<Path> files = Files.list(folder.path())) {
      shards =
          files
              .filter(file ->
                  String.valueOf(file.getFileName())
                      .matches("model-\\d{5}-of-\\d{5}\\.safetensors"))
              .toList();
    }
    for (Path shard : shards) {
      Files.delete(shard);
    }
  }

  private void removeIfEmpty(boolean isNew) {
    if (isNew) {
      try {
        Files.deleteIfExists(folder.path());
      } catch (DirectoryNotEmptyException stays) {
        // What is in it is somebody's.
      } catch (IOException e) {
        // The first failure is the one to tell.
      }
    }
  }

  /// The config last, so that a folder that has one is whole.
  private void complete() throws IOException {
    if (recipe.isFlat()) {
      return;
    }
    Path donor = recipe.donorFolder();
    for (Path file : files(donor)) {
      String name = name(file);
      Path ofTokenizer = recipe.tokenizerFolder().resolve(name);
      if (name.equals(GENERATION) && Files.isRegularFile(ofTokenizer)) {
        copy(ofTokenizer, folder.path());
      } else if (belongs(name)) {
        copy(file, folder.path());
      }
    }
    if (folder.tokenizer()) {
      writeTokenizer(recipe.tokenizerFolder());
    }
    if (folder.card()) {
      String title = String.valueOf(folder.path().toAbsolutePath().normalize().getFileName());
      write(CARD, recipe.card(title));
    }
    write(RECIPE, recipe.config().text());
    Optional<String> config = recipe.modelConfig().map(known -> known.text());
    if (config.isPresent()) {
      write(CONFIG, config.get());
    } else {
      options
          .listener()
          .warned(
              donor
                  + ": has no config.json, so the output has none either, and loaders will ask for"
                  + " one.");
    }
  }

  private boolean belongs(String name) {
    boolean isCode =
        name.endsWith(".py")
            && recipe.modelConfig().filter(known -> known.hasOwnCode()).isPresent();
    return isCode && !isTokenizer(name) || BESIDE.contains(name);
  }

  private static boolean isTokenizer(String name) {
    boolean isWeights = name.toLowerCase(Locale.ROOT).endsWith(".safetensors");
    return !isWeights
        && (TOKENIZER.stream().anyMatch(name::startsWith) || name.endsWith(".tiktoken"));
  }

  /// All that the donor has, or of another vocabulary what that is written to.
  private void writeTokenizer(Path donor) throws IOException {
    boolean changed = recipe.tokenizer().filter(TokenizerMerge::isChanged).isPresent();
    for (Path file : files(donor)) {
      String name = name(file);
      if (isTokenizer(name) && (!changed || name.endsWith(".py"))) {
        copy(file, folder.path());
      }
    }
    Path templates = donor.resolve(TEMPLATES);
    if (Files.isDirectory(templates)) {
      Path own = folder.path().resolve(TEMPLATES);
      Files.createDirectories(own);
      for (Path file : files(templates)) {
        copy(file, own);
      }
    }
    if (recipe.tokenizer().isPresent()) {
      recipe.tokenizer().get().write(folder.path());
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(Files::isRegularFile).sorted().limit(MOST_COPIED).toList();
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private void copy(Path file, Path into) throws IOException {
    if (Files.size(file) > LARGEST_COPIED) {
      options
          .listener()
          .warned(file + ": is too large for a file that has no weights and is not copied.");
      return;
    }
    Files.copy(file, into.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
  }

  private void write(String name, String text) throws IOException {
    Path temporary = folder.path().resolve("." + name + ".part");
    Files.writeString(temporary, text);
    Files.move(
        temporary,
        folder.path().resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
