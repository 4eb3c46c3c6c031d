package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import dev.mokume.event.Profile;
import dev.mokume.event.Stage;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlanCommandTest {
  @TempDir private Path folder;

  private Path a;
  private Path b;

  @BeforeEach
  void writeTwoModels() {
    a = TinyCheckpoint.stableDiffusion(1, 2).write(folder.resolve("a.safetensors"));
    b = TinyCheckpoint.stableDiffusion(3, 6).write(folder.resolve("b.safetensors"));
  }

  @Test
  void saysBothSharesOfEveryBlockInWords() {
    Run run =
        Run.of("plan", "--method", "weighted-sum", a, b, "--mbw", "BASE=0.125,IN01=0.35,OUT02=1");

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains(
            """
            Shares
              unet    IN01:   65 % A + 35 % B
                      OUT02:  100 % B
              clip_l  all:    87.5 % A + 12.5 % B
              vae     all:    87.5 % A + 12.5 % B
            """);
  }

  @Test
  void aProfileTellsHowLongThePlanTook() {
    Path recording = folder.resolve("plan.jfr");
    Run run = Run.of("plan", "--method", "weighted-sum", a, b, "--recording", recording);

    assertThat(run.code()).isZero();
    assertThat(run.out())
        .containsPattern("(?m)^  stage +wall +threads +bytes +GB/s +of the bound$")
        .containsPattern("(?m)^  plan +[0-9.]+ s +[0-9.]+ s$")
        .doesNotContain("bounded by");
    assertThat(Profile.of(recording).parts()).extracting(Profile.Part::stage).contains(Stage.PLAN);
    Run json =
        Run.of("merge", "--method", "weighted-sum", a, b, "--dry-run", "--profile", "--json");
    assertThat(json.out())
        .contains(",\"profile\":{\"threads\":0,")
        .contains("{\"stage\":\"plan\",")
        .doesNotContain("boundedBy");
  }

  @Test
  void anUpdateIsAskedForAsAMergeAsksForIt() {
    Run run =
        Run.of(
            "plan",
            "--method",
            "weighted-sum",
            a,
            b,
            "-o",
            folder.resolve("c.safetensors"),
            "--update",
            folder.resolve("c.safetensors"));

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .isEqualTo("mokume: -o and --update both say where the result goes; give one of them.\n");
  }

  @Test
  void aGradientIsAlphaByDepthAndMultipliesBlockWeights() {
    assertThat(
            Run.of(
                    "plan",
                    "--method",
                    "weighted-sum",
                    a,
                    b,
                    "--gradient",
                    "0.5,0.5",
                    "--mbw",
                    "OUT02=0.5")
                .out())
        .contains(
            """
            Shares
              unet    IN01:   50 % A + 50 % B
                      OUT02:  75 % A + 25 % B
              clip_l  all:    50 % A + 50 % B
              vae     all:    50 % A + 50 % B
            """);
    assertThat(Run.of("plan", "--method", "weighted-sum", a, b, "--gradient", "0,1.5").err())
        .contains(
            "--gradient must be in [0, 1] but was 1.5; 0 keeps the first model, 1 takes the"
                + " second.");
  }

  @Test
  void countsTensorsByComponentAndTreatment() {
    assertThat(Run.of("plan", "--method", "dare", a, b).out())
        .contains("  component  what    tensors      size  passes")
        .contains("\n  unet       merged        2  16 bytes")
        .contains("\n  clip_l     copied        2  16 bytes")
        .contains("\n  vae        copied        1   8 bytes")
        .contains("\nWork\n  reads ", "\n  writes ", "\n  memory ", "\n  time ");
  }

  @Test
  void listsEveryTensorOnDemand() {
    assertThat(Run.of("plan", "--method", "weighted-sum", a, b, "--tensors").out())
        .containsPattern(TinyCheckpoint.IN + " +F32 +\\[2] +unet IN01 +merged +0.5");
  }

  @Test
  void jsonHasItAll() {
    Run run =
        Run.of("plan", "--method", "weighted-sum", a, b, "--alpha", "0.35", "--json", "--tensors");

    assertThat(run.out())
        .startsWith("{\"models\":{\"A\":\"" + a + "\",\"B\":\"" + b + "\"},\"description\":[")
        .contains(
            "{\"component\":\"unet\",\"blocks\":\"all\",\"words\":\"65 % A + 35 %"
                + " B\",\"alpha\":0.35,\"largestAlpha\":0.35}")
        .contains("\"readBytes\":80,")
        .contains("\"problems\":[]")
        .contains(
            "{\"name\":\""
                + TinyCheckpoint.IN
                + "\",\"dtype\":\"F32\",\"shape\":[2],\"component\":\"unet\"")
        .endsWith("]}\n");
  }

  @Test
  void takesAMergesArgumentsAsTheyAre() {
    Run run =
        Run.of(
            "plan",
            "--method",
            "weighted-sum",
            a,
            b,
            "-o",
            folder.resolve("out"),
            "--force",
            "--dry-run");

    assertThat(run.code()).isZero();
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void endsAsTheMergeWould() {
    TinyCheckpoint.stableDiffusion(3, 6).with(TinyCheckpoint.IN, 1, 2, 3).write(b);
    Run run = Run.of("plan", "--method", "weighted-sum", a, b);

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.MISMATCHED_INPUTS));
    assertThat(run.out() + run.err()).contains(TinyCheckpoint.IN, "[3]", "[2]");
  }
}
