package dev.mokume.tokenizer;

import static dev.mokume.error.ErrorCode.INVALID_RECIPE;
import static dev.mokume.error.ErrorCode.MISMATCHED_INPUTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which row belongs to which token, and with which values.
///
/// The models have rows of two elements: the row of id 3 of model `a` is 13 and -13, of `b` 23 and
/// -23, of `c` 33 and -33; so a value tells whose row it was.
class TokenizerMergeTest {
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String HEAD = "lm_head.weight";

  @TempDir Path folder;

  private final SequencedMap<String, Path> models = new LinkedHashMap<>();

  private SmallModel model(String name) {
    SmallModel model = new SmallModel(folder.resolve(name));
    models.put(name, model.folder);
    return model;
  }

  private static SmallCheckpoint rows(int tens, int count, DType dtype) {
    return new SmallCheckpoint()
        .with(EMBEDDING, dtype, Shape.of(count, 2), values(tens, count))
        .with("model.norm.weight", 1, 1);
  }

  private static SmallCheckpoint rows(int tens, int count) {
    return rows(tens, count, DType.F32);
  }

  private static float[] values(int tens, int count) {
    float[] values = new float[2 * count];
    for (int row = 0; row < count; row++) {
      values[2 * row] = tens + row;
      values[2 * row + 1] = -tens - row;
    }
    return values;
  }

  private TokenizerMerge merge(TokenizerSpec spec) {
    return TokenizerMerge.of(spec, models, models.firstEntry().getKey());
  }

  private static TokenizerSpec union() {
    return TokenizerSpec.of(new TokenizerSource.Union());
  }

  private static TokenizerSpec base() {
    return TokenizerSpec.of(new TokenizerSource.Base());
  }

  /// The first elements of the rows of a tensor in a model's view; the second ones are their
  /// negatives.
  private float[] view(TokenizerMerge merge, String model, String tensor) {
    Map<String, Checkpoint> open = new LinkedHashMap<>();
    models.forEach((name, path) -> open.put(name, Checkpoints.open(path)));
    try (Arena arena = Arena.ofConfined()) {
      StoredTensor stored = merge.view(model, open).tensors().get(tensor);
      MemorySegment bytes = arena.allocate(stored.length());
      stored.source().read(stored.offset(), bytes);
      float[] all = new float[(int) stored.spec().elementCount()];
      Kernels.scalar().codec(stored.spec().dtype()).decode(bytes, 0, all, all.length);
      float[] first = new float[all.length / 2];
      for (int row = 0; row < first.length; row++) {
        first[row] = all[2 * row];
        assertThat(all[2 * row + 1]).isEqualTo(0 - all[2 * row]);
      }
      return first;
    } finally {
      open.values().forEach(Checkpoint::close);
    }
  }

  @Test
  void aUnionHasTheBaseFirstThenWhatItLacksThenAddedTokens() {
    model("a").bpe(List.of("x", "y", "xy"), List.of("x y"), "<s>=3").weights(rows(10, 4));
    model("b")
        .bpe(List.of("<pad>", "y", "z", "x", "yz"), List.of("y z"), "<pad>=0", "<end>=5")
        .weights(rows(20, 6));

    TokenizerMerge merge = merge(union());

    assertThat(merge.vocabularySize()).hasValue(8);
    assertThat(merge.tokens().keySet())
        .containsExactly("x", "y", "xy", "<s>", "z", "yz", "<pad>", "<end>");
    assertThat(merge.rows("a")).containsExactly(0, 1, 2, 3, -1, -1, -1, -1);
    assertThat(merge.rows("b")).containsExactly(3, 1, -1, -1, 2, 4, 0, 5);
    // Each token has a row in both: its own, or that of the only model that has it.
    assertThat(view(merge, "a", EMBEDDING)).containsExactly(10, 11, 12, 13, 22, 24, 20, 25);
    assertThat(view(merge, "b", EMBEDDING)).containsExactly(23, 21, 12, 13, 22, 24, 20, 25);
    assertThat(merge.notes())
        .containsExactly(
            "'b': 2 tokens are new to 'a'. Its merges come after all of 'a''s, so some of its words"
                + " are cut up differently from before.",
            "'a': has no row for 4 of 8 tokens; they take those of the models that have one.",
            "'b': has no row for 2 of 8 tokens; they take those of the models that have one.");
  }

