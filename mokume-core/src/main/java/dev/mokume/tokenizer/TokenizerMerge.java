package dev.mokume.tokenizer;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointView;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// The tokenizer of a merged model: its vocabulary, the row that each token has in each model, and
/// its files.
///
/// The row of a token in a model is its own there. A model that has none takes it from where the
/// token's [TokenRule] says; else from the only model that has the token; else, of several, from
/// the base model; else the mean of those that have it. Zeros are the row of a token that nobody
/// has. Rows that pad the vocabulary are the mean of all others. A row that no token has, since the
/// vocabulary was padded before, stays.
///
/// A row that comes from elsewhere is rounded to the dtype of the model that takes it.
public final class TokenizerMerge {
  private final SequencedMap<String, Path> folders;
  private final String donor;
  private final Optional<String> chatTemplate;
  private final @Nullable Vocabulary vocabulary;
  private final List<String> notes;

  /// What is merged where there is a source.
  ///
  /// @param folder of the model whose tokenizer it begins with
  private record Vocabulary(TokenizerFolder folder, Tokenizer tokenizer, RowOrigins rows) {}

  private TokenizerMerge(
      SequencedMap<String, Path> folders,
      String donor,
      Optional<String> chatTemplate,
      @Nullable Vocabulary vocabulary,
      List<String> notes) {
    this.folders = folders;
    this.donor = donor;
    this.chatTemplate = chatTemplate;
    this.vocabulary = vocabulary;
    this.notes = List.copyOf(notes);
  }

  /// Reads the models' tokenizers and merges them; of the models themselves only `config.json` is
  /// read, for `vocab_size`.
  ///
  /// @param models folders by name, in the order of the merge
  /// @param base one of the names
  /// @throws MokumeException if a tokenizer is missing, unsound or does not fit, or if the wish
  ///   names a model or a token that is not there
  public static TokenizerMerge of(
      TokenizerSpec spec, SequencedMap<String, Path> models, String base) {
    SequencedMap<String, Path> folders = new LinkedHashMap<>(models);
    requireModel(base, folders.keySet(), "base_model");
    List<String> notes = new ArrayList<>();
    if (spec.source().isEmpty()) {
      return new TokenizerMerge(
          folders, base, template(spec, folders.values(), notes), null, notes);
    }
    TokenizerSource source = spec.source().get();
    String donor =
        switch (source) {
          case TokenizerSource.Base(), TokenizerSource.Union() -> base;
          case TokenizerSource.OfModel(String model) -> model;
        };
    requireModel(donor, folders.keySet(), "the tokenizer's source");
    SequencedMap<String, TokenizerFolder> read = readAll(folders);
    TokenizerFolder donorFolder = folder(read, donor);
    TokenizerUnion union = new TokenizerUnion(donor, donorFolder, notes);
    if (source instanceof TokenizerSource.Union) {
      read.forEach((model, folder) -> {
        if (!model.equals(donor)) {
          union.addAll(model, folder);
        }
      });
      read.values().forEach(union::addAllAdded);
    }
    spec.tokens().keySet().forEach(union::add);
    Tokenizer tokenizer = union.tokenizer();
    RowOrigins rows = new RowAssignment(tokenizer, donor, base, read).origins(spec);
    noteMissing(donor, tokenizer, read, rows, notes);
    return new TokenizerMerge(
        folders,
        donor,
        template(spec, folders.values(), notes),
        new Vocabulary(donorFolder, tokenizer, rows),
        notes);
  }

  /// Where the tokenizer of a model lies: in its folder, or beside its file.
  public static Path folder(Path model) {
    Path parent = model.getParent();
    return Files.isDirectory(model) ? model : parent == null ? Path.of("") : parent;
  }

  private static Optional<String> template(
      TokenizerSpec spec, Collection<Path> folders, List<String> notes) {
    if (spec.chatTemplate().isEmpty()) {
      return Optional.empty();
    }
    Optional<String> template = ChatTemplate.asked(spec.chatTemplate().get(), folders);
    if (template.isEmpty()) {
      notes.add("chat_template: no model has one, so the output has none.");
    }
    return template;
  }

  private static SequencedMap<String, TokenizerFolder> readAll(SequencedMap<String, Path> folders) {
    SequencedMap<String, TokenizerFolder> read = new LinkedHashMap<>();
    List<Problem> problems = new ArrayList<>();
    folders.forEach((model, folder) -> {
      try {
        read.put(model, TokenizerFolder.read(folder));
      } catch (MokumeException e) {
        problems.addAll(e.problems());
      }
    });
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return read;
  }

