package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaskCommandTest {
  private static final float[] BASE = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  private static final float[] TUNED = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

  @TempDir private Path folder;

  private Path base;
  private Path tuned;

  @BeforeEach
  void writeTwoModels() {
    base =
        new TinyCheckpoint()
            .with(TinyCheckpoint.IN, BASE)
            .with(TinyCheckpoint.OUT, BASE)
            .write(file("base"));
    tuned =
        new TinyCheckpoint()
            .with(TinyCheckpoint.IN, TUNED)
            .with(TinyCheckpoint.OUT, TUNED)
            .write(file("tuned"));
  }

  private Path file(String name) {
    return folder.resolve(name + ".safetensors");
  }

  private Path make(String name, Object... arguments) {
    Object[] all = new Object[arguments.length + 3];
    all[0] = "mask";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    all[all.length - 2] = "-o";
    all[all.length - 1] = file(name);
    Run run = Run.of(all);
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    return file(name);
  }

  private static String info(Path mask) {
    return Run.of("mask", "info", mask).out();
  }

  @Test
  void magnitudeSelectsWhatChangedLeast() {
    Path mask = make("m", "magnitude", tuned, base, "--threshold", "0.5", "--select", "below");

    assertThat(info(mask))
        .isEqualTo(
            """
            block  selected  of   share
            IN01          5  10  50.0 %
            OUT02         5  10  50.0 %
            total        10  20  50.0 %
            """);
  }

  @Test
  void setsCombine() {
    Path least = make("least", "magnitude", tuned, base, "--threshold", "0.5", "--select", "below");
    Path most = make("most", "magnitude", tuned, base, "--threshold", "0.3", "--select", "above");

    assertThat(info(make("or", "union", least, most))).contains("total        20  20  100.0 %");
    assertThat(info(make("and", "intersect", least, most))).contains("total         4  20  20.0 %");
    assertThat(info(make("minus", "difference", least, most)))
        .contains("total         6  20  30.0 %");
    assertThat(info(make("either", "xor", least, most))).contains("total        16  20  80.0 %");
  }

  @Test
  void quartersOfOneSeedCoverAModel() {
    Path first = make("q0", "quarter", base, "--quarter", "0", "--seed", "7");
    for (int quarter = 1; quarter < 4; quarter++) {
      Path next = make("q" + quarter, "quarter", base, "--quarter", quarter, "--seed", "7");
      first = make("union" + quarter, "union", first, next);
    }

    assertThat(info(first)).contains("total        20  20  100.0 %");
  }

  @Test
  void constantsAreEditedByLayer() {
    Path none = make("none", "constant", base, "--value", "false");
    assertThat(info(none)).contains("total         0  20  0.0 %");

    Path some =
        make("some", "edit", none, "--layers", "diffusion_model.output_blocks.*", "--fill", "true");
    assertThat(info(some))
        .contains("OUT02        10  10  100.0 %")
        .contains("IN01          0  10    0.0 %");
  }

  @Test
  void randomMasksDependOnTheSeedAlone() {
    Path one = make("r1", "random", base, "--density", "0.5", "--seed", "3");
    Path two = make("r2", "random", base, "--density", "0.5", "--seed", "3", "--threads", "1");

    assertThat(one).hasSameBinaryContentAs(two);
    assertThat(make("all", "random", base, "--density", "1"))
        .satisfies(all -> assertThat(info(all)).contains("20  20"));
  }

  @Test
  void tellsEverythingThatIsWrong() {
    Run run =
        Run.of(
            "mask",
            "magnitude",
            tuned,
            base,
            "--threshold",
            "1.2",
            "--select",
            "belo",
            "--quantile",
            "mean",
            "-o",
            "m");

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(run.err())
        .isEqualTo(
            """
            mokume: 3 problems; nothing was written.
              - --threshold must be in [0, 1] but was 1.2.
              - --select: there is no 'belo'; did you mean 'below'? Choose from above, below.
              - --quantile: there is no 'mean'; did you mean 'median'? Choose from median, quantile, exact.
            """);
  }

  @Test
  void everyNumberOfAMaskMayBeACurve() {
    Path steps = make("steps", "magnitude", tuned, base, "--threshold", "0.5", "--mbw", "IN01=0.2");
    assertThat(info(steps)).contains("IN01          2  10  20.0 %", "OUT02         5  10  50.0 %");

    // Of the 25 blocks of the architecture IN01 is number 1 and OUT02 number 15: the quantiles are
    // 0.1 + 0.8 / 24, which is 2.2 of 1 to 10, and 0.1 + 0.8 * 15 / 24, which is 6.4.
    Path depths = make("depths", "magnitude", tuned, base, "--gradient", "0.1,0.9");
    assertThat(info(depths)).contains("IN01          2  10  20.0 %", "OUT02         6  10  60.0 %");

    Path ends = make("ends", "random", base, "--mbw", "IN01=1,OUT02=0");
    assertThat(info(ends)).contains("IN01         10  10  100.0 %", "OUT02         0  10    0.0 %");

    // Where the deviation is 0 no draw exceeds the mean.
    Path names = make("names", "gaussian", base, "--ratio-for", "deviation={patterns: {'*': 0}}");
    assertThat(info(names)).contains("total         0  20  0.0 %");

    Path rules =
        make(
            "rules",
            "edit",
            ends,
            "--layers",
            "*",
            "--fill",
            "random",
            "--density",
            "0",
            "--elemental",
            "OUT02::1");
    assertThat(info(rules))
        .contains("IN01          0  10    0.0 %", "OUT02        10  10  100.0 %");
  }

  @Test
  void tellsWhichNumbersAMaskHas() {
    assertThat(Run.of("mask", "random", base, "--mbw", "densty=1", "-o", "m").err())
        .isEqualTo(
            "mokume: --mbw: random has no number 'densty'; did you mean 'density'? Its numbers are"
                + " density.\n");
    assertThat(Run.of("mask", "edit", base, "--layers", "*", "--gradient", "0,1", "-o", "m").err())
        .isEqualTo("mokume: --gradient: edit --fill true has no numbers.\n");
    assertThat(Run.of("mask", "magnitude", tuned, base, "--mbw", "IN01=1", "-o", "m").err())
        .isEqualTo(
            "mokume mask magnitude: --threshold is missing: the quantile, 0..1, of all tensors that"
                + " no other option names one for. Only --gradient and --ratio-for go without it\n"
                + "Try 'mokume mask magnitude --help'.\n");
  }

  @Test
  void anEditsDeviationIsChecked() {
    Path mask = make("m", "constant", base);
    assertThat(
            Run.of(
                    "mask",
                    "edit",
                    mask,
                    "--layers",
                    "*",
                    "--fill",
                    "gaussian",
                    "--deviation",
                    "-1",
                    "-o",
                    "m")
                .err())
        .isEqualTo("mokume: --deviation must not be negative but was -1.0.\n");
  }

  @Test
  void aMaskOfAnotherModelIsRefused() {
    Path other = new TinyCheckpoint().with(TinyCheckpoint.IN, 1, 2, 3).write(file("other"));
    Path mask = make("m", "constant", other);
    Run run = Run.of("merge", "--method", "masked", tuned, base, "--mask", mask, "-o", file("out"));

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.MISMATCHED_INPUTS));
    assertThat(run.err()).contains(mask.toString(), TinyCheckpoint.IN, "[3]", "[10]");
    assertThat(file("out")).doesNotExist();
  }
}