  @Test
  void aTokenOfSeveralOtherModelsTakesTheirMeanAndOneOfTheBaseTheBases() {
    model("a").bpe(List.of("x", "y"), List.of()).weights(rows(10, 2));
    model("b").bpe(List.of("z", "x"), List.of()).weights(rows(20, 2));
    model("c").bpe(List.of("z"), List.of()).weights(rows(30, 1));

    TokenizerMerge merge = merge(union());

    assertThat(merge.tokens().keySet()).containsExactly("x", "y", "z");
    assertThat(view(merge, "a", EMBEDDING)).containsExactly(10, 11, 25);
    assertThat(view(merge, "b", EMBEDDING)).containsExactly(21, 11, 20);
    // x is in a and b, so c takes the base's.
    assertThat(view(merge, "c", EMBEDDING)).containsExactly(10, 11, 30);
  }

  @Test
  void theBaseOfRowsNeedNotBeTheFirstModel() {
    model("a").bpe(List.of("x"), List.of()).weights(rows(10, 1));
    model("b").bpe(List.of("y", "x"), List.of()).weights(rows(20, 2));
    model("c").bpe(List.of("z"), List.of()).weights(rows(30, 1));

    TokenizerMerge merge = TokenizerMerge.of(union(), models, "b");

    assertThat(merge.tokens().keySet()).containsExactly("y", "x", "z");
    assertThat(view(merge, "c", EMBEDDING)).containsExactly(20, 21, 30);
  }

  @Test
  void aTokenTakesItsRowFromWhereItIsAskedTo() {
    model("a").bpe(List.of("x", "y"), List.of()).weights(rows(10, 2));
    model("b").bpe(List.of("z", "x", "w"), List.of()).weights(rows(20, 3));
    model("c").bpe(List.of("z"), List.of()).weights(rows(30, 1));
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    rules.put("z", new TokenRule(Optional.of(new TokenSource.OfModel("c")), false));
    rules.put("y", new TokenRule(Optional.of(new TokenSource.OfToken("b", "w")), true));
    rules.put("w", new TokenRule(Optional.of(new TokenSource.OfId("a", 1)), false));
    rules.put("<new>", new TokenRule(Optional.of(new TokenSource.OfToken("a", "x")), false));
    rules.put("<nil>", new TokenRule(Optional.of(new TokenSource.Zero()), false));
    rules.put("<nobody>", TokenRule.PRESENT);
    rules.put("x", new TokenRule(Optional.of(new TokenSource.Zero()), true));

    TokenizerMerge merge = merge(union().withTokens(rules));

    assertThat(merge.tokens().keySet())
        .containsExactly("x", "y", "z", "w", "<new>", "<nil>", "<nobody>");
    assertThat(view(merge, "a", EMBEDDING)).containsExactly(0, 22, 30, 11, 10, 0, 0);
    assertThat(view(merge, "b", EMBEDDING)).containsExactly(0, 22, 20, 22, 10, 0, 0);
    assertThat(view(merge, "c", EMBEDDING)).containsExactly(0, 22, 30, 11, 10, 0, 0);
  }

  @Test
  void aForcedTokenWithoutASourceIsWhatAModelWithoutItWouldTake() {
    model("a").bpe(List.of("x"), List.of()).weights(rows(10, 1));
    model("b").bpe(List.of("x"), List.of()).weights(rows(20, 1));
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    rules.put("x", new TokenRule(Optional.empty(), true));

    TokenizerMerge merge = merge(base().withTokens(rules));

    assertThat(view(merge, "b", EMBEDDING)).containsExactly(10);
  }

