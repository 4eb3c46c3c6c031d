package dev.mokume.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BlockPresetsTest {
  private static List<Double> known(String name) {
    return BlockPresets.known(name).orElseThrow();
  }

  /// BASE, IN00, IN01, IN06, M00, OUT00, OUT10, OUT11. The numbers are those of supermerger's file.
  @ParameterizedTest
  @CsvSource({
    "GRAD_V,             0, 1, 0.9166666667, 0.5, 0, 0.0833333333, 0.9166666667, 1",
    "GRAD_A,             0, 0, 0.0833333333, 0.5, 1, 0.9166666667, 0.0833333333, 0",
    "FLAT_25,            0, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25",
    "ALL_B,              0, 1, 1, 1, 1, 1, 1, 1",
    "WRAP14,             0, 1, 1, 1, 0, 0, 1, 1",
    "MID12_50,           0, 0, 0, 0.5, 0.5, 0.5, 0, 0",
    "out12_5,            0, 0, 0, 0, 0.5, 1, 1, 1",
    "RING08_SOFT,        0, 0, 0, 1, 0, 0, 0, 0",
    "SMOOTHSTEP,         0, 0, 0.005063657, 0.15625, 0.5, 0.562355324, 0.994936343, 1",
    "REVERSE-SMOOTHSTEP, 0, 1, 0.994936343, 0.84375, 0.5, 0.437644676, 0.005063657, 0",
    "SMOOTHSTEP*2,       0, 0, 0.010127315, 0.3125, 1, 0.875289352, 0.010127315, 0",
    "SMOOTHSTEP*3,       0, 0, 0.015190972, 0.46875, 0.5, 0.312934028, 0.984809028, 1",
    "R_SMOOTHSTEP*4,     0, 1, 0.979745370, 0.375, 1, 0.750578704, 0.979745370, 1",
    "SMOOTHSTEP/2,       0, 0, 0.019675926, 0.5, 1, 0.980324074, 0.019675926, 0",
    "R_SMOOTHSTEP/4,     0, 1, 0.925925926, 0, 1, 0.925925926, 0.925925926, 1",
    "COSINE,             0, 1, 0.995722431, 0.853553391, 0.5, 0.434736904, 0.004277569, 0",
    "REVERSE_COSINE,     0, 0, 0.004277569, 0.146446609, 0.5, 0.565263096, 0.995722431, 1",
    "TRUE_CUBIC_HERMITE, 0, 0, 0.199031877, 0.58203125, 0.520833333, 0.494387780, 0.842634790, 1",
    "TRUE_REVERSE_CUBIC_HERMITE, 0, 1, 0.800968123, 0.41796875, 0.479166667, 0.505612220,"
        + " 0.157365210, 0",
    "FAKE_CUBIC_HERMITE, 0, 0, 0.157576196, 0.546875, 0.5, 0.476152585, 0.842423804, 1",
    "FAKE_REVERSE_CUBIC_HERMITE, 0, 1, 0.842423804, 0.453125, 0.5, 0.523847415, 0.157576196, 0",
  })
  void rowsThatNeedNoFile(
      String name,
      double base,
      double in00,
      double in01,
      double in06,
      double m00,
      double out00,
      double out10,
      double out11) {
    List<Double> row = known(name);
    assertThat(row).hasSize(26);
    double[] some = List.of(0, 1, 2, 7, 13, 14, 24, 25).stream().mapToDouble(row::get).toArray();
    assertThat(some)
        .usingComparatorWithPrecision(1e-9)
        .containsExactly(base, in00, in01, in06, m00, out00, out10, out11);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GRAD", "SMOOTHSTEP*5", "R_GRAD_V", "REVERSE-R_SMOOTHSTEP", ""})
  void otherNamesAreUnknown(String name) {
    assertThat(BlockPresets.known(name)).isEmpty();
  }

  @Test
  void aFileHasANameATabAndARowOnEachLine(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("presets.txt"),
            "preset_name\tpreset_weights\r\nMine\t0, 1,0.5\n\nOther One*2\t1,1,1\n");
    BlockPresets presets = BlockPresets.read(file);
    assertThat(presets.row("mine")).isEqualTo("0, 1,0.5");
    assertThat(presets.row(" Other one*2 ")).isEqualTo("1,1,1");
    assertThatThrownBy(() -> presets.row("miney"))
        .hasMessage(file + " has no preset 'miney'; did you mean 'MINE'?");
    assertThatThrownBy(() -> presets.row("quite another"))
        .hasMessage(file + " has no preset 'quite another'; it has MINE, OTHER ONE*2.");
  }

  @Test
  void aFileOfAnotherKindIsRefused(@TempDir Path folder) throws IOException {
    Path csv = Files.writeString(folder.resolve("presets.csv"), "a\t1\nname,0,1\n");
    assertThatThrownBy(() -> BlockPresets.read(csv))
        .hasMessage(csv + ": line 2 has no tab between the name of a preset and its numbers.");
    Path binary = Files.write(folder.resolve("model"), new byte[] {(byte) 0xFF, (byte) 0xFE});
    assertThatThrownBy(() -> BlockPresets.read(binary))
        .hasMessage(binary + ": is not UTF-8 text, so it is no file of presets.");
    Path missing = folder.resolve("missing");
    assertThatThrownBy(() -> BlockPresets.read(missing))
        .hasMessage(
            missing
                + ": the presets cannot be read (there is no file or folder '"
                + missing
                + "').");
    Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
    assertThatThrownBy(() -> BlockPresets.read(large))
        .hasMessage(large + ": is larger than 1048576 bytes, so it is no file of presets.");
  }
}
