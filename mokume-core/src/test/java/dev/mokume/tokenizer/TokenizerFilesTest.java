package dev.mokume.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The files of a tokenizer, read, merged and written.
class TokenizerFilesTest {
  @TempDir Path folder;

  private final SequencedMap<String, Path> models = new LinkedHashMap<>();

  private SmallModel model(String name) {
    SmallModel model = new SmallModel(folder.resolve(name));
    models.put(name, model.folder);
    return model;
  }

  private SmallModel write(TokenizerSpec spec) {
    SmallModel out = new SmallModel(folder.resolve("out"));
    TokenizerMerge.of(spec, models, models.firstEntry().getKey()).write(out.folder);
    return out;
  }

  private static TokenizerSpec union() {
    return TokenizerSpec.of(new TokenizerSource.Union());
  }

  private static TokenizerSpec base() {
    return TokenizerSpec.of(new TokenizerSource.Base());
  }

  private static JsonNode json(SmallModel model, String file) {
    return JsonMapper.shared().readTree(model.text(file));
  }

  private static JsonNode tree(String json) {
    return JsonMapper.shared().readTree(json);
  }

  @Test
  void aUnionOfBpeHasTheMergesOfBothAndEveryIdInItsVocabulary() {
    model("a").bpe(List.of("x", "y", "xy"), List.of("x y"), "<s>=3");
    model("b")
        .bpe(List.of("y", "z", "x", "yz", "xy", "xyz"), List.of("y z", "x y", "x yz"), "<end>=6");

    SmallModel out = write(union());

    assertThat(json(out, "tokenizer.json"))
        .isEqualTo(
            tree(
                """
                {"version": "1.0",
                 "added_tokens": [
                   {"id": 3, "content": "<s>", "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": true},
                   {"id": 7, "content": "<end>", "single_word": false, "lstrip": false,
                    "rstrip": false, "normalized": false, "special": true}],
                 "normalizer": null,
                 "pre_tokenizer":
                   {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
                 "decoder": {"type": "ByteLevel"},
                 "model": {"type": "BPE", "unk_token": null,
                   "vocab": {"x": 0, "y": 1, "xy": 2, "<s>": 3, "z": 4, "yz": 5, "xyz": 6,
                             "<end>": 7},
                   "merges": ["x y", "y z", "x yz"]}}
                """));
    assertThat(json(out, "tokenizer_config.json").path("added_tokens_decoder"))
        .isEqualTo(
            tree(
                """
                {"3": {"content": "<s>", "single_word": false, "lstrip": false,
                       "rstrip": false, "normalized": false, "special": true},
                 "7": {"content": "<end>", "single_word": false, "lstrip": false,
                       "rstrip": false, "normalized": false, "special": true}}
                """));
    assertThat(out.read().ids())
        .containsExactly(
            entry("x", 0),
            entry("y", 1),
            entry("xy", 2),
            entry("<s>", 3),
            entry("z", 4),
            entry("yz", 5),
            entry("xyz", 6),
            entry("<end>", 7));
  }

  @Test
  void aMergeWhosePartsWereDroppedIsDroppedToo() {
    model("a")
        .bpe(List.of("x", "y", "xy", "z", "xyz"), List.of("x y", "xy z"))
        .vocabularySize(4)
        .file("tokenizer_config.json", "{\"pad_token\": \"xyz\", \"eos_token\": \"z\"}")
        .file(
            "special_tokens_map.json",
            """
            {"pad_token": {"content": "xyz"}, "additional_special_tokens": ["x", "xyz"]}\
            """);

    SmallModel out = write(base());

    assertThat(json(out, "tokenizer.json").path("model").path("merges"))
        .isEqualTo(tree("[\"x y\"]"));
    assertThat(json(out, "tokenizer_config.json"))
        .isEqualTo(tree("{\"eos_token\": \"z\", \"added_tokens_decoder\": {}}"));
    assertThat(json(out, "special_tokens_map.json"))
        .isEqualTo(tree("{\"additional_special_tokens\": [\"x\"]}"));
  }

  @Test
  void mergesWrittenAsPairsStayPairs() {
    model("a")
        .file(
            "tokenizer.json",
            """
            {"model": {"type": "BPE", "vocab": {"x": 0, "y": 1, "xy": 2}, "merges": [["x", "y"]]}}
            """);
    model("b")
        .file(
            "tokenizer.json",
            """
            {"model": {"type": "BPE", "vocab": {"y": 0, "yy": 1}, "merges": ["y y"]}}
            """);

    SmallModel out = write(union());

    assertThat(json(out, "tokenizer.json"))
        .isEqualTo(
            tree(
                """
                {"model": {"type": "BPE", "vocab": {"x": 0, "y": 1, "xy": 2, "yy": 3},
                           "merges": [["x", "y"], ["y", "y"]]}}
                """));
  }

