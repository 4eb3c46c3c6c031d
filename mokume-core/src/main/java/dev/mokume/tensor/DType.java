package dev.mokume.tensor;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// How an element is stored. The names are those of the safetensors format; a name that the format
/// does not know yet is kept as it is, so that its tensors can pass through untouched.
///
/// @param name as written in a safetensors header, for example `F16`
/// @param bits an element's size in bits; 0 for a name that is not known
/// @param kind what an element is
public record DType(String name, int bits, Kind kind) {
  /// What an element is. Only [#FLOAT] elements are ever blended.
  public enum Kind {
    FLOAT,
    INTEGER,
    BOOLEAN,
    COMPLEX,
    /// A float of fewer than 8 bits, or a bare exponent: stored, never blended.
    PACKED,
    UNKNOWN
  }

  public static final DType BOOL = new DType("BOOL", 8, Kind.BOOLEAN);
  public static final DType F4 = new DType("F4", 4, Kind.PACKED);
  public static final DType F6_E2M3 = new DType("F6_E2M3", 6, Kind.PACKED);
  public static final DType F6_E3M2 = new DType("F6_E3M2", 6, Kind.PACKED);
  public static final DType U8 = new DType("U8", 8, Kind.INTEGER);
  public static final DType I8 = new DType("I8", 8, Kind.INTEGER);
  public static final DType F8_E5M2 = new DType("F8_E5M2", 8, Kind.FLOAT);
  public static final DType F8_E4M3 = new DType("F8_E4M3", 8, Kind.FLOAT);
  public static final DType F8_E8M0 = new DType("F8_E8M0", 8, Kind.PACKED);
  public static final DType F8_E4M3FNUZ = new DType("F8_E4M3FNUZ", 8, Kind.PACKED);
  public static final DType F8_E5M2FNUZ = new DType("F8_E5M2FNUZ", 8, Kind.PACKED);
  public static final DType I16 = new DType("I16", 16, Kind.INTEGER);
  public static final DType U16 = new DType("U16", 16, Kind.INTEGER);
  public static final DType F16 = new DType("F16", 16, Kind.FLOAT);
  public static final DType BF16 = new DType("BF16", 16, Kind.FLOAT);
  public static final DType I32 = new DType("I32", 32, Kind.INTEGER);
  public static final DType U32 = new DType("U32", 32, Kind.INTEGER);
  public static final DType F32 = new DType("F32", 32, Kind.FLOAT);
  public static final DType C64 = new DType("C64", 64, Kind.COMPLEX);
  public static final DType F64 = new DType("F64", 64, Kind.FLOAT);
  public static final DType I64 = new DType("I64", 64, Kind.INTEGER);
  public static final DType U64 = new DType("U64", 64, Kind.INTEGER);

  private static final Map<String, DType> KNOWN = new LinkedHashMap<>();

  static {
    for (DType type :
        List.of(
            BOOL,
            F4,
            F6_E2M3,
            F6_E3M2,
            U8,
            I8,
            F8_E5M2,
            F8_E4M3,
            F8_E8M0,
            F8_E4M3FNUZ,
            F8_E5M2FNUZ,
            I16,
            U16,
            F16,
            BF16,
            I32,
            U32,
            F32,
            C64,
            F64,
            I64,
            U64)) {
      KNOWN.put(type.name, type);
    }
  }

  /// The dtype of that name, in the format's spelling; an unknown name gives a dtype of kind
  /// [Kind#UNKNOWN].
  public static DType of(String name) {
    DType known = KNOWN.get(name);
    return known != null ? known : new DType(name, 0, Kind.UNKNOWN);
  }

  /// Every dtype that Mokume knows the size of.
  public static Collection<DType> known() {
    return List.copyOf(KNOWN.values());
  }

  /// Whether Mokume can compute with such elements.
  public boolean isBlendable() {
    return kind == Kind.FLOAT;
  }

  /// The bytes of one element, if an element is a whole number of bytes.
  public OptionalInt bytes() {
    return bits > 0 && bits % 8 == 0 ? OptionalInt.of(bits / 8) : OptionalInt.empty();
  }

  @Override
  public String toString() {
    return name;
  }
}
