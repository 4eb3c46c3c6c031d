package dev.mokume.tokenizer;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointView;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
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
import java.util.function.Supplier;
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
  private final Wish wish;
  private final String donor;
  private final Optional<String> chatTemplate;
  private final @Nullable Vocabulary vocabulary;
  private final List<String> notes;

  /// What was asked for.
  private record Wish(TokenizerSpec spec, List<Map.Entry<String, Path>> folders, String base) {
    Wish(TokenizerSpec spec, SequencedMap<String, Path> folders, String base) {
      this(spec, folders.sequencedEntrySet().stream().map(Map.Entry::copyOf).toList(), base);
    }

    List<String> names() {
      return folders.stream().map(Map.Entry::getKey).toList();
    }

    List<Path> paths() {
      return folders.stream().map(Map.Entry::getValue).toList();
    }
  }

  /// What is merged where there is a source.
  ///
  /// @param folder of the model whose tokenizer it begins with
  private record Vocabulary(TokenizerFolder folder, Tokenizer tokenizer, RowOrigins rows) {}

  private TokenizerMerge(
      Wish wish,
      String donor,
      Optional<String> chatTemplate,
      @Nullable Vocabulary vocabulary,
      List<String> notes) {
    this.wish = wish;
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
    return of(new Wish(spec, models, base), () -> Tokenizers.read(models));
  }

  /// The same of tokenizers that are read already.
  ///
  /// @throws MokumeException if they do not fit, or if the wish names a model or a token that is
  ///   not there
  public static TokenizerMerge of(TokenizerSpec spec, Tokenizers models, String base) {
    return of(new Wish(spec, models.folders(), base), () -> models);
  }

  private static TokenizerMerge of(Wish wish, Supplier<Tokenizers> tokenizers) {
    List<String> models = wish.names();
    requireModel(wish.base, models, "base_model");
    List<String> notes = new ArrayList<>();
    if (wish.spec.source().isEmpty()) {
      return new TokenizerMerge(wish, wish.base, template(wish, notes), null, notes);
    }
    TokenizerSource source = wish.spec.source().get();
    String donor =
        switch (source) {
          case TokenizerSource.Base(), TokenizerSource.Union() -> wish.base;
          case TokenizerSource.OfModel(String model) -> model;
        };
    requireModel(donor, models, "the tokenizer's source");
    SequencedMap<String, TokenizerFolder> read = tokenizers.get().all();
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
    wish.spec.tokens().keySet().forEach(union::add);
    Tokenizer tokenizer = union.tokenizer();
    RowOrigins rows = new RowAssignment(tokenizer, donor, wish.base, read).origins(wish.spec);
    noteMissing(donor, tokenizer, read, rows, notes);
    return new TokenizerMerge(
        wish, donor, template(wish, notes), new Vocabulary(donorFolder, tokenizer, rows), notes);
  }

  /// Whether this is what [#of(TokenizerSpec, SequencedMap, String)] gives for these.
  public boolean isOf(TokenizerSpec spec, SequencedMap<String, Path> models, String base) {
    // Tokens that nobody has get their ids in the order in which they are named.
    return wish.equals(new Wish(spec, models, base))
        && List.copyOf(wish.spec.tokens().keySet()).equals(List.copyOf(spec.tokens().keySet()));
  }

  /// Where the tokenizer of a model lies: in its folder, or beside its file.
  public static Path folder(Path model) {
    Path parent = model.getParent();
    return Files.isDirectory(model) ? model : parent == null ? Path.of(".") : parent;
  }

  private static Optional<String> template(Wish wish, List<String> notes) {
    if (wish.spec.chatTemplate().isEmpty()) {
      return Optional.empty();
    }
    Optional<String> template = ChatTemplate.asked(wish.spec.chatTemplate().get(), wish.paths());
    if (template.isEmpty()) {
      notes.add("chat_template: no model has one, so the output has none.");
    }
    return template;
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
    Path from = wish.paths().get(wish.names().indexOf(donor));
    new TokenizerOutput(
            from,
            Optional.ofNullable(vocabulary)
                .filter(_ -> isChanged())
                .map(to -> new TokenizerOutput.Change(to.folder, to.tokenizer)),
            chatTemplate)
        .write(folder);
  }
}
