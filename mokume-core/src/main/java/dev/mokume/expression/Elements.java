package dev.mokume.expression;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.plugin.ElementMethod;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorMethod;
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

  /// The same number for every element.
  record Constant(float value, long count) implements Elements {}

  /// What is elected among the terms of each element.
  ///
  /// The vote of an element is the sum of its terms in order, in f32, or how many are positive
  /// minus how many are negative; it elects the sign of that number, or that of `whenEven` (plus
  /// for a number that is not negative) where it is 0. Terms of the other sign do not count, nor do
  /// zeros and NaN; a vote that is NaN elects minus.
  ///
  /// The value is the sum of the terms that count, in order, in f32; or the sum of their weights, 1
  /// where that is 0; or the one divided by the other.
  record Elected(List<Elements> terms, List<Scalar> weights, Vote vote, Scalar whenEven, Take take)
      implements Elements {
    public Elected {
      terms = List.copyOf(terms);
      weights = List.copyOf(weights);
      if (terms.isEmpty() || terms.size() != weights.size()) {
        throw new IllegalArgumentException(
            terms.size() + " terms are elected among, with " + weights.size() + " weights");
      }
    }

    @Override
    public long count() {
      return terms.getFirst().count();
    }

    /// What decides on the sign.
    public enum Vote {
      SUM,
      COUNT
    }

    /// What is taken of the terms that count.
    public enum Take {
      SUM,
      WEIGHT,
      MEAN
    }
  }

  /// The rank of each element's magnitude within its row, from 0 for the first in `order`, divided
  /// by the greatest rank; 0.5 in rows of one element. NaN is the greatest magnitude. The tensor is
  /// `outer x length x inner`; a row is what shares its place in `outer` and `inner`. `a` is needed
  /// whole.
  record RowRanks(Elements a, int length, int inner, Order order) implements Elements {
    public RowRanks {
      if (length < 1 || inner < 1 || a.count() % ((long) length * inner) != 0) {
        throw new IllegalArgumentException(
            "%s elements have no rows of %s, %s of them interleaved"
                .formatted(a.count(), length, inner));
      }
    }

    @Override
    public long count() {
      return a.count();
    }

    /// Which magnitude comes first.
    public enum Order {
      /// The least, and of equal ones the one that comes first in the tensor.
      ASCENDING,
      /// The least; equal ones as torch's CPU sort leaves them.
      UNSTABLE_ASCENDING,
      /// The greatest; equal ones as torch's CPU sort leaves them.
      UNSTABLE_DESCENDING
    }
  }

  /// `|a|`.
  record Magnitude(Elements a) implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// `a` where its magnitude is not less than `least`, else 0; NaN stays.
  record Trimmed(Elements a, Scalar least) implements Elements {
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

  /// The matrix product `left * right`, row by row, from element `start` on; 0 before and after.
  ///
  /// The sum over the shared index begins with its first product and goes up; every product and
  /// every sum is rounded.
  record Product(Matrix left, Matrix right, long start, long count) implements Elements {
    public Product {
      if (left.columns() != right.rows()) {
        throw new IllegalArgumentException(
            "no product of %s x %s and %s x %s"
                .formatted(left.rows(), left.columns(), right.rows(), right.columns()));
      }
      requireRoom(start, Math.multiplyExact(left.rows(), right.columns()), count);
    }
  }

  /// The Kronecker product of two matrices, row by row, from element `start` on; 0 before and
  /// after: row `i * b.rows + k` and column `j * b.columns + l` hold `a[i, j] * b[k, l]`.
  record Kronecker(Matrix a, Matrix b, long start, long count) implements Elements {
    public Kronecker {
      requireRoom(
          start,
          Math.multiplyExact(
              Math.multiplyExact(a.rows(), b.rows()), Math.multiplyExact(a.columns(), b.columns())),
          count);
    }
  }

  /// The numbers of `values`, one a channel, from element `start` on, for as many channels of
  /// `inner` elements as there are numbers, `repeats` times over; 0 before and after.
  record Spread(Matrix values, long inner, long repeats, long start, long count)
      implements Elements {
    public Spread {
      long channels = Math.multiplyExact(values.rows(), values.columns());
      requireRoom(start, Math.multiplyExact(Math.multiplyExact(channels, inner), repeats), count);
    }
  }

  /// The Euclidean norm of each element's channel, f64 sums rounded once. From element `start` on
  /// lie `repeats` times `channels` channels of `inner` elements; a channel is what has the same
  /// number in all of them. 0 before and after.
  record Norms(Elements of, long channels, long inner, long repeats, long start)
      implements Elements {
    public Norms {
      requireRoom(
          start, Math.multiplyExact(Math.multiplyExact(channels, inner), repeats), of.count());
    }

    @Override
    public long count() {
      return of.count();
    }
  }

  /// `a`, seen as rows of `columns` elements from element `start` on, with its rows mixed in groups
  /// of `blocks.columns`: each row becomes the sum of its group's rows times the numbers of its row
  /// of `blocks`, in order, every product and sum rounded. `a` itself before and after.
  ///
  /// Before they are grouped, each `2 * stride` rows are shuffled: what is `[2, stride]` is read as
  /// `[stride, 2]`; afterwards they are put back. A stride of 1 shuffles nothing. That is one stage
  /// of a butterfly. `a` is needed whole.
  record MixedRows(Elements a, Matrix blocks, long stride, long columns, long start)
      implements Elements {
    public MixedRows {
      requireRoom(start, Math.multiplyExact(blocks.rows(), columns), a.count());
      if (stride < 1
          || blocks.rows() % blocks.columns() != 0
          || stride > 1 && blocks.rows() % (2 * stride) != 0) {
        throw new IllegalArgumentException(
            "%s rows do not mix in groups of %s with a stride of %s"
                .formatted(blocks.rows(), blocks.columns(), stride));
      }
    }

    @Override
    public long count() {
      return a.count();
    }
  }

  /// `a * first * second`, where `a` is `rows` rows of `first.rows` channels of `inner` elements
  /// from element `start` on; 0 before and after. Products of one inner position do not touch
  /// another's. Sums go up the shared index, every product and sum rounded. `a` is needed whole.
  record MixedColumns(Elements a, Matrix first, Matrix second, long rows, long inner, long start)
      implements Elements {
    public MixedColumns {
      if (first.columns() != second.rows() || first.rows() != second.columns()) {
        throw new IllegalArgumentException(
            "%s x %s and %s x %s do not lead back to as many columns"
                .formatted(first.rows(), first.columns(), second.rows(), second.columns()));
      }
      requireRoom(
          start, Math.multiplyExact(Math.multiplyExact(rows, first.rows()), inner), a.count());
    }

    @Override
    public long count() {
      return a.count();
    }
  }

  /// One number of those that several tensors have at each place.
  record Pooled(Pool pool, List<Elements> of) implements Elements {
    public Pooled {
      of = List.copyOf(of);
      boolean fits =
          switch (pool) {
            case Pool.WeightedMean(var weights) -> weights.size() == of.size();
            case Pool.TrimmedMean(var cut) -> 2L * cut < of.size();
          };
      if (!fits) {
        throw new IllegalArgumentException(pool + " does not fit " + of.size() + " tensors");
      }
    }

    @Override
    public long count() {
      return of.getFirst().count();
    }
  }

  /// What an element-wise method makes of the elements at the same place.
  ///
  /// @param statistics those that the method asked for, measured over the inputs
  record Mapped(
      ElementMethod method, Setting setting, List<Elements> inputs, List<Scalar> statistics)
      implements Elements {
    public Mapped {
      inputs = List.copyOf(inputs);
      statistics = List.copyOf(statistics);
      requireInputs(setting, inputs);
    }

    @Override
    public long count() {
      return inputs.getFirst().count();
    }
  }

  /// What a method makes of tensors that it is given whole: all inputs and the result are in memory
  /// while it works.
  ///
  /// @param draws its streams of random numbers
  record Whole(TensorMethod method, Setting setting, List<Elements> inputs, List<Draw> draws)
      implements Elements {
    public Whole {
      inputs = List.copyOf(inputs);
      draws = List.copyOf(draws);
      requireInputs(setting, inputs);
    }

    @Override
    public long count() {
      return inputs.getFirst().count();
    }
  }

  /// The number of each element's line, rounded once.
  record OfLine(PerLine number) implements Elements {
    @Override
    public long count() {
      return number.lines().elements();
    }
  }

  /// A function of each element, computed in f64 with [StrictMath] and rounded once.
  record Applied(ElementFunction function, Elements a) implements Elements {
    @Override
    public long count() {
      return a.count();
    }
  }

  /// Uniform in [0, 1).
  record Uniform(Draw draw, long count) implements Elements {}

  /// Normal with that mean and deviation.
  record Normal(Draw draw, double mean, double deviation, long count) implements Elements {}

  private static void requireInputs(Setting setting, List<Elements> inputs) {
    if (inputs.isEmpty()
        || inputs.size() != setting.inputs()
        || inputs.getFirst().count() != setting.shape().elementCount()) {
      throw new IllegalArgumentException(
          "%s inputs do not fit a setting of %s inputs of %s"
              .formatted(inputs.size(), setting.inputs(), setting.shape()));
    }
  }

  private static void requireRoom(long start, long size, long count) {
    if (start < 0 || size > count - start) {
      throw new IllegalArgumentException(
          "%s elements do not stand at element %s of %s".formatted(size, start, count));
    }
  }

  enum ElementFunction {
    /// `e^a`.
    EXPONENTIAL,
    /// The natural logarithm of `a`.
    LOGARITHM
  }

  enum Operator {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE
  }
}
