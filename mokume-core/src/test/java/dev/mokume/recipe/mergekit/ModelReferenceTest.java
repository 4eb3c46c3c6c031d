package dev.mokume.recipe.mergekit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How a text that may have adapters and revisions in it is read.
class ModelReferenceTest {
  /// Folders whose names look like references.
  private static final Set<String> THERE = Set.of("base", "a+b", "lora+2", "v@1", "a+b@c");

  @ParameterizedTest
  @CsvSource({
    // text, path, revision, adapter
    "org/name, org/name, , ",
    "org/name@main, org/name, main, ",
    "base+lora, base, , lora",
    "base@main+lora@v2, base, main, lora@v2",
    "a+b, a+b, , ",
    "a+b+lora, a+b, , lora",
    "base+lora+2, base, , lora+2",
    "a+b+lora+2, a+b, , lora+2",
    "v@1, v@1, , ",
    "v@1+lora@2, v@1, , lora@2",
    "a+b@c, a+b@c, , ",
  })
  void whatIsThereIsNoRevisionAndNoAdapter(
      String text, String path, String revision, String adapter) {
    ModelReference reference = ModelReference.parse(text, THERE::contains).orElseThrow();
    assertThat(reference.path()).isEqualTo(path);
    assertThat(reference.revision().orElse(null)).isEqualTo(revision);
    assertThat(reference.adapter().map(ModelReference::toString).orElse(null)).isEqualTo(adapter);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "c+d+lora", "base@1@2", "+lora", "base+", "base@", " "})
  void otherTextsAreNoReferences(String text) {
    assertThat(ModelReference.parse(text, THERE::contains)).isEmpty();
  }
}
