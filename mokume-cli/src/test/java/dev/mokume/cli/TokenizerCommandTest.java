package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerCommandTest {
  @TempDir private Path folder;

  private Path base;
  private Path chat;

  @BeforeEach
  void writeTwoTokenizers() throws IOException {
    base = folder.resolve("base");
    write(base, "{\"x\": 0, \"y\": 1, \"xy\": 2}", "\"x y\"", added("<s>", 3, true));
    Files.writeString(base.resolve("config.json"), "{\"vocab_size\": 8}");
    chat = folder.resolve("chat");
    write(
        chat,
        "{\"x\": 0, \"z\": 1, \"y\": 2, \"yz\": 3}",
        "\"y z\"",
        added("<s>", 4, false) + ", " + added("<end>", 5, true));
    Files.writeString(chat.resolve("tokenizer_config.json"), "{\"eos_token\": \"<end>\"}");
  }

  private static void write(Path model, String vocabulary, String merges, String added)
      throws IOException {
    Files.createDirectories(model);
    Files.writeString(
        model.resolve("tokenizer.json"),
        """
        {"added_tokens": [%s],
         "pre_tokenizer": {"type": "ByteLevel"},
         "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "vocab": %s, "merges": [%s]}}
        """
            .formatted(added, vocabulary, merges));
  }

  private static String added(String token, int id, boolean special) {
    return "{\"id\": %d, \"content\": \"%s\", \"special\": %s}".formatted(id, token, special);
  }

  private Run run(Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "tokenizer";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    Run run = Run.of(all);
    return new Run(
        run.code(), run.out().replace(folder + "/", ""), run.err().replace(folder + "/", ""));
  }

  @Test
  void inspectTellsWhatEachIsAndHowTheyDiffer() {
    Run run = run("inspect", base, chat);

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            """
            base
              kind           BPE, byte-level
              tokens         4 in 8 rows (4 of padding)
              merges         1
              added          '<s>' 3
              chat template  no
              files          tokenizer.json

            chat
              kind           BPE, byte-level
              tokens         6 in 6 rows
              merges         1
              added          '<s>' 4 (not special), '<end>' 5
              eos_token      '<end>'
              chat template  no
              files          tokenizer.json, tokenizer_config.json

            chat against base
              same id               1
              other id              2: 'y', '<s>'
              missing               1: 'xy'
              additional            3: 'z', 'yz', '<end>'
              looked for otherwise  1: '<s>'
              eos_token             '<end>', but nothing in base
            """);
  }

  @Test
  void inspectAsJsonListsEverything() {
    assertThat(run("inspect", chat, base, "--json").out())
        .isEqualTo(
            """
            {"tokenizers":[\
            {"model":"chat","folder":"chat","files":["tokenizer.json","tokenizer_config.json"],\
            "kind":"BPE","spelling":"byte-level","tokens":6,"rows":6,"padding":0,"merges":1,\
            "withoutRow":[],"roles":{"eos_token":"<end>"},"chatTemplate":false,"added":[\
            {"id":4,"token":"<s>","special":false,"singleWord":false,"leftStrip":false,\
            "rightStrip":false,"normalized":true},\
            {"id":5,"token":"<end>","special":true,"singleWord":false,"leftStrip":false,\
            "rightStrip":false,"normalized":false}]},\
            {"model":"base","folder":"base","files":["tokenizer.json"],\
            "kind":"BPE","spelling":"byte-level","tokens":4,"rows":8,"padding":4,"merges":1,\
            "withoutRow":[],"roles":{},"chatTemplate":false,"added":[\
            {"id":3,"token":"<s>","special":true,"singleWord":false,"leftStrip":false,\
            "rightStrip":false,"normalized":false}]}],\
            "differences":[{"model":"base","sameMeaning":true,"sameIds":1,\
            "otherIds":["y","<s>"],"missing":["z","yz","<end>"],"additional":["xy"],\
            "lookedForOtherwise":["<s>"],"roles":["eos_token"]}]}
            """);
  }

  @Test
  void aUnionSaysWhereEachNewTokenComesFrom() {
    Run run = run("union", base, chat, "--token", "<tool>", "--pad-to-multiple-of", "6");

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .startsWith(
            """
            8 tokens in 12 rows (4 of padding), 4 new to base

              id  new token  from
               4  z          chat
               5  yz         chat
               6  <end>      chat
               7  <tool>     --token

            chat against base
            """);
    assertThat(folder.resolve("merged")).doesNotExist();
  }

  @Test
  void aUnionIsWrittenAndReadBack() {
    Path merged = folder.resolve("merged");

    Run run = run("union", base, chat, "-o", merged);

    assertThat(run.out())
        .endsWith(
            """

            wrote merged: tokenizer.json, tokenizer_config.json
            A model of this tokenizer has vocab_size 8 in its config.json.
            """);
    assertThat(merged).isDirectoryContaining(file -> file.endsWith("tokenizer.json"));
    assertThat(run("inspect", base, merged).out())
        .contains("added          '<s>' 3, '<end>' 6")
        .endsWith(
            """
            merged against base
              same id     4
              additional  3: 'z', 'yz', '<end>'
            """);
  }

  @Test
  void whatIsThereIsReplacedOnlyIfAllowedAndThenWhole() throws IOException {
    Path merged = Files.createDirectory(folder.resolve("merged"));
    Files.writeString(merged.resolve("vocab.json"), "{}");
    Files.writeString(merged.resolve("model.safetensors"), "weights");

    Run refused = run("union", base, chat, "-o", merged);
    assertThat(refused.code()).isEqualTo(ExitCode.of(ErrorCode.UNWRITABLE_OUTPUT));
    assertThat(refused.err())
        .isEqualTo(
            "mokume: merged: has a tokenizer already (vocab.json); choose another folder, or"
                + " replace it with --force.\n");

    assertThat(run("union", base, chat, "-o", merged, "--force").code()).isZero();
    try (Stream<Path> files = Files.list(merged)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "model.safetensors", "tokenizer.json", "tokenizer_config.json");
    }
  }

  @Test
  void neverWritesIntoAModel() {
    assertThat(run("union", base, chat, "-o", chat, "--force").err())
        .isEqualTo("mokume: chat: is the folder of one of the models; choose another one.\n");
  }

  @Test
  void tellsEveryModelThatHasNoTokenizer() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));

    assertThat(run("inspect", base, empty, folder.resolve("nowhere"), base).err())
        .isEqualTo(
            """
            mokume: 2 problems; nothing was written.
              - model 'nowhere' does not exist; name a folder, a file or a repository of the\
             Hugging Face hub as ORG/NAME.
              - base: is given twice; name each model once.
            """);
    assertThat(run("inspect", base, empty).err())
        .isEqualTo(
            "mokume: empty: has no tokenizer; wanted is tokenizer.json, vocab.json with"
                + " merges.txt, vocab.txt or tokenizer.model. Copy those of the model there. A"
                + " merge that asks for no tokenizer needs none: the rows of embeddings stay where"
                + " they are.\n");
  }

  @Test
  void paddingIsBounded() {
    assertThat(run("union", base, "--pad-to-multiple-of", "0").err())
        .isEqualTo(
            "mokume: --pad-to-multiple-of: pad_to_multiple_of must be in 1..1048576 but was 0.\n");
  }
}
