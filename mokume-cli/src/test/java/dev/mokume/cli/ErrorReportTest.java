package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ErrorReportTest {
  private final StringWriter err = new StringWriter();

  @Test
  void aHeapThatIsTooSmallIsNoBugOfOurs() {
    int code = report().unforeseen(new OutOfMemoryError("Java heap space"));

    assertThat(code).isEqualTo(11);
    assertThat(err.toString())
        .matches(
            "mokume: a heap of \\d+ MiB does not hold the plan, names and vocabularies of this"
                + " command\\. What it was writing is left out; give it more: a larger --memory, of"
                + " which it is a part, or MOKUME_JAVA_OPTIONS=-Xmx1g\\.\\R");
  }

  @Test
  void anythingElseIsABugAndShowsWhere() {
    int code = report().unforeseen(new IllegalStateException("no such state"));

    assertThat(code).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("mokume: this is a bug of Mokume, not of your files or of your command.")
        .contains("java.lang.IllegalStateException: no such state", "at dev.mokume");
  }

  private ErrorReport report() {
    PrintWriter out = new PrintWriter(new StringWriter(), true);
    return new ErrorReport(Run.session(out, new PrintWriter(err, true)), false);
  }
}
