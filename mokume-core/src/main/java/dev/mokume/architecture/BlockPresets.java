package dev.mokume.architecture;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Rows of block weights by name, as people keep them in a file: on each line a name, a tab, and
/// the numbers of a row.
///
/// Source of the format and of the names that are known without a file: supermerger and
/// sdweb-merge-block-weighted-gui, whose rows have 26 numbers: BASE, which is 0, and 25 blocks.
public final class BlockPresets {
  private static final long MAX_BYTES = 1 << 20;
  private static final int BLOCKS = 25;
  private static final int MIDDLE = BLOCKS / 2;

  /// What the first column of a file's heading says.
  private static final String HEADING = "preset_name";

  private static final Map<String, String> DIGITS =
      Map.ofEntries(
          Map.entry("ALL_A", "0".repeat(BLOCKS)),
          Map.entry("ALL_B", "1".repeat(BLOCKS)),
          Map.entry("WRAP08", "1111000000000000000001111"),
          Map.entry("WRAP12", "1111110000000000000111111"),
          Map.entry("WRAP14", "1111111000000000001111111"),
          Map.entry("WRAP16", "1111111100000000011111111"),
          Map.entry("OUT07", "0000000000000000001111111"),
          Map.entry("OUT12", "0000000000000111111111111"),
          Map.entry("RING08_5", "0000001111000001111000000"),
          Map.entry("RING10_3", "0000001111100011111000000"),
          Map.entry("RING10_5", "0000011111000001111100000"));

  /// `h` stands for a half.
  private static final Map<String, String> HALVES =
      Map.of(
          "MID12_50", "00000hhhhhhhhhhhhhh000000",
          "OUT12_5", "000000000000h111111111111",
          "RING08_SOFT", "00000h111h00000h111h00000");

  private static final Map<String, DoubleUnaryOperator> CURVES =
      Map.of(
          "GRAD_A", i -> 1 - Math.abs(1 - i / MIDDLE),
          "GRAD_V", i -> Math.abs(1 - i / MIDDLE),
          "FLAT_25", _ -> 0.25,
          "FLAT_75", _ -> 0.75,
          "COSINE", i -> (1 + cosine(i)) / 2,
          "REVERSE_COSINE", i -> (1 - cosine(i)) / 2,
          "TRUE_CUBIC_HERMITE", BlockPresets::hermite,
          "TRUE_REVERSE_CUBIC_HERMITE", i -> 1 - hermite(i),
          "FAKE_CUBIC_HERMITE", BlockPresets::evenHermite,
          "FAKE_REVERSE_CUBIC_HERMITE", i -> 1 - evenHermite(i));

  private static final String REVERSE = "REVERSE-";
  private static final String REVERSE_SHORT = "R_";
  private static final String SMOOTHSTEP = "SMOOTHSTEP";

  private final Path file;
  private final SequencedMap<String, String> rows;

  private BlockPresets(Path file, SequencedMap<String, String> rows) {
    this.file = file;
    this.rows = rows;
  }

