package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {
  @Test
  void alignsItsColumns() {
    Table table =
        Table.of("block", ">tensors", "why").row("IN00", "7", "").row("M00", "1,131", "merged");

    assertThat(print(table, "  "))
        .isEqualTo(
            """
              block  tensors  why
              IN00         7
              M00      1,131  merged
            """);
  }

  @Test
  void hasNoHeadingWithoutTitles() {
    assertThat(print(Table.of("", ">").row("reads", "4.27 GB").row("writes", "2.13 GB"), ""))
        .isEqualTo("reads   4.27 GB\nwrites  2.13 GB\n");
  }

  @Test
  void refusesARowOfAnotherWidth() {
    assertThatThrownBy(() -> Table.of("a", "b").row("1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a row needs 2 cells but has 1");
  }

  private static String print(Table table, String indent) {
    StringWriter text = new StringWriter();
    table.print(new PrintWriter(text), indent);
    return text.toString().replace(System.lineSeparator(), "\n");
  }
}
