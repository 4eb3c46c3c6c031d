package dev.mokume.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several models' tokenizers: `a` has tokens x and y, `b` y and z.
class TokenizersTest {
  @TempDir Path folder;

  private final SequencedMap<String, Path> models = new LinkedHashMap<>();

  private SmallModel model(String name, String... tokens) {
    SmallModel model = new SmallModel(folder.resolve(name)).bpe(List.of(tokens), List.of());
    models.put(name, model.folder);
    return model;
  }

  @Test
  void areReadOnceForAllThatIsAskedOfThem() throws IOException {
    model("a", "x", "y");
    SmallModel b = model("b", "y", "z");
    Tokenizers tokenizers = Tokenizers.read(models);
    Files.delete(b.folder.resolve("tokenizer.json"));

    assertThat(tokenizers.reports().get("b").ids().keySet()).containsExactly("y", "z");
    TokenizerMerge merge =
        TokenizerMerge.of(TokenizerSpec.of(new TokenizerSource.Union()), tokenizers, "a");
    assertThat(merge.tokens().keySet()).containsExactly("x", "y", "z");
  }

  @Test
  void thoseThatCannotBeReadAreToldTogether() {
    model("a", "x").file("tokenizer.json", "{");
    model("b", "x");
    model("c", "x").file("tokenizer.json", "[]");

    assertThatThrownBy(() -> Tokenizers.read(models))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e ->
                assertThat(e.problems())
                    .extracting(Problem::message)
                    .satisfiesExactly(
                        first -> assertThat(first).startsWith(path("a")),
                        second -> assertThat(second).startsWith(path("c"))));
  }

  private String path(String model) {
    return folder.resolve(model).resolve("tokenizer.json").toString();
  }
}
