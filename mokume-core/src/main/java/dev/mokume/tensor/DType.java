package dev.mokume.tensor;

import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// How an element is stored. The names are those of the safetensors and the GGUF format; a name
/// that neither format has is kept as it is, so that its tensors can pass through untouched.
///
/// @param name as written in a safetensors header, for example `F16`, or as llama.cpp calls it, for
///   example `Q4_K`
/// @param packing how elements lie in bytes; [Packing#UNKNOWN] for a name that is not known
/// @param kind what an element is
public record DType(String name, Packing packing, Kind kind) {
  /// What an element is. Only [#FLOAT] and [#QUANTISED] elements are ever blended.
  public enum Kind {
    FLOAT,
    INTEGER,
    BOOLEAN,
    COMPLEX,
    /// Floats in blocks that share scales, as GGUF stores them; a block never goes over the end of
    /// a row.
    QUANTISED,
    /// A float of fewer than 8 bits, a bare exponent, or a block that Mokume does not decode:
    /// stored, never blended.
    PACKED,
    UNKNOWN
  }

  public static final DType BOOL = plain("BOOL", 8, Kind.BOOLEAN);
  public static final DType F4 = plain("F4", 4, Kind.PACKED);
  public static final DType F6_E2M3 = plain("F6_E2M3", 6, Kind.PACKED);
  public static final DType F6_E3M2 = plain("F6_E3M2", 6, Kind.PACKED);
  public static final DType U8 = plain("U8", 8, Kind.INTEGER);
  public static final DType I8 = plain("I8", 8, Kind.INTEGER);
  public static final DType F8_E5M2 = plain("F8_E5M2", 8, Kind.FLOAT);
  public static final DType F8_E4M3 = plain("F8_E4M3", 8, Kind.FLOAT);
  public static final DType F8_E8M0 = plain("F8_E8M0", 8, Kind.PACKED);
  public static final DType F8_E4M3FNUZ = plain("F8_E4M3FNUZ", 8, Kind.PACKED);
  public static final DType F8_E5M2FNUZ = plain("F8_E5M2FNUZ", 8, Kind.PACKED);
  public static final DType I16 = plain("I16", 16, Kind.INTEGER);
  public static final DType U16 = plain("U16", 16, Kind.INTEGER);
  public static final DType F16 = plain("F16", 16, Kind.FLOAT);
  public static final DType BF16 = plain("BF16", 16, Kind.FLOAT);
  public static final DType I32 = plain("I32", 32, Kind.INTEGER);
  public static final DType U32 = plain("U32", 32, Kind.INTEGER);
  public static final DType F32 = plain("F32", 32, Kind.FLOAT);
  public static final DType C64 = plain("C64", 64, Kind.COMPLEX);
  public static final DType F64 = plain("F64", 64, Kind.FLOAT);
  public static final DType I64 = plain("I64", 64, Kind.INTEGER);
  public static final DType U64 = plain("U64", 64, Kind.INTEGER);
  public static final DType Q4_0 = blocks("Q4_0", 32, 18, Kind.QUANTISED);
  public static final DType Q4_1 = blocks("Q4_1", 32, 20, Kind.QUANTISED);
  public static final DType Q5_0 = blocks("Q5_0", 32, 22, Kind.QUANTISED);
  public static final DType Q5_1 = blocks("Q5_1", 32, 24, Kind.QUANTISED);
  public static final DType Q8_0 = blocks("Q8_0", 32, 34, Kind.QUANTISED);
  public static final DType Q2_K = blocks("Q2_K", 256, 84, Kind.QUANTISED);
  public static final DType Q3_K = blocks("Q3_K", 256, 110, Kind.QUANTISED);
  public static final DType Q4_K = blocks("Q4_K", 256, 144, Kind.QUANTISED);
  public static final DType Q5_K = blocks("Q5_K", 256, 176, Kind.QUANTISED);
  public static final DType Q6_K = blocks("Q6_K", 256, 210, Kind.QUANTISED);
  public static final DType IQ4_NL = blocks("IQ4_NL", 32, 18, Kind.QUANTISED);
  public static final DType IQ4_XS = blocks("IQ4_XS", 256, 136, Kind.QUANTISED);

