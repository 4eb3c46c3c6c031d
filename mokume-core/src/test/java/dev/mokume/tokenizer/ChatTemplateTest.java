package dev.mokume.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChatTemplateTest {
  private static final String LITERAL = "{% for m in messages %}{{ m.content }}{% endfor %}";

  @TempDir Path folder;

  private final SequencedMap<String, Path> models = new LinkedHashMap<>();

  private SmallModel model(String name) {
    SmallModel model = new SmallModel(folder.resolve(name)).bpe(List.of("x"), List.of());
    models.put(name, model.folder);
    return model;
  }

  private SmallModel inConfig(String name, String template) {
    return model(name)
        .file(
            "tokenizer_config.json",
            JsonMapper.shared().writeValueAsString(Map.of("chat_template", template)));
  }

  private TokenizerMerge merge(String template) {
    return TokenizerMerge.of(
        TokenizerSpec.kept().withChatTemplate(template), models, models.firstEntry().getKey());
  }

  private SmallModel write(String template) {
    SmallModel out = new SmallModel(folder.resolve("out"));
    merge(template).write(out.folder);
    return out;
  }

  private static JsonNode config(SmallModel model) {
    return JsonMapper.shared().readTree(model.text("tokenizer_config.json"));
  }

  @Test
  void theMostCommonOneWinsWhereverModelsKeepIt() {
    inConfig("a", "first {{ messages }}");
    model("b").file("chat_template.jinja", "second {{ messages }}");
    model("c")
        .file(
            "tokenizer_config.json",
            """
            {"chat_template": [{"name": "tools", "template": "other"},
                               {"name": "default", "template": "second {{ messages }}"}]}\
            """);

    assertThat(config(write("auto")).path("chat_template").stringValue())
        .isEqualTo("second {{ messages }}");
  }

  @Test
  void ofEquallyCommonOnesTheFirstWins() {
    inConfig("a", "first {{ messages }}");
    inConfig("b", "second {{ messages }}");

    assertThat(config(write("auto")).path("chat_template").stringValue())
        .isEqualTo("first {{ messages }}");
  }

  @Test
  void itIsWrittenWhereTheModelHasItsOwnAndNowhereElse() {
    inConfig("a", "old {{ messages }}").file("chat_template.jinja", "old {{ messages }}");

    SmallModel out = write(LITERAL);

    assertThat(out.text("chat_template.jinja")).isEqualTo(LITERAL);
    assertThat(config(out).has("chat_template")).isFalse();
  }

  @Test
  void aModelWithoutAnyGetsItInItsConfig() {
    model("a");

    assertThat(config(write(LITERAL)))
        .isEqualTo(
            JsonMapper.shared()
                .valueToTree(
                    Map.of(
                        "tokenizer_class", "PreTrainedTokenizerFast", "chat_template", LITERAL)));
  }

  @Test
  void withoutAnyThereIsNoneAndItIsSaid() {
    model("a");

    assertThat(merge("auto").notes())
        .containsExactly("chat_template: no model has one, so the output has none.");
    assertThat(write("auto").has("tokenizer_config.json")).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "alpaca, ### Instruction:",
    "chatml, <|im_start|>",
    "llama3, <|start_header_id|>",
    "mistral, [INST]",
    "exaone, [|endofturn|]"
  })
  void namesStandForTemplates(String name, String mark) {
    model("a");

    assertThat(config(write(name)).path("chat_template").stringValue())
        .contains(mark)
        .contains("for message in messages")
        .endsWith("%}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "chatlm|; did you mean 'chatml'?",
        "a long text that is no template at all|.",
        "{{ messages }}|."
      })
  void whatIsNeitherANameNorATemplateIsRefused(String asked, String end) {
    model("a");

    assertThatThrownBy(() -> merge(asked))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECIPE))
        .hasMessage(
            "chat_template '"
                + asked
                + "' is neither a name (auto, alpaca, chatml, llama3, mistral, exaone) nor a"
                + " template, which has at least 20 characters and a '{'"
                + end);
  }
}