  @Test
  void paddingIsTheMeanOfAllOtherRows() {
    model("a").bpe(List.of("x", "y", "z"), List.of()).weights(rows(10, 3));
    model("b").bpe(List.of("z", "x", "y"), List.of()).weights(rows(20, 3));

    TokenizerMerge merge = merge(base().paddedTo(5));

    assertThat(merge.vocabularySize()).hasValue(5);
    assertThat(view(merge, "a", EMBEDDING)).containsExactly(10, 11, 12, 11, 11);
    assertThat(view(merge, "b", EMBEDDING)).containsExactly(21, 22, 20, 21, 21);
  }

  @Test
  void aVocabularyThatWasPaddedStaysSo() {
    model("a").bpe(List.of("x", "y"), List.of()).vocabularySize(4).weights(rows(10, 4));
    model("b").bpe(List.of("y", "x", "z"), List.of()).vocabularySize(5).weights(rows(20, 5));

    TokenizerMerge ofBase = merge(base());

    assertThat(ofBase.vocabularySize()).hasValue(4);
    assertThat(view(ofBase, "a", EMBEDDING)).containsExactly(10, 11, 12, 13);
    // Row 2 is a token's in b, so it is no padding there; row 3 is.
    assertThat(view(ofBase, "b", EMBEDDING)).containsExactly(21, 20, 12, 23);

    // A union fills the padding first.
    TokenizerMerge ofBoth = merge(union());

    assertThat(ofBoth.vocabularySize()).hasValue(4);
    assertThat(view(ofBoth, "a", EMBEDDING)).containsExactly(10, 11, 22, 13);
    assertThat(view(ofBoth, "b", EMBEDDING)).containsExactly(21, 20, 22, 23);
  }

  @Test
  void anIdBeyondTheModelsRowsIsNobodys() {
    model("a").bpe(List.of("x", "y"), List.of(), "<a>=2").vocabularySize(2).weights(rows(10, 2));
    model("b").bpe(List.of("x", "y", "z"), List.of()).vocabularySize(2).weights(rows(20, 2));

    TokenizerMerge merge = merge(union());

    assertThat(merge.tokens().keySet()).containsExactly("x", "y");
    assertThat(merge.notes())
        .containsExactly(
            models.get("a")
                + ": 1 token has an id beyond the model's 2 rows: '<a>'; they are left out of 'a''s"
                + " vocabulary.",
            models.get("b")
                + ": 1 token has an id beyond the model's 2 rows: 'z'; they are left out of 'b''s"
                + " vocabulary.");
  }

  @Test
  void aHeadOfItsOwnIsPutInOrderTooAndOneThatIsTiedGivesItsEmbedding() {
    model("a")
        .bpe(List.of("x", "y"), List.of())
        .weights(rows(10, 2).with(HEAD, Shape.of(2, 2), values(50, 2)));
    model("b").bpe(List.of("y", "z"), List.of()).weights(rows(20, 2));

    TokenizerMerge merge = merge(union());

    assertThat(view(merge, "a", HEAD)).containsExactly(50, 51, 21);
    assertThat(view(merge, "a", EMBEDDING)).containsExactly(10, 11, 21);
    Map<String, Checkpoint> open = new LinkedHashMap<>();
    models.forEach((name, path) -> open.put(name, Checkpoints.open(path)));
    assertThat(merge.view("b", open).tensors().keySet())
        .containsExactly(EMBEDDING, "model.norm.weight");
    open.values().forEach(Checkpoint::close);
  }