  /// Blocks of GGUF that are told by name and can be copied, but not decoded.
  private static final List<DType> ONLY_COPIED =
      List.of(
          blocks("Q8_1", 32, 36, Kind.PACKED),
          blocks("Q8_K", 256, 292, Kind.PACKED),
          blocks("IQ2_XXS", 256, 66, Kind.PACKED),
          blocks("IQ2_XS", 256, 74, Kind.PACKED),
          blocks("IQ2_S", 256, 82, Kind.PACKED),
          blocks("IQ3_XXS", 256, 98, Kind.PACKED),
          blocks("IQ3_S", 256, 110, Kind.PACKED),
          blocks("IQ1_S", 256, 50, Kind.PACKED),
          blocks("IQ1_M", 256, 56, Kind.PACKED),
          blocks("TQ1_0", 256, 54, Kind.PACKED),
          blocks("TQ2_0", 256, 66, Kind.PACKED),
          blocks("MXFP4", 32, 17, Kind.PACKED));

  /// Blocks that values can be encoded to.
  private static final List<DType> ENCODED = List.of(Q4_0, Q5_0, Q8_0, Q4_K, Q5_K, Q6_K);

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
            U64,
            Q4_0,
            Q4_1,
            Q5_0,
            Q5_1,
            Q8_0,
            Q2_K,
            Q3_K,
            Q4_K,
            Q5_K,
            Q6_K,
            IQ4_NL,
            IQ4_XS)) {
      KNOWN.put(type.name, type);
    }
    for (DType type : ONLY_COPIED) {
      KNOWN.put(type.name, type);
    }
  }

  private static DType plain(String name, int bits, Kind kind) {
    return new DType(name, Packing.ofBits(bits), kind);
  }

  private static DType blocks(String name, int elements, int bytes, Kind kind) {
    return new DType(name, new Packing(elements, bytes), kind);
  }

  /// The dtype of that name, in the formats' spelling; an unknown name gives a dtype of kind
  /// [Kind#UNKNOWN].
  public static DType of(String name) {
    DType known = KNOWN.get(name);
    return known != null ? known : unknown(name);
  }

  /// A dtype of which only the name is known.
  public static DType unknown(String name) {
    return new DType(name, Packing.UNKNOWN, Kind.UNKNOWN);
  }

  /// Every dtype that Mokume knows the size of.
  public static Collection<DType> known() {
    return List.copyOf(KNOWN.values());
  }

  /// Whether Mokume can compute with such elements.
  public boolean isBlendable() {
    return kind == Kind.FLOAT || kind == Kind.QUANTISED;
  }

  /// Whether Mokume can store what it computed as such elements.
  public boolean isEncodable() {
    return kind == Kind.FLOAT || ENCODED.contains(this);
  }

  /// This, or for quantised blocks that are only decoded the smallest of as many elements that can
  /// be encoded and take no fewer bytes: Q5_0 for Q4_1, Q4_K for Q2_K. Nothing if there is none.
  public Optional<DType> encodable() {
    if (isEncodable()) {
      return Optional.of(this);
    }
    return ENCODED.stream()
        .filter(other -> isBlendable() && other.packing.elements() == packing.elements())
        .filter(other -> other.packing.bytes() >= packing.bytes())
        .min(Comparator.comparingInt(other -> other.packing.bytes()));
  }

  /// Whether elements lie in the blocks of GGUF, which hold a scale of their own.
  public boolean isBlockwise() {
    return packing.elements() > Byte.SIZE;
  }

  /// Whether a tensor of that shape falls into whole blocks: as a whole, and for blocks of GGUF
  /// each row of it. False if the size is not known.
  public boolean fits(Shape shape) {
    if (!packing.isKnown()) {
      return false;
    }
    if (!isBlockwise()) {
      return packing.holds(shape.elementCount());
    }
    return shape.rank() > 0 && packing.holds(shape.dimension(shape.rank() - 1));
  }

  /// An element's size in bits; 0 where it has none of its own, in blocks of GGUF, and where it is
  /// not known.
  public int bits() {
    return isBlockwise() ? 0 : packing.bytes() * Byte.SIZE / packing.elements();
  }

  /// The bytes of one element, if an element is a whole number of bytes.
  public OptionalInt bytes() {
    return packing.isKnown() && packing.elements() == 1
        ? OptionalInt.of(packing.bytes())
        : OptionalInt.empty();
  }

  @Override
  public String toString() {
    return name;
  }
}