  private static void noteMissing(
      String donor,
      Tokenizer tokenizer,
      Map<String, TokenizerFolder> read,
      RowOrigins rows,
      List<String> notes) {
    for (int model = 0; model < rows.models().size(); model++) {
      int[] own = rows.own().get(model);
      int missing = 0;
      for (int id : tokenizer.ids().values()) {
        missing += own[id] < 0 ? 1 : 0;
      }
      String name = rows.models().get(model);
      if (missing > 0) {
        String spelling = folder(read, name).tokenizer().spelling();
        boolean differs = !spelling.equals(tokenizer.spelling());
        notes.add(
            Quoted.name(name)
                + ": has no row for "
                + Amount.count(missing)
                + " of "
                + Amount.count(tokenizer.ids().size(), "token", "tokens")
                + "; they take those of the models that have one."
                + (differs
                    ? " Its tokens are "
                        + spelling
                        + " and those of "
                        + Quoted.name(donor)
                        + " "
                        + tokenizer.spelling()
                        + ", so only tokens that both spell alike have found each other."
                    : ""));
      }
    }
  }

  private static TokenizerFolder folder(Map<String, TokenizerFolder> read, String model) {
    return Objects.requireNonNull(read.get(model));
  }

  static void requireModel(String model, Collection<String> models, String where) {
    if (!models.contains(model)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          where
              + " is "
              + Quoted.name(model)
              + ", which is none of the merge's models"
              + (Nearest.to(model, models).isPresent()
                  ? Nearest.suggestion(model, models)
                  : ": " + Quoted.list(models, 10) + "."));
    }
  }

  /// How many rows the merged model's embeddings have, and `vocab_size` of its `config.json`;
  /// nothing if rows stay as they are.
  public OptionalInt vocabularySize() {
    return vocabulary == null ? OptionalInt.empty() : OptionalInt.of(vocabulary.rows.size());
  }

  /// What a model's tensor becomes in its view: an embedding or a head with as many rows as the
  /// vocabulary, and all else as it is.
  public TensorSpec resized(TensorSpec tensor) {
    if (vocabulary == null || EmbeddingRole.of(tensor).isEmpty()) {
      return tensor;
    }
    long[] shape = tensor.shape().toArray();
    shape[0] = vocabulary.rows.size();
    return new TensorSpec(tensor.name(), tensor.dtype(), Shape.of(shape));
  }

  /// Whether the vocabulary is another than the donor's.
  public boolean isChanged() {
    return vocabulary != null && !vocabulary.tokenizer.hasTokensOf(vocabulary.folder.tokenizer());
  }

  /// The model that the ids of the first tokens, and the special tokens' roles, are of.
  public String donor() {
    return donor;
  }

  /// What a person should be told, a sentence or two each.
  public List<String> notes() {
    return notes;
  }

  /// The id of each token, in the order of the ids; empty if rows stay as they are.
  public SequencedMap<String, Integer> tokens() {
    return vocabulary == null ? new LinkedHashMap<>() : vocabulary.tokenizer.ids();
  }

  /// For each id, but those of the padding, the row that a model has for it; -1 for none.
  public int[] rows(String model) {
    return vocabulary == null
        ? new int[0]
        : vocabulary.rows.own().get(vocabulary.rows.models().indexOf(model)).clone();
  }

  /// A model with its embeddings (and its head, if it has one of its own) in the merged order. Its
  /// rows are read where they lie, or made, when they are read; nothing is before.
  ///
  /// @param model one of the names
  /// @param checkpoints every model's, by name; they stay their owner's to close, but closing the
  ///   view closes the model's own
  /// @throws MokumeException if an embedding is missing, is too small for the vocabulary or does
  ///   not fit the others
  public Checkpoint view(String model, Map<String, ? extends Checkpoint> checkpoints) {
    Checkpoint own = Objects.requireNonNull(checkpoints.get(model));
    if (vocabulary == null) {
      return own;
    }
    RowOrigins rows = vocabulary.rows;
    int number = rows.models().indexOf(model);
    Embeddings embeddings = new Embeddings(rows, checkpoints);
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    own.tensors()
        .forEach(
            (name, tensor) -> tensors.put(name, embeddings.inOrder(number, tensor).orElse(tensor)));
    return new CheckpointView(own, tensors);
  }

  /// Writes the tokenizer's files, those of the donor: as they are if no token changed, else with
  /// the merged vocabulary.
  ///
  /// @param folder that is there; files of these names in it are replaced
  /// @throws MokumeException `UNWRITABLE_OUTPUT` if that fails
  public void write(Path folder) {
    Path from = Objects.requireNonNull(folders.get(donor));
    new TokenizerOutput(
            from,
            Optional.ofNullable(vocabulary)
                .filter(_ -> isChanged())
                .map(to -> new TokenizerOutput.Change(to.folder, to.tokenizer)),
            chatTemplate)
        .write(folder);
  }
}