  @Test
  void aBiasOfTheHeadHasAnElementForEachToken() {
    model("a").bpe(List.of("x", "y"), List.of()).weights(rows(10, 2).with("lm_head.bias", 1, 2));
    model("b").bpe(List.of("z", "x"), List.of()).weights(rows(20, 2).with("lm_head.bias", 3, 4));
    Map<String, Checkpoint> open = new LinkedHashMap<>();
    models.forEach((name, path) -> open.put(name, Checkpoints.open(path)));

    StoredTensor bias = merge(union()).view("b", open).tensors().get("lm_head.bias");

    assertThat(bias.spec().shape()).isEqualTo(Shape.of(3));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(12);
      bias.source().read(0, bytes);
      float[] values = new float[3];
      Kernels.scalar().codec(DType.F32).decode(bytes, 0, values, 3);
      assertThat(values).containsExactly(4, 2, 3);
    }
    open.values().forEach(Checkpoint::close);
  }

  @Test
  void aRowFromElsewhereIsRoundedToTheModelsOwnDtype() {
    model("a").bpe(List.of("x"), List.of()).weights(rows(10, 1, DType.BF16));
    model("b").bpe(List.of("y"), List.of()).weights(rows(1001, 1, DType.F32));
    model("c").bpe(List.of("y", "z"), List.of()).weights(rows(1002, 2, DType.F16));

    TokenizerMerge merge = merge(union());

    // The mean 1001.5 of y lies between 1000 and 1004, two neighbours in BF16; 1003 rounds up.
    assertThat(view(merge, "a", EMBEDDING)).containsExactly(10, 1000, 1004);
    assertThat(view(merge, "b", EMBEDDING)).containsExactly(10, 1001, 1003);
    assertThat(view(merge, "c", EMBEDDING)).containsExactly(10, 1002, 1003);
  }

  @Test
  void equalVocabulariesLeaveEveryTensorAsItIs() {
    model("a").bpe(List.of("x", "y"), List.of()).weights(rows(10, 2));
    model("b").bpe(List.of("x", "y"), List.of()).weights(rows(20, 2));
    Map<String, Checkpoint> open = new LinkedHashMap<>();
    models.forEach((name, path) -> open.put(name, Checkpoints.open(path)));

    TokenizerMerge merge = merge(union());

    assertThat(merge.view("b", open).tensors()).isEqualTo(open.get("b").tensors());
    assertThat(merge.notes()).isEmpty();
    open.values().forEach(Checkpoint::close);
  }

  @Test
  void withoutASourceNothingIsReadAndNothingMoves() {
    model("a").weights(rows(10, 2));
    model("b").weights(rows(20, 3));
    Map<String, Checkpoint> open = new LinkedHashMap<>();
    models.forEach((name, path) -> open.put(name, Checkpoints.open(path)));

    TokenizerMerge merge = merge(TokenizerSpec.kept());

    assertThat(merge.vocabularySize()).isEmpty();
    assertThat(merge.view("b", open)).isSameAs(open.get("b"));
    open.values().forEach(Checkpoint::close);
  }

  @Test
  void readsOfAnyStretchGiveTheSameBytes() {
    model("a").bpe(List.of("x", "y", "v"), List.of()).weights(rows(10, 3, DType.BF16));
    model("b").bpe(List.of("z", "x", "w"), List.of()).weights(rows(20, 3));
    model("c").bpe(List.of("z", "v"), List.of()).weights(rows(30, 2, DType.BF16));
    Map<String, Checkpoint> open = new LinkedHashMap<>();
    models.forEach((name, path) -> open.put(name, Checkpoints.open(path)));
    StoredTensor rows = merge(union().paddedTo(8)).view("a", open).tensors().get(EMBEDDING);
    int size = (int) rows.length();

    try (Arena arena = Arena.ofConfined()) {
      MemorySegment whole = arena.allocate(size);
      rows.source().read(0, whole);
      for (int from = 0; from < size; from++) {
        for (int to = from; to <= size; to++) {
          MemorySegment part = arena.allocate(Math.max(1, to - from)).asSlice(0, to - from);
          rows.source().read(from, part);
          assertThat(part.mismatch(whole.asSlice(from, to - from))).isEqualTo(-1);
        }
      }
    }
    open.values().forEach(Checkpoint::close);
  }

  @Test
  void anotherModelsVocabularyKeepsItsIds() {
    model("a").bpe(List.of("x", "y"), List.of()).weights(rows(10, 2));
    model("b").bpe(List.of("z", "y"), List.of()).weights(rows(20, 2));

    TokenizerMerge merge = merge(TokenizerSpec.of(new TokenizerSource.OfModel("b")));

    assertThat(merge.donor()).isEqualTo("b");
    assertThat(view(merge, "a", EMBEDDING)).containsExactly(20, 11);
    assertThat(view(merge, "b", EMBEDDING)).containsExactly(20, 21);
  }

  @Test
  void aUnionOfTokensThatAreSpeltOtherwiseIsRefused() {
    model("a").bpe(List.of("Ġx"), List.of()).weights(rows(10, 1));
    model("b").unigram(List.of("▁x=-1")).weights(rows(20, 1));

    assertFails(
        () -> merge(union()),
        MISMATCHED_INPUTS,
        models.get("b")
            + ": has a tokenizer of kind Unigram (sentencepiece), but that of 'a' is of kind BPE"
            + " (byte-level): their tokens are spelt otherwise, so a union of 'a' and 'b' would"
            + " hold tokens that no text becomes. Take one model's vocabulary: base, or a model's"
            + " name.");

    TokenizerMerge merge = merge(base());

    assertThat(view(merge, "b", EMBEDDING)).containsExactly(10);
    assertThat(merge.notes())
        .containsExactly(
            "'b': has no row for 1 of 1 token; they take those of the models that have one. Its"
                + " tokens are sentencepiece and those of 'a' byte-level, so only tokens that both"
                + " spell alike have found each other.");
  }

  @Test
  void whatARuleNamesMustBeThere() {
    model("a").bpe(List.of("x"), List.of()).weights(rows(10, 1));
    model("b").bpe(List.of("y"), List.of()).weights(rows(20, 1));
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    rules.put("x", new TokenRule(Optional.of(new TokenSource.OfModel("b")), false));
    rules.put("y", new TokenRule(Optional.of(new TokenSource.OfToken("a", "q")), false));
    rules.put("z", new TokenRule(Optional.of(new TokenSource.OfId("a", 1)), false));
    rules.put("w", new TokenRule(Optional.of(new TokenSource.OfId("d", 0)), false));

    assertFails(
        () -> merge(union().withTokens(rules)),
        INVALID_RECIPE,
        """
        the source of token 'x' is 'b', which has no such token.
        the source of token 'y' is 'a', which has no token 'q'.
        the source of token 'z' is 'a', which has no token_id 1, but 0..0.
        the source of token 'w' is 'd', which is none of the merge's models: 'a', 'b'.\
        """);
  }

  @Test
  void aRuleThatNamesAnAddedTokenWrongIsOfferedTheNearest() {
    model("a").bpe(List.of("x"), List.of(), "<s>=1").weights(rows(10, 2));
    model("b").bpe(List.of("x"), List.of(), "<|im_start|>=1").weights(rows(20, 2));
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    rules.put("<|im_strat|>", new TokenRule(Optional.of(new TokenSource.OfModel("b")), false));
    rules.put("<tool>", new TokenRule(Optional.of(new TokenSource.OfToken("a", "</s>")), false));

    assertFails(
        () -> merge(union().withTokens(rules)),
        INVALID_RECIPE,
        """
        the source of token '<|im_strat|>' is 'b', which has no such token; did you mean '<|im_start|>'?
        the source of token '<tool>' is 'a', which has no token '</s>'; did you mean '<s>'?\
        """);
  }

  @Test
  void isOfTheWishThatItWasMadeBy() {
    model("a").bpe(List.of("x"), List.of()).weights(rows(10, 1));
    model("b").bpe(List.of("y"), List.of()).weights(rows(20, 1));
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    rules.put("v", TokenRule.PRESENT);
    rules.put("w", TokenRule.PRESENT);
    TokenizerMerge merge = merge(union().withTokens(rules));

    assertThat(merge.isOf(union().withTokens(rules), models, "a")).isTrue();
    // In another order the last two tokens change places.
    assertThat(merge.isOf(union().withTokens(rules.reversed()), models, "a")).isFalse();
    assertThat(merge.isOf(union().withTokens(rules), models.reversed(), "a")).isFalse();
    assertThat(merge.isOf(union().withTokens(rules), models, "b")).isFalse();
    assertThat(merge.isOf(base().withTokens(rules), models, "a")).isFalse();
  }

  @Test
  void rowsOfAnotherWidthDoNotFit() {
    model("a").bpe(List.of("x"), List.of()).weights(rows(10, 1));
    model("b")
        .bpe(List.of("y"), List.of())
        .weights(new SmallCheckpoint().with(EMBEDDING, Shape.of(1, 3), 1, 2, 3));

    assertFails(
        () -> view(merge(union()), "a", EMBEDDING),
        MISMATCHED_INPUTS,
        file("b")
            + ": tensor 'model.embed_tokens.weight' has rows of 3 elements, but in "
            + file("a")
            + " they have 2: the models do not fit each other.");
  }

  @Test
  void fewerRowsThanTokensDoNotFit() {
    model("a").bpe(List.of("x", "y"), List.of()).vocabularySize(2).weights(rows(10, 1));
    model("b").bpe(List.of("x", "y"), List.of()).weights(rows(20, 2));

    assertFails(
        () -> view(merge(union()), "a", EMBEDDING),
        MISMATCHED_INPUTS,
        file("a")
            + ": tensor 'model.embed_tokens.weight' has 1 row, but its tokenizer and config.json"
            + " name ids up to 1: they are of different models, or vocab_size is wrong.");
  }

  @Test
  void anEmbeddingWithoutRowsIsRefused() {
    model("a").bpe(List.of("x"), List.of()).weights(rows(10, 1));
    model("b")
        .bpe(List.of("y"), List.of())
        .weights(new SmallCheckpoint().with(EMBEDDING, Shape.of(0, 2)));

    assertFails(
        () -> view(merge(union()), "b", EMBEDDING),
        MISMATCHED_INPUTS,
        file("b") + ": tensor 'model.embed_tokens.weight' is empty.");
  }

  @Test
  void noRowIsMadeOfIntegers() {
    model("a")
        .bpe(List.of("x"), List.of())
        .weights(
            new SmallCheckpoint()
                .withBytes(EMBEDDING, DType.I8, Shape.of(1, 2), (byte) 5, (byte) -5));
    model("b").bpe(List.of("y"), List.of()).weights(rows(20, 1));

    assertFails(
        () -> view(merge(union()), "a", EMBEDDING),
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        file("a")
            + ": tensor 'model.embed_tokens.weight' is of dtype I8, in which no row can be made;"
            + " convert the model to a floating-point dtype first.");
  }

  @Test
  void aModelWithoutAKnownEmbeddingIsRefused() {
    model("a").bpe(List.of("x"), List.of()).weights(new SmallCheckpoint().with("w", 1));

    assertFails(
        () -> view(merge(base()), "a", "w"),
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        file("a")
            + ": has no tensor that Mokume knows as the embedding of tokens (such as"
            + " model.embed_tokens.weight or wte.weight), so its rows cannot be put in the order of"
            + " another vocabulary. Leave tokenizer_source out.");
  }

  @Test
  void modelsWithoutATokenizerAreAllNamed() {
    model("a").weights(rows(10, 1));
    model("b").weights(rows(10, 1));

    assertThatThrownBy(() -> merge(base()))
        .isInstanceOf(MokumeException.class)
        .hasMessage(noTokenizer("a") + "\n" + noTokenizer("b"));
  }

  /// A message that begins with the folder's name needs one.
  @Test
  void theFolderOfAFileThatIsNamedAloneHasAName() {
    assertThat(TokenizerMerge.folder(Path.of("model.safetensors"))).isEqualTo(Path.of("."));
    assertThat(TokenizerMerge.folder(Path.of("chat/model.safetensors"))).isEqualTo(Path.of("chat"));
  }

  private String noTokenizer(String model) {
    return models.get(model)
        + ": has no tokenizer; wanted is tokenizer.json, vocab.json with merges.txt, vocab.txt or"
        + " tokenizer.model. Copy those of the model there. A merge that asks for no tokenizer"
        + " needs none: the rows of embeddings stay where they are.";
  }

  private Path file(String model) {
    return models.get(model).resolve("model.safetensors");
  }

  private static void assertFails(Runnable work, ErrorCode code, String message) {
    assertThatThrownBy(work::run)
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(message);
  }
}
