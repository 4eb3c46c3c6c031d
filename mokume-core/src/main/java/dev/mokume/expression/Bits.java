package dev.mokume.expression;

import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.StoredTensor;

/// One bit for each element of a tensor. Nodes are compared by identity, as [Elements] are.
public sealed interface Bits {
  long count();

  /// The bits of a tensor of a mask file, however the file stores them; NaN is not set.
  static Bits of(MaskFile file, StoredTensor mask) {
    return switch (file.form(mask)) {
      case PACKED -> new Stored(mask, file.shape(mask).elementCount());
      case BYTES -> new NonZeroBytes(mask);
      case FLOATS ->
          new Compare(
              Comparison.GREATER,
              new Elements.Magnitude(new Elements.Stored(mask)),
              Scalar.constant(0));
    };
  }

  /// Packed bits on disk, little-endian: bit `i & 7` of byte `i >> 3` is element i's.
  record Stored(StoredTensor tensor, long count) implements Bits {}

  /// A stored tensor of one byte an element; set where the byte is not zero.
  record NonZeroBytes(StoredTensor tensor) implements Bits {
    @Override
    public long count() {
      return tensor.spec().elementCount();
    }
  }

  /// The same bit everywhere.
  record Constant(boolean value, long count) implements Bits {}

  /// Set for the elements from `from` on up to but without `to`.
  record Range(long from, long to, long count) implements Bits {
    public Range {
      if (from < 0 || from > to || to > count) {
        throw new IllegalArgumentException(
            "elements %s to %s are not a range of %s".formatted(from, to, count));
      }
    }
  }

  /// Set with probability `probability`, which is rounded to a multiple of 2^-32 (torch: compared
  /// in f32).
  record Keep(Draw draw, double probability, long count) implements Bits {}

  /// Set where the draw falls into that quarter.
  record Quarter(Draw draw, int quarter, long count) implements Bits {}

  /// `a comparison threshold`; false for NaN.
  record Compare(Comparison comparison, Elements a, Scalar threshold) implements Bits {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// Set where `a` has the sign of `sign`, a number that is positive or zero for plus and negative
  /// for minus. Zero and NaN elements have no sign.
  record HasSign(Elements a, Scalar sign) implements Bits {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// The first `limit` of the bits that are set in `of`, in the order of the elements. Needs to
  /// count them all before.
  record First(Bits of, Scalar limit) implements Bits {
    @Override
    public long count() {
      return of.count();
    }
  }

  /// A set operation; `AND_NOT` is a without b.
  record Binary(Operator operator, Bits a, Bits b) implements Bits {
    @Override
    public long count() {
      return a.count();
    }
  }

  enum Comparison {
    LESS,
    AT_LEAST,
    GREATER
  }

  enum Operator {
    AND,
    OR,
    XOR,
    AND_NOT
  }
}
