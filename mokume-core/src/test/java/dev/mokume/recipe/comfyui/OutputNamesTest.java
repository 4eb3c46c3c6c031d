package dev.mokume.recipe.comfyui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutputNamesTest {
  @TempDir private Path folder;

  private OutputNames names() {
    return new OutputNames(folder, LocalDateTime.of(2026, 3, 7, 9, 5, 2));
  }

  @Test
  void countsFromOne() {
    OutputNames names = names();

    assertThat(names.next("checkpoints/mix"))
        .isEqualTo(
            new OutputNames.Named(folder.resolve("checkpoints/mix_00001_.safetensors"), "mix 1"));
    assertThat(names.next("checkpoints/mix").title()).isEqualTo("mix 2");
    assertThat(names.next("other").title()).isEqualTo("other 1");
  }

  @Test
  void goesOnAfterTheGreatestNumberThere() throws IOException {
    Files.writeString(folder.resolve("mix_00041_.safetensors"), "");
    Files.writeString(folder.resolve("mix_00007_.png"), "");
    Files.writeString(folder.resolve("mix_more_00099_.safetensors"), "");

    assertThat(names().next("mix").file()).hasFileName("mix_00042_.safetensors");
  }

  @Test
  void knowsWindowsSlashes() {
    assertThat(names().next("2026-03-07\\mix").file())
        .isEqualTo(folder.resolve("2026-03-07/mix_00001_.safetensors"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../mix", "a/../../mix", "/etc/mix", "", "folder/"})
  void staysInTheFolder(String prefix) {
    assertThatThrownBy(() -> names().next(prefix))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the filename_prefix '%s' does not name a file below the output folder %s; give it a name like checkpoints/merged."
                .formatted(prefix, folder));
  }
}