  @Test
  void aUnionOfUnigramHasAPieceAtEachId() {
    model("a").unigram(List.of("<unk>=0.0", "▁x=-1.5"), "<unk>=0", "<far>=4");
    model("b").unigram(List.of("<unk>=0.0", "y=-2.5"), "<unk>=0");

    SmallModel out = write(union());

    assertThat(json(out, "tokenizer.json").path("model").path("vocab"))
        .isEqualTo(
            tree(
                """
                [["<unk>", 0.0], ["▁x", -1.5], ["<unused_2>", -3.5], ["<unused_3>", -3.5],
                 ["<far>", 0.0], ["y", -2.5]]
                """));
    assertThat(out.read().scores()).containsEntry("y", -2.5);
  }

  @Test
  void aUnionOfWordPieceGrowsAtTheEnd() {
    model("a").wordPiece(List.of("[PAD]", "[UNK]", "un", "##do"), "[PAD]=0", "[UNK]=1");
    model("b").wordPiece(List.of("[UNK]", "##re", "un"), "[UNK]=0");

    SmallModel out = write(union());

    assertThat(json(out, "tokenizer.json").path("model").path("vocab"))
        .isEqualTo(tree("{\"[PAD]\": 0, \"[UNK]\": 1, \"un\": 2, \"##do\": 3, \"##re\": 4}"));
  }

  @Test
  void earlyFilesAreWrittenAsTheyWereRead() {
    model("a")
        .file("vocab.json", "{\"x\": 0, \"y\": 1, \"xy\": 2}")
        .file("merges.txt", "#version: 0.2\nx y\n")
        .file("added_tokens.json", "{\"<s>\": 3}")
        .file("special_tokens_map.json", "{\"bos_token\": \"<s>\"}");
    model("b")
        .file("vocab.json", "{\"#\": 0, \"##\": 1, \"x\": 2}")
        .file("merges.txt", "#version: 0.2\r\n# #\r\n")
        .file("added_tokens.json", "{\"<new>\": 3}");

    SmallModel out = write(union());

    assertThat(json(out, "vocab.json"))
        .isEqualTo(
            tree(
                """
                {"x": 0, "y": 1, "xy": 2, "<s>": 3, "#": 4, "##": 5, "<new>": 6}\
                """));
    assertThat(out.text("merges.txt")).isEqualTo("#version: 0.2\nx y\n# #\n");
    assertThat(json(out, "added_tokens.json")).isEqualTo(tree("{\"<s>\": 3, \"<new>\": 6}"));
    assertThat(out.text("special_tokens_map.json")).isEqualTo("{\"bos_token\": \"<s>\"}");
    assertThat(out.read().added())
        .containsExactly(
            entry("<s>", AddedToken.special("<s>")), entry("<new>", AddedToken.plain("<new>")));
  }

  @Test
  void wordsInLinesAreWrittenInLines() {
    model("a").file("vocab.txt", "[UNK]\nun\n##do\n");
    model("b").file("vocab.txt", "[UNK]\n##re\n");

    assertThat(write(union()).text("vocab.txt")).isEqualTo("[UNK]\nun\n##do\n##re\n");
  }

  @Test
  void sentencepiecesFileGrowsAtTheEnd() throws IOException {
    SmallPieces.bpe().piece("<unk>", 0, 2).piece("▁", 0).piece("x", -1).write(model("a"));
    SmallPieces.bpe()
        .piece("<unk>", 0, 2)
        .piece("x", 0)
        .piece("y", -1)
        .piece("xy", -2)
        .piece("<end>", 0, 4)
        .write(model("b"));

    SmallModel out = write(union());

    // New pieces are merged after all that were there.
    byte[] expected =
        SmallPieces.bpe()
            .piece("<unk>", 0, 2)
            .piece("▁", 0)
            .piece("x", -1)
            .piece("y", -2)
            .piece("xy", -3)
            .piece("<end>", 0, 4)
            .bytes();
    assertThat(Files.readAllBytes(out.folder.resolve("tokenizer.model"))).isEqualTo(expected);
  }

  @Test
  void piecesGiveTheMergesThatATokenizerWithMergesNeeds() {
    model("a")
        .file(
            "tokenizer.json",
            """
            {"decoder": {"type": "Metaspace"},
             "model": {"type": "BPE", "vocab": {"x": 0, "y": 1, "xy": 2}, "merges": ["x y"]}}
            """);
    SmallPieces.bpe()
        .piece("x", -5)
        .piece("y", -6)
        .piece("z", -7)
        .piece("yz", -1)
        .piece("xyz", -2)
        .piece("xy", -3)
        .write(model("b"));

    SmallModel out = write(union());

    assertThat(json(out, "tokenizer.json").path("model"))
        .isEqualTo(
            tree(
                """
                {"type": "BPE", "vocab": {"x": 0, "y": 1, "xy": 2, "z": 3, "yz": 4, "xyz": 5},
                 "merges": ["x y", "y z", "x yz", "xy z"]}
                """));
  }

