package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoraArgumentTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "a.safetensors, a.safetensors, 1",
    "a.safetensors=0.5, a.safetensors, 0.5",
    "a=b.safetensors=-2, a=b.safetensors, -2",
    "https://example.org/a.safetensors, https://example.org/a.safetensors, 1",
    "https://example.org/a.safetensors=0.5, https://example.org/a.safetensors, 0.5",
    "https://example.org/a?v=2, https://example.org/a?v=2, 1",
    "https://example.org/a?v=2=0.5, https://example.org/a?v=2, 0.5",
    "https://example.org/a?v=2&token=x, https://example.org/a?v=2&token=x, 1",
    "https://example.org/a?token=abc==, https://example.org/a?token=abc==, 1",
  })
  void aPlaceAndANumber(String text, String place, double number) {
    assertThat(LoraArgument.parse(text, "weight"))
        .isEqualTo(new LoraArgument(Checkpoints.place(place), number));
  }

  @Test
  void aFileMayHaveAnEqualsSignInItsName() throws IOException {
    Path file = Files.createFile(folder.resolve("a=b"));

    assertThat(LoraArgument.parse(file.toString(), "weight")).isEqualTo(new LoraArgument(file, 1));
  }

  @Test
  void whatIsNoNumberIsTold() {
    assertThatThrownBy(() -> LoraArgument.parse("a.safetensors=much", "strength"))
        .isInstanceOf(MokumeException.class)
        .hasMessage("the strength of a.safetensors must be a number: 'much' is not a number.");
  }
}
