package dev.mokume.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.MergeReport;
import dev.mokume.architecture.Component;
import java.io.IOException;
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
  void mergesRealWeights() throws IOException {
    Path output = folder.resolve("merged.safetensors");

    MergeReport report =
        MergeTwo.merge(
            WEIGHTS.resolve("realcugan-up2x-denoise1x.safetensors"),
            WEIGHTS.resolve("realcugan-up2x-denoise3x.safetensors"),
            Component.OTHER,
            output);

    assertThat(report.output()).isEqualTo(output);
    assertThat(report.bytes()).isEqualTo(Files.size(output));
    assertThat(report.plan().tensors()).hasSize(60);
  }

  @Test
  void isInTheReadmeAsItIs() throws IOException {
    String example = Files.readString(SOURCE).replaceFirst("package dev.mokume.example;\n\n", "");

    assertThat(Files.readString(ROOT.resolve("README.md")))
        .contains("```java\n" + example + "```\n");
  }
}
