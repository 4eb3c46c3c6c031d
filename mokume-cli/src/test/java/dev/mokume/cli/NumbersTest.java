package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

class NumbersTest {
  @Test
  void numbersHaveAPointAndMayHaveAnExponent() {
    assertThat(Numbers.real("0.5")).isEqualTo(0.5);
    assertThat(Numbers.real("-.5e2")).isEqualTo(-50);
    assertThat(Numbers.real("1e308")).isEqualTo(1e308);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NaN | 'NaN' is not a number",
        "0x1p3 | '0x1p3' is not a number",
        "1f | '1f' is not a number",
        "0,5 | '0,5' is not a number; write a point instead of the comma",
        "1e999 | '1e999' is too large a number",
        "-1e309 | '-1e309' is too large a number",
      },
      quoteCharacter = '"')
  void whatIsNoneIsTold(String text, String message) {
    assertThatThrownBy(() -> Numbers.real(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage(message);
  }
}