  /// Reads a file of presets.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if it cannot be read; `INVALID_RECIPE` if it is too
  ///   large, or a line has no tab
  public static BlockPresets read(Path file) {
    SequencedMap<String, String> rows = new LinkedHashMap<>();
    List<String> lines = lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      int tab = line.indexOf('\t');
      if (tab > 0) {
        String name = line.substring(0, tab).strip();
        if (!name.equals(HEADING)) {
          rows.put(name.toUpperCase(Locale.ROOT), line.substring(tab + 1).strip());
        }
      } else if (!line.isEmpty()) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "%s: line %s has no tab between the name of a preset and its numbers."
                .formatted(file, i + 1));
      }
    }
    return new BlockPresets(file, rows);
  }

  private static List<String> lines(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "%s: is larger than %s bytes, so it is no file of presets.".formatted(file, MAX_BYTES));
      }
      return Files.readAllLines(file);
    } catch (CharacterCodingException e) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE, file + ": is not UTF-8 text, so it is no file of presets.", e);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          "%s: the presets cannot be read (%s).".formatted(file, Reason.of(e)),
          e);
    }
  }

  /// The numbers of that name, as [BlockWeights#parse] reads them.
  ///
  /// @param name in any case
  /// @throws MokumeException `INVALID_RECIPE` if the file has none; the message offers the nearest
  public String row(String name) {
    String row = rows.get(name.strip().toUpperCase(Locale.ROOT));
    if (row == null) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "%s has no preset '%s'%s"
              .formatted(
                  file,
                  name.strip(),
                  Nearest.to(name.toUpperCase(Locale.ROOT), rows.keySet())
                      .map(near -> "; did you mean '" + near + "'?")
                      .orElse("; it has " + String.join(", ", rows.keySet()) + ".")));
    }
    return row;
  }

  /// The names that need no file.
  static SequencedSet<String> names() {
    SequencedSet<String> names = new TreeSet<>(DIGITS.keySet());
    names.addAll(HALVES.keySet());
    names.addAll(CURVES.keySet());
    names.add(SMOOTHSTEP);
    return names;
  }

  /// The 26 numbers of a name that needs no file.
  static Optional<List<Double>> known(String name) {
    String key = name.toUpperCase(Locale.ROOT);
    String digits = DIGITS.getOrDefault(key, HALVES.get(key));
    if (digits != null) {
      return Optional.of(
          row(i -> digits.charAt((int) i) == 'h' ? 0.5 : digits.charAt((int) i) - '0'));
    }
    DoubleUnaryOperator curve = CURVES.get(key);
    return curve == null ? smoothStep(key) : Optional.of(row(curve));
  }

  /// `SMOOTHSTEP*3` goes three times as high and is folded back at 1 and 0, `SMOOTHSTEP/3` is gone
  /// through three times.
  private static Optional<List<Double>> smoothStep(String key) {
    boolean reversed = key.startsWith(REVERSE) || key.startsWith(REVERSE_SHORT);
    String name =
        !reversed
            ? key
            : key.substring((key.startsWith(REVERSE) ? REVERSE : REVERSE_SHORT).length());
    if (!name.matches(SMOOTHSTEP + "([*/][234])?")) {
      return Optional.empty();
    }
    boolean times = name.contains("*");
    int factor = name.equals(SMOOTHSTEP) ? 1 : name.charAt(name.length() - 1) - '0';
    return Optional.of(
        row(i -> {
          double depth = i / (BLOCKS - 1);
          double value = times ? folded(factor * smooth(depth)) : smooth(folded(factor * depth));
          return reversed ? 1 - value : value;
        }));
  }

  /// Half a wave. The same on every machine.
  private static double cosine(double i) {
    return StrictMath.cos(Math.PI * i / (BLOCKS - 1));
  }

  /// A cubic whose first number is 0, beside the curve.
  private static double hermite(double i) {
    double x = i / (BLOCKS - 1);
    return i == 0 ? 0 : (((154 * x - 231) * x + 100) * x + 1) / 24;
  }

  /// A cubic that goes through 0, a half and 1.
  private static double evenHermite(double i) {
    double x = i / (BLOCKS - 1);
    return ((38 * x - 57) * x + 25) * x / 6;
  }

  private static double smooth(double x) {
    return x * x * (3 - 2 * x);
  }

  /// Up from 0 to 1, down again, and so on.
  private static double folded(double x) {
    double rest = x % 2;
    return rest <= 1 ? rest : 2 - rest;
  }

  /// BASE and a number for each block by its place, from 0.
  private static List<Double> row(DoubleUnaryOperator number) {
    return DoubleStream.concat(
            DoubleStream.of(0),
            IntStream.range(0, BLOCKS).mapToDouble(i -> number.applyAsDouble(i)))
        .boxed()
        .toList();
  }
}
