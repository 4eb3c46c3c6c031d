package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  private static final Pattern SHA = Pattern.compile("SHA-256 ([0-9a-f]{64})");

  @TempDir private Path folder;

  @Test
  void explainsEachStepAndProvesThatTheBytesAreTheSame() {
    Run run = Run.of("demo", "-o", folder.resolve("demo"));

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains(
            "\n1. A mask",
            "of 1,284,598 weights (90.0 %)",
            "\n2. A DARE-TIES merge",
            "(60 tensors merged; ",
            "\n3. The same again",
            ": the same, bit for bit\n",
            "\n4. What that changed in A\n   layer ",
            "   all 30 layers  1,284,598 ",
            "\nNow with files of your own:\n  mokume inspect ");
    Matcher sha = SHA.matcher(run.out());
    assertThat(sha.find()).isTrue();
    assertThat(sha.group(1)).isEqualTo(Sha256.of(folder.resolve("demo/merged.safetensors")));
    assertThat(Files.isRegularFile(folder.resolve("demo/mask.safetensors"))).isTrue();
  }

  @Test
  void runsAgainOverItsOwnResult() {
    Path output = folder.resolve("demo");
    Run first = Run.of("demo", "-o", output, "--json");
    Run second = Run.of("demo", "-o", output, "--json", "--threads", "1");

    assertThat(first.out())
        .startsWith("{\"mask\":\"" + output.resolve("mask.safetensors") + "\",\"selected\":");
    assertThat(second).isEqualTo(first);
  }
}
