package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.tensor.DType;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// The number that `general.file_type` has for what most of a file's elements are stored as.
/// Source: `enum llama_ftype` of llama.cpp.
final class FileType {
  /// For mixes, whose numbers differ while most elements are of one dtype, the plain one first.
  private static final Map<DType, List<Long>> NUMBERS = numbers();

  private FileType() {}

  private static Map<DType, List<Long>> numbers() {
    Map<DType, List<Long>> numbers = new HashMap<>();
    numbers.put(DType.F32, List.of(0L));
    numbers.put(DType.F16, List.of(1L));
    numbers.put(DType.Q4_0, List.of(2L));
    numbers.put(DType.Q4_1, List.of(3L));
    numbers.put(DType.Q8_0, List.of(7L));
    numbers.put(DType.Q5_0, List.of(8L));
    numbers.put(DType.Q5_1, List.of(9L));
    numbers.put(DType.Q2_K, List.of(10L, 21L));
    numbers.put(DType.Q3_K, List.of(11L, 12L, 13L));
    numbers.put(DType.Q4_K, List.of(14L, 15L));
    numbers.put(DType.Q5_K, List.of(16L, 17L));
    numbers.put(DType.Q6_K, List.of(18L));
    numbers.put(DType.IQ4_NL, List.of(25L));
    numbers.put(DType.IQ4_XS, List.of(30L));
    numbers.put(DType.BF16, List.of(32L));
    return numbers;
  }

  /// @param before what the first model says: kept if it is still true
  /// @return nothing if most elements are of a dtype without a number
  static OptionalLong of(Collection<TensorEntry> tensors, OptionalLong before) {
    Map<DType, Long> elements = new LinkedHashMap<>();
    for (TensorEntry tensor : tensors) {
      elements.merge(tensor.spec().dtype(), tensor.spec().elementCount(), Long::sum);
    }
    List<Long> numbers =
        elements.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(most -> NUMBERS.getOrDefault(most.getKey(), List.of()))
            .orElse(List.of());
    if (before.isPresent() && numbers.contains(before.getAsLong())) {
      return before;
    }
    return numbers.isEmpty() ? OptionalLong.empty() : OptionalLong.of(numbers.getFirst());
  }
}
