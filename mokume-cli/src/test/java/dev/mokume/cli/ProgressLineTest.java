package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
  private final StringWriter err = new StringWriter();
  private final AtomicLong nanos = new AtomicLong();

  private ProgressLine line(boolean shown) {
    return new ProgressLine(new PrintWriter(err), shown, "merging", nanos::get);
  }

  @Test
  void tellsShareRateAndTimeLeft() {
    assertThat(line(true).line(1_200_000_000, 4_800_000_000L, 2))
        .isEqualTo(
            "merging  [=====>                ]  25 %  1.20 GB of 4.80 GB  600 MB/s  6 s left");
  }

  /// What stands last is what people look for.
  @Test
  void theBarLeavesRoomForTheWords() {
    ProgressLine line =
        new ProgressLine(new PrintWriter(err), true, "merging 12 outputs", nanos::get);
    assertThat(line.line(120_000_000, 480_000_000, 40))
        .isEqualTo(
            "merging 12 outputs  [=>   ]  25 %  120 MB of 480 MB  3.00 MB/s  2 min 00 s left")
        .hasSize(79);
    assertThat(line(true).line(0, 480, 40))
        .isEqualTo("merging  [>                       ]   0 %  0 bytes of 480 bytes  0 bytes/s  ");
  }

  @Test
  void isQuietWhereNobodyWatches() {
    ProgressLine line = line(false);
    nanos.set(5_000_000_000L);
    line.progressed(1, 2);
    line.close();

    assertThat(err.toString()).isEmpty();
  }

  @Test
  void isQuietForASecond() {
    ProgressLine line = line(true);
    nanos.set(999_999_999);
    line.progressed(1, 2);
    assertThat(err.toString()).isEmpty();

    nanos.set(1_000_000_000);
    line.progressed(1, 2);
    assertThat(err.toString()).startsWith("\rmerging  [");
  }

  @Test
  void takesItselfAway() {
    ProgressLine line = line(true);
    nanos.set(2_000_000_000L);
    line.progressed(1, 2);
    line.close();
    line.close();

    assertThat(err.toString()).endsWith("\r" + " ".repeat(79) + "\r");
  }

  @Test
  void passesWarningsOnInAnyCase() {
    ProgressLine line = line(false);
    line.warned("3 tensors hold NaN.");

    assertThat(err.toString()).isEqualTo("warning: 3 tensors hold NaN." + System.lineSeparator());
  }

  @Test
  void saysDurationsAsPeopleDo() {
    assertThat(ProgressLine.duration(7.6)).isEqualTo("8 s");
    assertThat(ProgressLine.duration(125)).isEqualTo("2 min 05 s");
    assertThat(ProgressLine.duration(4205)).isEqualTo("1 h 10 min");
  }
}
