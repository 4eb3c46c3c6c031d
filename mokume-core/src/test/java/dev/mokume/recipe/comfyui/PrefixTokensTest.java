package dev.mokume.recipe.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.workflow.WorkflowReader;
import java.time.LocalDateTime;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrefixTokensTest {
  private static final String GRAPH =
      """
      {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "photo/a:b.ckpt"}},
        "2": {"class_type": "ModelMergeSimple", "_meta": {"title": "Mix"}, "inputs": {
          "model1": ["1", 0], "model2": ["1", 0], "ratio": 0.50}},
        "3": {"class_type": "ModelMergeSimple", "_meta": {"title": "Again"}, "inputs": {
          "model1": ["2", 0], "model2": ["1", 0], "ratio": 1.0}}
      }
      """;

  private final PrefixTokens tokens =
      new PrefixTokens(
          WorkflowReader.parse("g.json", GRAPH, NodeRegistry.all()),
          LocalDateTime.of(2026, 3, 7, 19, 5, 2));

  @ParameterizedTest
  @CsvSource({
    "mix, mix",
    "%year%-%month%-%day% %hour%%minute%%second%, 2026-03-07 190502",
    "%date:yyyy-MM-dd%, 2026-03-07",
    "%date:yy.M.d h.m.s%, 26.3.7 19.5.2",
    "%date:hhmmss%_x, 190502_x",
    "%Mix.ratio%, 0.5",
    "%Again.ratio%, 1",
    "%CheckpointLoaderSimple.ckpt_name%, photo_a_b.ckpt",
    // By the class first, of which this is the first node.
    "%ModelMergeSimple.ratio%, 0.5",
    // What has no meaning, or a link for a value, stays.
    "%Nobody.ratio%, %Nobody.ratio%",
    "%Mix.seed%, %Mix.seed%",
    "%Mix.model1%, %Mix.model1%",
    "%word%, %word%",
    "50% and 60%, 50% and 60%",
    "%width%x%height%, 0x0"
  })
  void standFor(String prefix, String expanded) {
    assertThat(tokens.expand(prefix)).isEqualTo(expanded);
  }
}
