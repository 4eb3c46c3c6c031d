package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  @Test
  void readsSizesInPowersOf1024() {
    assertThat(MemoryBudget.parse("512M")).isEqualTo(512L << 20);
    assertThat(MemoryBudget.parse("2g")).isEqualTo(2L << 30);
    assertThat(MemoryBudget.parse("160MiB")).isEqualTo(160L << 20);
    assertThat(MemoryBudget.parse("1000000000")).isEqualTo(1_000_000_000L);
    assertThat(MemoryBudget.parse("999999999999T")).isEqualTo(Long.MAX_VALUE);
    assertThat(MemoryBudget.parse("auto")).isGreaterThanOrEqualTo(160L << 20);
  }

  @Test
  void refusesTooLittle() {
    assertThatThrownBy(() -> MemoryBudget.parse("100M"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "100M is too little: a Java process with the vector module needs most of that for"
                + " itself. Give at least 160M; 512M is the default.");
  }

  @Test
  void refusesWhatIsNoSize() {
    assertThatThrownBy(() -> MemoryBudget.parse("lots"))
        .isInstanceOf(MokumeException.class)
        .hasMessage("'lots' is not an amount of bytes; write 512M or 2G.");
  }

  @Test
  void leavesTheRestToTheBuffers() {
    long mib = 1L << 20;
    assertThat(new MemoryBudget(512 * mib, 96 * mib).buffers()).isBetween(256 * mib, 416 * mib);
    assertThat(new MemoryBudget(160 * mib, 40 * mib).buffers()).isGreaterThanOrEqualTo(16 * mib);
  }
}
