package dev.mokume.architecture;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Rows of block weights as people paste them for LoRAs, which change fewer blocks than a merge: 17
/// numbers for SD 1.x and 2.x, 12 for SDXL. Blocks that a row has no number for have 0.
///
/// Source: hako-mikan/sd-webui-lora-block-weight, whose longer rows (26, 20, 61) are those of
/// merges, see [BlockForm]; its names of rows are made for 17 numbers and said for SDXL by what
/// they stand for: what is near the middle is deep (D), what is far is shallow (S).
final class LoraRows {
  private static final List<String> SD15 =
      List.of(
          BlockNames.BASE,
          "IN01",
          "IN02",
          "IN04",
          "IN05",
          "IN07",
          "IN08",
          "M00",
          "OUT03",
          "OUT04",
          "OUT05",
          "OUT06",
          "OUT07",
          "OUT08",
          "OUT09",
          "OUT10",
          "OUT11");
  private static final List<String> SDXL =
      List.of(
          BlockNames.BASE,
          "IN04",
          "IN05",
          "IN07",
          "IN08",
          "M00",
          "OUT00",
          "OUT01",
          "OUT02",
          "OUT03",
          "OUT04",
          "OUT05");

  private static final Map<String, String> SD15_NAMES =
      Map.of(
          "NONE", "00000000000000000",
          "ALL", "11111111111111111",
          "INS", "11100000000000000",
          "IND", "10001110000000000",
          "INALL", "11111110000000000",
          "MIDD", "10001111111100000",
          "OUTD", "10000000111100000",
          "OUTS", "10000000000011111",
          "OUTALL", "10000000111111111");
  private static final Map<String, String> SDXL_NAMES =
      Map.of(
          "NONE", "000000000000",
          "ALL", "111111111111",
          "INS", "111000000000",
          "IND", "100110000000",
          "INALL", "111110000000",
          "MIDD", "100111111000",
          "OUTD", "100000111000",
          "OUTS", "100000000111",
          "OUTALL", "100000111111");

  /// Half of everything.
  private static final String HALF = "ALL0.5";

  private LoraRows() {}

  /// The weights by the names of blocks, if so many numbers are a row for a LoRA.
  static Optional<SequencedMap<String, Double>> of(Architecture architecture, List<Double> row) {
    return blocks(architecture)
        .filter(names -> names.size() == row.size())
        .map(names -> {
          SequencedMap<String, Double> weights = new LinkedHashMap<>();
          architecture.blocks().stream()
              .filter(block -> isStage(block.name()))
              .forEach(block -> weights.put(block.name(), 0.0));
          for (int i = 0; i < row.size(); i++) {
            weights.put(names.get(i), row.get(i));
          }
          // A LoRA's last block goes to the final layers, as in longer rows.
          if (names.getLast().equals("OUT11")) {
            weights.put("OUT", row.getLast());
          }
          return weights;
        });
  }

  /// The row that a name stands for.
  static Optional<List<Double>> named(Architecture architecture, String name) {
    String key = name.toUpperCase(Locale.ROOT);
    if (key.equals(HALF)) {
      return blocks(architecture).map(names -> names.stream().map(_ -> 0.5).toList());
    }
    return blocks(architecture)
        .map(names -> names.equals(SDXL) ? SDXL_NAMES : SD15_NAMES)
        .flatMap(rows -> Optional.ofNullable(rows.get(key)))
        .map(digits -> digits.chars().mapToObj(digit -> digit == '1' ? 1.0 : 0.0).toList());
  }

  private static boolean isStage(String name) {
    return name.startsWith("IN") || name.startsWith("OUT") || name.equals("M00");
  }

  private static Optional<List<String>> blocks(Architecture architecture) {
    if (architecture == Architecture.SDXL) {
      return Optional.of(SDXL);
    }
    return architecture == Architecture.SD15 || architecture == Architecture.SD21
        ? Optional.of(SD15)
        : Optional.empty();
  }
}
