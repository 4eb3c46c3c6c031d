package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.golden.GoldenNumbers;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Rows about their mean, six of 40 numbers: what becomes of the direction that they leave over.
class RotateTest {
  @TempDir Path folder;

  @BeforeEach
  void models() {
    for (String model : new String[] {"a", "b"}) {
      new SmallCheckpoint()
          .with("w", Shape.of(6, 40), golden("inputs", "m6x40/" + model))
          .write(folder.resolve(model + ".safetensors"));
    }
  }

  /// `apart` is what the default, which leaves that direction alone, makes of it.
  @ParameterizedTest(name = "alignment {0}, alpha {1}")
  @CsvSource({"1.0, 0.0, 0.074", "0.0, 0.4, 0.016", "0.5, 0.0, 0.036"})
  void sdMechasOwnRoundingIsUnderItsProfile(double alignment, double alpha, float apart) {
    float[] expected =
        golden("expected", "rotate/m6x40/%s/%s/1.0::out".formatted(alignment, alpha));
    assertThat(merge(alignment, alpha, "mecha")).containsExactly(expected, within(1e-6f));
    assertThat(greatestDifference(merge(alignment, alpha, "none"), expected))
        .isCloseTo(apart, within(0.0005f));
  }

  private float[] merge(double alignment, double alpha, String compat) {
    String text =
        """
        mokume: 1
        models: {a: a.safetensors, b: b.safetensors}
        compat: %s
        output: {all: {rotate: {a: a, b: b, alignment: %s, alpha: %s}}}
        """
            .formatted(compat, alignment, alpha);
    Path out = folder.resolve("out.safetensors");
    Mokume.merge(
        RecipeReader.read(text, "r.yaml", folder),
        out,
        MergeOptions.defaults().withOverwrite(true).withDurable(false));
    return SmallCheckpoint.read(out).values("w");
  }

  private static float[] golden(String file, String tensor) {
    double[] values = GoldenNumbers.of("mecha", file + ".safetensors", tensor);
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static float greatestDifference(float[] x, float[] y) {
    float greatest = 0;
    for (int i = 0; i < x.length; i++) {
      greatest = Math.max(greatest, Math.abs(x[i] - y[i]));
    }
    return greatest;
  }
}
