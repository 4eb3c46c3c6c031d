package dev.mokume.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The README's Java example compiles, runs on the module path, and is what the README shows.
class MergeTwoTest {
  private static final Path ROOT = Path.of("../..");
  private static final Path WEIGHTS = ROOT.resolve("samples/weights");
  private static final Path SOURCE = Path.of("src/main/java/dev/mokume/example/MergeTwo.java");

  @TempDir Path folder;

  @Test
  void runsOnTheModulePath() {
    assertThat(MergeTwo.class.getModule().getName()).isEqualTo("dev.mokume.example");
  }

  @Test
  void mergesRealWeightsAndTellsWhatChanged() throws IOException {
    Path first = WEIGHTS.resolve("realcugan-up2x-denoise1x.safetensors");
    Path second = WEIGHTS.resolve("realcugan-up2x-denoise3x.safetensors");
    Path output = folder.resolve("merged.safetensors");
    ByteArrayOutputStream printed = new ByteArrayOutputStream();

    MergeTwo.merge(first, second, output, new PrintStream(printed, true, StandardCharsets.UTF_8));

    assertThat(printed.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "60 tensors, " + Files.size(output) + " bytes",
            "5147056 bytes read",
            "other tensors: 99.9 % of 1284598 weights changed, cosine 0.9826");
  }

  @Test
  void isInTheReadmeAsItIs() throws IOException {
    String example = Files.readString(SOURCE).replaceFirst("package dev.mokume.example;\n\n", "");

    assertThat(Files.readString(ROOT.resolve("README.md")))
        .contains("```java\n" + example + "```\n");
  }
}
