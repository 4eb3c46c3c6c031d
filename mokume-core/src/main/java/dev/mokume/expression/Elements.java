package dev.mokume.expression;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import java.util.List;

/// One f32 number for each element of a tensor. Every operation is rounded to f32, in the written
/// order, never fused.
///
/// Nodes are compared by identity: a node that is used twice is the same object, and is computed
/// once.
public sealed interface Elements {
  /// How many elements there are.
  long count();

  /// A tensor of a checkpoint, decoded.
  record Stored(StoredTensor tensor) implements Elements {
    @Override
    public long count() {
      return tensor.spec().elementCount();
    }
  }

  /// `weightA * a + weightB * b`.
  record Blend(Elements a, Scalar weightA, Elements b, Scalar weightB) implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// `a operator b`.
  record Binary(Operator operator, Elements a, Elements b) implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// `a operator b` with one number for all elements.
  record WithScalar(Operator operator, Elements a, Scalar b) implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// `|a|`.
  record Magnitude(Elements a) implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// `whenSet` where the bit is set, else `whenClear`; values are moved, not computed with.
  record Select(Bits mask, Elements whenSet, Elements whenClear) implements Elements {
    @Override
    public long count() {
      return whenClear.count();
    }
  }

  /// Rounded to `dtype` and back.
  record Rounded(Elements a, DType dtype) implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// Rounded to one of the two numbers of `dtype`, an 8-bit float, that lie next to it, and back.
  /// It is the one of greater magnitude where `draws`, uniform in [0, 1), is below the part of the
  /// way to it that the element has gone, so that the mean of many stays what it was. What is
  /// greater than every finite number of the dtype, and NaN, is left as it is.
  record RoundedAtRandom(Elements a, Elements draws, DType dtype) implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// `a * first + b * later` with the two shares of the element's column; the tensor is a matrix of
  /// as many columns as there are shares of each. A share of 0 moves the other side's value, whose
  /// share is 1.
  record ByColumn(Elements a, List<Float> first, Elements b, List<Float> later)
      implements Elements {
    public ByColumn {
      first = List.copyOf(first);
      later = List.copyOf(later);
      if (first.size() != later.size()) {
        throw new IllegalArgumentException(
            first.size() + " shares of the first, " + later.size() + " of the later");
      }
    }

    @Override
    public long count() {
      return a.count();
    }
  }

  /// `a`, with a number added to the first channel: the norm of `difference` over the channels,
  /// divided by `divisor`. The tensor is `outer x channels x inner`; the norm at (o, i) is over all
  /// channels c of `difference[o, c, i]`.
  record ShiftFirstChannel(
      Elements a, Elements difference, long channels, long inner, float divisor)
      implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// Uniform in [0, 1).
  record Uniform(Draw draw, long count) implements Elements {}

  /// Normal with that mean and deviation.
  record Normal(Draw draw, double mean, double deviation, long count) implements Elements {}

  enum Operator {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE
  }
}
