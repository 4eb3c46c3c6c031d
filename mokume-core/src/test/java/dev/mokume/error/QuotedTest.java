package dev.mokume.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class QuotedTest {
  @Test
  void aNameStandsInQuotes() {
    assertThat(Quoted.name("model.layers.0.weight")).isEqualTo("'model.layers.0.weight'");
    assertThat(Quoted.name("")).isEqualTo("''");
    assertThat(Quoted.name("重み 😀")).isEqualTo("'重み 😀'");
  }

  @Test
  void whatATerminalWouldObeyIsEscaped() {
    assertThat(Quoted.name("a\u001b[31mb\n\u0000")).isEqualTo("'a\\u001b[31mb\\u000a\\u0000'");
    assertThat(Quoted.name("evil\u202egnp"))
        .as("right-to-left override")
        .isEqualTo("'evil\\u202egnp'");
    assertThat(Quoted.name("half \ud83d")).isEqualTo("'half \\ud83d'");
    assertThat(Quoted.name("line\u2028break")).isEqualTo("'line\\u2028break'");
    assertThat(Quoted.name("a language \udb40\udc01 tag"))
        .isEqualTo("'a language \\udb40\\udc01 tag'");
  }

  @Test
  void whatMakesLinesIsLeftInTextOfLines() {
    assertThat(Quoted.printableLines("重み 😀\tb\r\n\u001b[2J \u202egnp"))
        .isEqualTo("重み 😀\tb\r\n\\u001b[2J \\u202egnp");
    assertThat(Quoted.printable("a\tb\r\n")).isEqualTo("a\\u0009b\\u000d\\u000a");
  }

  @Test
  void theMiddleOfALongNameIsLeftOut() {
    String name = "a".repeat(140) + "x".repeat(1000) + "b".repeat(140);
    assertThat(Quoted.name(name))
        .isEqualTo("'" + "a".repeat(140) + "...' (1,280 characters) '..." + "b".repeat(140) + "'");
  }

  @Test
  void aListShowsTheFirstFewAndHowManyMore() {
    assertThat(Quoted.list(List.of("a", "b"), 2)).isEqualTo("'a', 'b'");
    assertThat(Quoted.list(List.of("a", "b", "c", "d", "e"), 2)).isEqualTo("'a', 'b' and 3 more");
  }
}
