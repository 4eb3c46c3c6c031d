package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.Cancellation;
import dev.mokume.error.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class StandardOutputTest {
  private final StringWriter err = new StringWriter();

  private int methods(OutputStream out) {
    return run(out, "methods");
  }

  private int run(OutputStream out, String... arguments) {
    PrintWriter writer =
        new PrintWriter(
            new OutputStreamWriter(new StandardOutput(out), StandardCharsets.UTF_8), false);
    PrintWriter errors = new PrintWriter(err);
    return Cli.run(
        new Session(
            writer,
            errors,
            false,
            false,
            new Cancellation(),
            Optional.empty(),
            OptionalLong.empty()),
        arguments);
  }

  private static OutputStream failing(String why) {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException(why);
      }
    };
  }

  @Test
  void whatIsToldGetsThere() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(methods(out)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("weighted-sum");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void whatDoesNotGetThereIsAFailure() {
    assertThat(methods(failing("No space left on device")))
        .isEqualTo(ExitCode.of(ErrorCode.IO_FAILED));
    assertThat(err.toString().lines())
        .containsExactly("mokume: the standard output cannot be written: No space left on device.");
  }

  /// A document that was cut off tells nobody, so words do.
  @Test
  void aDocumentThatDoesNotGetThereIsToldInWords() {
    assertThat(run(failing("No space left on device"), "methods", "--json"))
        .isEqualTo(ExitCode.of(ErrorCode.IO_FAILED));
    assertThat(err.toString().lines())
        .containsExactly("mokume: the standard output cannot be written: No space left on device.");
  }

  @Test
  void anErrorThatDoesNotGetThereAsADocumentIsToldInWords() {
    assertThat(run(failing("No space left on device"), "inspect", "gone.safetensors", "--json"))
        .isEqualTo(ExitCode.of(ErrorCode.UNREADABLE_INPUT));
    assertThat(err.toString().lines())
        .containsExactly("mokume: gone.safetensors: there is no such file.");
  }

  @Test
  void aDocumentWhoseReaderHasGoneIsNobodysFault() {
    assertThat(run(failing("Broken pipe"), "methods", "--json")).isZero();
    assertThat(err.toString()).isEmpty();
  }

  /// As in `mokume methods | head`.
  @Test
  void aReaderMayGo() {
    assertThat(methods(failing("Broken pipe"))).isZero();
    assertThat(err.toString()).isEmpty();
  }
}
