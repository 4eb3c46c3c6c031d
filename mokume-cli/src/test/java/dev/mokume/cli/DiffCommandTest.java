package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffCommandTest {
  @TempDir private Path folder;

  private Path a() {
    return TinyCheckpoint.stableDiffusion(3, 4)
        .with("only.a", 1)
        .write(folder.resolve("a.safetensors"));
  }

  private Path b() {
    return TinyCheckpoint.stableDiffusion(3, 4)
        .with(TinyCheckpoint.IN, 4, -3)
        .with(TinyCheckpoint.VAE, 1, 2, 3)
        .write(folder.resolve("b.safetensors"));
  }

  @Test
  void tellsWhatDiffersByComponentAndBlock() {
    Path a = a();
    Path b = b();

    // (3, 4) against (4, -3): a right angle, one sign of two, |b - a| = sqrt(50), |a| = 5.
    assertThat(Run.of("diff", a, b).out())
        .startsWith("A  " + a + "\nB  " + b + "\n\n")
        .contains(
            """
            component  block  tensors  elements  changed  |B-A|/|A|   cosine  same sign
            unet       all          2         4   50.0 %    1.00000  0.50000     75.0 %
                       IN01         1         2  100.0 %    1.41421  0.00000     50.0 %
                       OUT02        1         2    0.0 %    0.00000  1.00000    100.0 %
            """)
        .contains("\nOnly in A (1 tensor)\n  'only.a'\n")
        .contains(
            "\nOf another shape (1 tensor)\n  '" + TinyCheckpoint.VAE + ": [2] against [3]'\n");
  }

  @Test
  void comparesTaskVectorsAgainstABase() {
    Path base = TinyCheckpoint.stableDiffusion(3, 3).write(folder.resolve("c.safetensors"));
    Run run = Run.of("diff", a(), b(), "--base", base, "--components");

    assertThat(run.err()).isEmpty();
    // IN01: (0, 1) against (1, -6); OUT02: (0, 1) against (0, 1).
    assertThat(run.out()).contains("C  " + base).contains("\nunet ").doesNotContain("IN01");
  }

  @Test
  void tellsHowItsInputsWereRead() {
    Path lightning = Path.of("../mokume-core/src/test/resources/torch/lightning.ckpt");
    Run run = Run.of("diff", lightning, lightning);

    assertThat(run.code()).isZero();
    assertThat(run.err().lines())
        .containsExactly(
            "note: "
                + lightning
                + ": its weights are what lies in 'state_dict'; not read are 1 tensor in"
                + " 'callbacks', 1 tensor in 'optimizer_states'.",
            "warning: "
                + lightning
                + ": beside its weights it asks for"
                + " 'pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint', which no weight"
                + " needs. Mokume loads and calls nothing that a file names; the weights are read"
                + " without it.");
  }

  @Test
  void jsonHasItAll() {
    assertThat(Run.of("diff", a(), b(), "--json").out())
        .startsWith(
            "{\"components\":[{\"component\":\"unet\",\"block\":\"\",\"tensors\":2,\"elements\":4,")
        .contains("\"onlyInFirst\":[\"only.a\"]", "\"onlyInSecond\":[]", "\"unmeasured\":[]")
        .endsWith("}\n");
  }
}
