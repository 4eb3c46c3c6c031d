package dev.mokume.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AmountTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 bytes",
    "1, 1 byte",
    "999, 999 bytes",
    "1000, 1.00 kB",
    "9994, 9.99 kB",
    "9996, 10.0 kB",
    "99940, 99.9 kB",
    "123456, 123 kB",
    "999499, 999 kB",
    "999500, 1.00 MB",
    "6938041032, 6.94 GB",
    "9223372036854775807, 9.22 EB",
  })
  void bytesAreSaidWithThreeDigits(long bytes, String text) {
    assertThat(Amount.bytes(bytes)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 999, 1_000, 1_000_000, -999, -1_000, Long.MAX_VALUE, Long.MIN_VALUE})
  void aCountIsWhatJavasFormatterMakesOfIt(long count) {
    assertThat(Amount.count(count)).isEqualTo(String.format(Locale.ROOT, "%,d", count));
  }

  @Test
  void bytesAreRoundedAsJavasFormatterRoundsThem() {
    for (long bytes = 1_000; bytes < 9_995; bytes++) {
      assertThat(Amount.bytes(bytes))
          .isEqualTo(String.format(Locale.ROOT, "%.2f kB", bytes / 1000.0));
    }
    for (long bytes = 100_000; bytes < 999_500; bytes += 100) {
      assertThat(Amount.bytes(bytes))
          .isEqualTo(String.format(Locale.ROOT, "%.0f kB", bytes / 1000.0));
    }
  }

  @Test
  void aCountHasItsNoun() {
    assertThat(Amount.count(1, "tensor", "tensors")).isEqualTo("1 tensor");
    assertThat(Amount.count(50_000, "tensor", "tensors")).isEqualTo("50,000 tensors");
    assertThat(Amount.count(0, "tensor", "tensors")).isEqualTo("0 tensors");
  }

  @Test
  void theLocaleDoesNotMatter() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.of("ar", "EG"));
      assertThat(Amount.count(1_234_567)).isEqualTo("1,234,567");
      assertThat(Amount.bytes(1_500)).isEqualTo("1.50 kB");
      assertThat(Quoted.name("\n")).isEqualTo("'\\u000a'");
    } finally {
      Locale.setDefault(before);
    }
  }
}
