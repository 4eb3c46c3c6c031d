package dev.mokume.cli;

import dev.mokume.tensor.DType;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Dtypes of weights, in the spellings of several tools.
final class Dtypes {
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

  private Dtypes() {}

  /// A dtype that weights can be stored as; none, and a problem noted, for anything else.
  static Optional<DType> parse(String text, Problems problems) {
    String upper = text.strip().toUpperCase(Locale.ROOT);
    DType dtype = SPELLINGS.getOrDefault(upper, DType.of(upper));
    if (dtype.isEncodable()) {
      return Optional.of(dtype);
    }
    List<String> names =
        DType.known().stream().filter(DType::isEncodable).map(DType::name).toList();
    problems.add(Problems.unknown("--dtype: weights cannot be stored as", text, names));
    return Optional.empty();
  }
}
