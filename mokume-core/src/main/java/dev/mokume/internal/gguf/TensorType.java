package dev.mokume.internal.gguf;

import dev.mokume.tensor.DType;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The numbers that GGUF has for dtypes. Source: `enum ggml_type` of ggml.
final class TensorType {
  private static final Map<Integer, DType> BY_NUMBER = new HashMap<>();
  private static final Map<DType, Integer> NUMBERS = new HashMap<>();

  /// Numbers that ggml does not use any more.
  private static final Map<Integer, String> REMOVED =
      Map.of(
          4, "Q4_2",
          5, "Q4_3",
          31, "Q4_0_4_4",
          32, "Q4_0_4_8",
          33, "Q4_0_8_8",
          36, "IQ4_NL_4_4",
          37, "IQ4_NL_4_8",
          38, "IQ4_NL_8_8");

  static {
    add(0, DType.F32);
    add(1, DType.F16);
    add(2, DType.Q4_0);
    add(3, DType.Q4_1);
    add(6, DType.Q5_0);
    add(7, DType.Q5_1);
    add(8, DType.Q8_0);
    add(9, DType.of("Q8_1"));
    add(10, DType.Q2_K);
    add(11, DType.Q3_K);
    add(12, DType.Q4_K);
    add(13, DType.Q5_K);
    add(14, DType.Q6_K);
    add(15, DType.of("Q8_K"));
    add(16, DType.of("IQ2_XXS"));
    add(17, DType.of("IQ2_XS"));
    add(18, DType.of("IQ3_XXS"));
    add(19, DType.of("IQ1_S"));
    add(20, DType.IQ4_NL);
    add(21, DType.of("IQ3_S"));
    add(22, DType.of("IQ2_S"));
    add(23, DType.IQ4_XS);
    add(24, DType.I8);
    add(25, DType.I16);
    add(26, DType.I32);
    add(27, DType.I64);
    add(28, DType.F64);
    add(29, DType.of("IQ1_M"));
    add(30, DType.BF16);
    add(34, DType.of("TQ1_0"));
    add(35, DType.of("TQ2_0"));
    add(39, DType.of("MXFP4"));
  }

  private TensorType() {}

  private static void add(int number, DType dtype) {
    BY_NUMBER.put(number, dtype);
    NUMBERS.put(dtype, number);
  }

  /// The dtype of a number; nothing if Mokume does not know it.
  static Optional<DType> of(int number) {
    return Optional.ofNullable(BY_NUMBER.get(number));
  }

  /// The number of a dtype; nothing if GGUF has none for it.
  static OptionalInt number(DType dtype) {
    Integer number = NUMBERS.get(dtype);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /// What a person should know of a number that is not known.
  static String unknown(int number) {
    String removed = REMOVED.get(number);
    return removed == null
        ? "has the type " + Integer.toUnsignedString(number) + ", which Mokume does not know"
        : "has the type " + removed + ", which is no longer in use";
  }
}
