package dev.mokume.cli;

import dev.mokume.recipe.Encoding;
import dev.mokume.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Dtypes of weights, in the spellings of several tools.
final class Dtypes {
  private static final String SCALED = "_SCALED";

  private static final Map<String, DType> SPELLINGS =
      Map.ofEntries(
          Map.entry("FP16", DType.F16),
          Map.entry("FLOAT16", DType.F16),
          Map.entry("HALF", DType.F16),
          Map.entry("BFLOAT16", DType.BF16),
          Map.entry("FP32", DType.F32),
          Map.entry("FLOAT32", DType.F32),
          Map.entry("FLOAT", DType.F32),
          Map.entry("FP64", DType.F64),
          Map.entry("FLOAT64", DType.F64),
          Map.entry("DOUBLE", DType.F64),
          Map.entry("F8_E4M3FN", DType.F8_E4M3),
          Map.entry("FLOAT8_E4M3FN", DType.F8_E4M3),
          Map.entry("FLOAT8_E5M2", DType.F8_E5M2));

  private static final List<String> FACTORS = List.of("F16", "BF16", "F32", "F64");

  private Dtypes() {}

  /// A dtype that weights can be stored as; none, and a problem noted, for anything else.
  static Optional<DType> parse(String text, Problems problems) {
    return parse(text, text, encodable(), problems);
  }

  /// A dtype that the factors of a LoRA can be stored as.
  static Optional<DType> parseFactors(String text, Problems problems) {
    String upper = text.strip().toUpperCase(Locale.ROOT);
    DType dtype = SPELLINGS.getOrDefault(upper, DType.of(upper));
    if (FACTORS.contains(dtype.name())) {
      return Optional.of(dtype);
    }
    problems.add(Problems.unknown("--dtype: factors cannot be stored as", text, FACTORS));
    return Optional.empty();
  }

  /// As [#parse], but it may also be one with scales, [#isScaled].
  static Optional<DType> parseStored(String text, Problems problems) {
    String plain = text.strip();
    List<String> names = new ArrayList<>();
    for (String name : encodable()) {
      names.add(name);
      if (Encoding.isScalable(DType.of(name))) {
        names.add(name + SCALED);
      }
    }
    if (!isScaled(text)) {
      return parse(plain, text, names, problems);
    }
    plain = plain.substring(0, plain.length() - SCALED.length());
    Optional<DType> dtype = parse(plain, text, names, problems);
    if (dtype.isPresent() && !Encoding.isScalable(dtype.get())) {
      problems.add(Problems.unknown("--dtype: weights cannot be stored as", text, names));
      return Optional.empty();
    }
    return dtype;
  }

  /// Whether the text asks for a scale for each matrix.
  static boolean isScaled(String text) {
    return text.strip().toUpperCase(Locale.ROOT).endsWith(SCALED);
  }

  private static List<String> encodable() {
    return DType.known().stream().filter(DType::isEncodable).map(DType::name).toList();
  }

  private static Optional<DType> parse(
      String plain, String text, List<String> names, Problems problems) {
    String upper = plain.strip().toUpperCase(Locale.ROOT);
    DType dtype = SPELLINGS.getOrDefault(upper, DType.of(upper));
    if (dtype.isEncodable()) {
      return Optional.of(dtype);
    }
    problems.add(Problems.unknown("--dtype: weights cannot be stored as", text, names));
    return Optional.empty();
  }
}
