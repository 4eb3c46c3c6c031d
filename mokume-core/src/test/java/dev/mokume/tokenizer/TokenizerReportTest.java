package dev.mokume.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a tokenizer is, and how two of them differ.
class TokenizerReportTest {
  @TempDir Path folder;

  private SmallModel base;
  private SmallModel chat;

  @BeforeEach
  void writeTwoModels() {
    base =
        new SmallModel(folder.resolve("base"))
            .bpe(List.of("x", "y", "xy", "w"), List.of("x y"), "<s>=4", "<new>=8")
            .vocabularySize(8)
            .file("special_tokens_map.json", "{\"bos_token\": \"<pad>\", \"eos_token\": \"<s>\"}")
            .file("tokenizer_config.json", "{\"bos_token\": {\"content\": \"<s>\"}}");
    chat =
        new SmallModel(folder.resolve("chat"))
            .bpe(List.of("x", "xy", "y", "z", "<s>"), List.of(), "<end>=5")
            .file("tokenizer_config.json", "{\"bos_token\": \"<s>\", \"eos_token\": \"<end>\"}")
            .file("chat_template.jinja", "{{ messages }}");
  }

  private static TokenizerReport report(SmallModel model) {
    return TokenizerReport.of(model.folder);
  }

  @Test
  void countsTokensRowsAndWhatHasNoCounterpart() {
    TokenizerReport report = report(base);

    assertThat(report.kind()).isEqualTo("BPE");
    assertThat(report.spelling()).isEqualTo("byte-level");
    assertThat(report.ids().keySet()).containsExactly("x", "y", "xy", "w", "<s>", "<new>");
    assertThat(report.merges()).isEqualTo(1);
    assertThat(report.rows()).isEqualTo(8);
    // Rows 5, 6 and 7.
    assertThat(report.unnamedRows()).isEqualTo(3);
    assertThat(report.withoutRow()).containsExactly("<new>");
    assertThat(report.added().keySet()).containsExactly("<s>", "<new>");
    assertThat(report.chatTemplate()).isFalse();
    assertThat(report.files())
        .containsExactly("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json");
  }

  @Test
  void rolesAreThoseOfTheConfigAndOfTheMapWhereItSaysNothing() {
    assertThat(report(base).roles())
        .containsExactlyEntriesOf(new TreeMap<>(Map.of("bos_token", "<s>", "eos_token", "<s>")));
  }

  @Test
  void withoutAConfigThereIsARowForEachId() {
    assertThat(report(chat).rows()).isEqualTo(6);
    assertThat(report(chat).unnamedRows()).isZero();
    assertThat(report(chat).chatTemplate()).isTrue();
  }

  @Test
  void aDifferenceNamesEveryTokenThatIsNotTheSame() {
    TokenizerDifference difference = report(base).to(report(chat));

    assertThat(difference)
        .isEqualTo(
            new TokenizerDifference(
                true,
                // x, and <s>, which is 4 in both.
                2,
                List.of("y", "xy"),
                // <new> has no row in base, so nobody misses it.
                List.of("w"),
                List.of("z", "<end>"),
                // Special in base, a word of the vocabulary in chat.
                List.of("<s>"),
                List.of("eos_token")));
  }

  @Test
  void aModelDoesNotDifferFromItself() {
    assertThat(report(chat).to(report(chat)))
        .isEqualTo(
            new TokenizerDifference(
                true, 6, List.of(), List.of(), List.of(), List.of(), List.of()));
  }

  @Test
  void tokensThatAreSpeltOtherwiseHaveNoUnion() {
    SmallModel other = new SmallModel(folder.resolve("other")).unigram(List.of("<unk>=0", "x=-1"));

    assertThat(report(base).to(report(other)).sameMeaning()).isFalse();
  }
}
