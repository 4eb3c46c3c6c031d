package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A name is not trusted: a terminal shows it, and does not obey it.
class PrintableWriterTest {
  private static final char ESCAPE = 0x1b;

  @TempDir Path folder;

  @Test
  void controlCharactersAreShown() {
    assertThat(shown("a" + ESCAPE + "[31mb" + (char) 0x9b + "c" + (char) 0x7f + "\td\r\n"))
        .isEqualTo("a\\u001b[31mb\\u009bc\\u007f\td\r\n");
  }

  /// A name may not look like another one.
  @Test
  void formattingCharactersAreShown() {
    assertThat(shown("evil\u202egnp.safetensors\n")).isEqualTo("evil\\u202egnp.safetensors\n");
    assertThat(shown("a \udb40\udc01 tag, a line\u2028, 重み 😀"))
        .isEqualTo("a \\udb40\\udc01 tag, a line\\u2028, 重み 😀");
  }

  /// As a generator of JSON does that writes what its buffer holds.
  @Test
  void aCharacterMayComeInHalves() {
    assertThat(shown("a \ud83d", "\ude00 b \udb40", "\udc01 c \ud83d"))
        .isEqualTo("a 😀 b \\udb40\\udc01 c \\ud83d");
  }

  private static String shown(String... parts) {
    StringWriter shown = new StringWriter();
    PrintWriter writer = new PrintWriter(new PrintableWriter(new PrintWriter(shown)));
    for (String part : parts) {
      writer.print(part);
    }
    writer.flush();
    return shown.toString();
  }

  @Test
  void aFileIsNamedInOneLineOfAMessage() {
    Run run = Run.of("inspect", "no" + ESCAPE + "[31msuch\nfile.safetensors");

    assertThat(run.err())
        .isEqualTo("mokume: no\\u001b[31msuch\\u000afile.safetensors: there is no such file.\n");
  }

  @Test
  void aFileIsNamedInWhatIsDoneToo() throws IOException {
    Path a = folder.resolve("a" + ESCAPE + "[2J.safetensors");
    TinyCheckpoint.stableDiffusion(1, 2).write(a);
    Path out = folder.resolve("out" + ESCAPE + "[2J.safetensors");

    Run run = Run.of("convert", a, out);

    assertThat(run.code()).isZero();
    assertThat(run.out() + run.err())
        .contains("out\\u001b[2J.safetensors")
        .doesNotContain(String.valueOf(ESCAPE));
    assertThat(Files.exists(out)).isTrue();
  }
}
