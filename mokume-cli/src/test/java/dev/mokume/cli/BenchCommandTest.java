package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.cli.BenchCase.What;
import dev.mokume.tensor.DType;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a bench refuses before it writes anything, and how it does without numpy. What it measures
/// is no matter of tests.
class BenchCommandTest {
  @TempDir Path folder;

  @Test
  void whatDoesNotGoTogetherIsToldAtOnce() {
    Run run = Run.of("bench", "--cold", "--case", "dare", "--peer", "cp {A} {OUT}", "--runs", 0);

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .contains("--case is for what is not --cold, which always measures the same processes.")
        .contains("--peer is for what is not --cold.")
        .contains("--runs must be in 1..1000 but was 0.");
  }

  @Test
  void unknownCasesAndDtypesOfferTheNearest() {
    Run run = Run.of("bench", "--case", "linaer", "--dtype", "f8");

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .contains(
            "--case: there is no 'linaer'; did you mean 'linear'? Choose from linear, dare,"
                + " dare-ties-mask, ties, quantile.")
        .contains("--dtype: nothing is measured of 'f8'")
        .contains("Choose from F16, BF16, F32.");
  }

  @Test
  void aPythonWithoutNumpyIsToldInOneLine() throws IOException {
    Path python = folder.resolve("python");
    Files.writeString(python, "#!/bin/sh\nexit 1\n");
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwx------"));

    assertThat(NumpyPartition.missing(python.toString()))
        .contains(
            python
                + " has no numpy, so its row is left out; 'python3 -m pip install numpy' gets it,"
                + " or the system's package python3-numpy.");
    Path nothing = folder.resolve("nothing");
    assertThat(NumpyPartition.missing(nothing.toString()))
        .contains(
            nothing + " cannot be run, so numpy's row is left out; it needs Python 3 with numpy.");
    assertThat(NumpyPartition.missing("true")).isEmpty();
  }

  @Test
  void aQuantileIsMeasuredWithoutNumpy() {
    assertThat(BenchCommand.things(BenchCase.QUANTILE, true, true))
        .containsExactly(What.NUMPY, What.COUNTED, What.PEER);
    assertThat(BenchCommand.things(BenchCase.QUANTILE, false, false)).containsExactly(What.COUNTED);
  }

  @Test
  void whatIsNotMeasuredHasNoGoal() {
    SequencedMap<What, Times> times = new LinkedHashMap<>();
    times.put(What.COUNTED, new Times(List.of(0.25, 0.5, 1.0)));
    StringWriter printed = new StringWriter();

    BenchCommand.print(
        new PrintWriter(printed),
        new BenchCommand.Result(BenchCase.QUANTILE, DType.F16, 200_000_000, times));

    assertThat(printed.toString())
        .isEqualTo(
            """
            quantile, 2 files of 200 MB, F16         median   least    most  x counted  goal  reached
            in process, warm: read, quantile, count  0.50 s  0.25 s  1.00 s       1.00
            """);
  }
}