  @Test
  void whatDoesNotChangeIsCopiedByteForByte() {
    model("a")
        .bpe(List.of("x", "y"), List.of(), "<s>=2")
        .file("tokenizer_config.json", "{ \"chat_template\":\"{{ messages }}\"}")
        .file("special_tokens_map.json", "{ }")
        .file("notes.txt", "not a tokenizer's");
    model("b").bpe(List.of("y"), List.of());

    for (TokenizerSpec spec : List.of(union(), base(), TokenizerSpec.kept())) {
      SmallModel out = write(spec);

      for (String name :
          List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")) {
        assertThat(out.text(name)).isEqualTo(new SmallModel(models.get("a")).text(name));
      }
      assertThat(out.has("notes.txt")).isFalse();
    }
  }

  @Test
  void addedTokensThatOnlyTheConfigNamesAreThere() {
    model("a")
        .bpe(List.of("x"), List.of())
        .file(
            "tokenizer_config.json",
            """
            {"added_tokens_decoder": {"1": {"content": "<s>", "lstrip": true, "special": true}}}
            """);

    assertThat(new SmallModel(models.get("a")).read().added())
        .containsExactly(entry("<s>", new AddedToken("<s>", false, true, false, false, true)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[]|is no JSON object.",
        "{\"model\"|is not sound JSON (Unexpected end-of-input within/between Object entries); copy"
            + " it from the model again.",
        "{\"model\": {}}{}|goes on after the end of its JSON object.",
        "{}|has no model, so it is no tokenizer of the tokenizers library.",
        "{\"model\": {\"type\": \"Guess\"}}|is a tokenizer of type 'Guess', but Mokume knows BPE,"
            + " Unigram, WordPiece and WordLevel.",
        "{\"model\": {\"vocab\": {\"x\": -1}}}|gives token 'x' the id -1, but ids lie in"
            + " 0..4194303.",
        "{\"model\": {\"vocab\": {\"x\": 4194304}}}|gives token 'x' the id 4194304, but ids lie in"
            + " 0..4194303.",
        "{\"model\": {\"vocab\": {\"x\": \"1\"}}}|gives token 'x' no whole number for an id.",
        "{\"model\": {\"vocab\": [[\"x\"]]}}|has an entry 0 of the vocabulary that is not a text"
            + " and its score.",
        "{\"model\": {\"merges\": [\"x\"]}}|has the merge 'x', but two tokens with a space between"
            + " are wanted.",
        "{\"model\": {\"merges\": [[\"x\"]]}}|has a merge 0 that is not two tokens.",
        "{\"added_tokens\": [{\"id\": 1}], \"model\": {}}|has an added token 0 without content or"
            + " id.",
      })
  void aTokenizerThatIsNotSoundIsNamed(String content, String what) {
    SmallModel model = model("a").file("tokenizer.json", content);

    assertThatThrownBy(model::read)
        .isInstanceOf(MokumeException.class)
        .hasMessage(model.folder.resolve("tokenizer.json") + ": " + what);
  }

  @Test
  void piecesThatGoBeyondTheFileAreNoModel() {
    SmallModel model = model("a");
    try {
      Files.write(model.folder.resolve("tokenizer.model"), new byte[] {10, 100, 10, 1, 'x'});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }

    assertThatThrownBy(model::read)
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            model.folder.resolve("tokenizer.model")
                + ": is no model of sentencepiece (a field of 100 bytes goes beyond its 3).");
  }

  @Test
  void aFileOfTiktokenBesideATokenizerIsLeftOutOfAnotherVocabulary() {
    model("a").bpe(List.of("x"), List.of()).file("tokenizer.model", "IQ== 0\nIg== 1\n");
    model("b").bpe(List.of("y"), List.of());

    assertThat(write(base()).has("tokenizer.model")).isTrue();
    Path out = new SmallModel(folder.resolve("union")).folder;
    TokenizerMerge.of(union(), models, "a").write(out);
    assertThat(out.resolve("tokenizer.json")).exists();
    assertThat(out.resolve("tokenizer.model")).doesNotExist();
  }

  @Test
  void anInputIsNotWrittenOver() {
    SmallModel model = model("a").bpe(List.of("x"), List.of());

    assertThatThrownBy(() -> TokenizerMerge.of(base(), models, "a").write(model.folder))
        .isInstanceOf(MokumeException.class)
        .hasMessage(model.folder + ": is the folder of a model of the merge; choose another one.");
  }
}
