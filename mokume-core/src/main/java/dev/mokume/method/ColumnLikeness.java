package dev.mokume.method;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Bits.Comparison;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Formula;
import dev.mokume.expression.Lines;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.recipe.Likeness;
import dev.mokume.tensor.Shape;
import java.util.List;

/// How alike two tensors are, column by column: 1 plus the cosine of the angle between them. A
/// vector is one column.
final class ColumnLikeness {
  private final Elements a;
  private final Elements b;
  private final Lines lines;
  private final PerLine squaresA;
  private final PerLine squaresB;
  private final Elements cosines;

  /// @param a not empty, as many elements as `b`
  ColumnLikeness(Elements a, Elements b, Shape shape) {
    this.a = a;
    this.b = b;
    this.lines = Lines.columns(a.count(), shape.rank() == 0 ? 1 : shape.dimension(0));
    this.squaresA = sum(a, a);
    this.squaresB = sum(b, b);
    this.cosines =
        new Elements.OfLine(
            new PerLine.Computed(new Cosine(), List.of(sum(a, b), squaresA, squaresB)));
  }

  private PerLine sum(Elements x, Elements y) {
    return new PerLine.Statistic(
        PerLine.Reduction.SUM, new Elements.Binary(Operator.MULTIPLY, x, y), lines);
  }

  /// Of (dot product, square of the one length, square of the other); a vector of zeros is at right
  /// angles to all others.
  private record Cosine() implements Formula {
    @Override
    public double apply(double[] x) {
      double lengths = Math.sqrt(x[1]) * Math.sqrt(x[2]);
      return lengths == 0 ? 0 : Math.clamp(x[0] / lengths, -1, 1);
    }
  }

  long columns() {
    return lines.count();
  }

  /// The likeness by which a column is blended, for each element.
  Elements blended(Likeness likeness) {
    Scalar whole =
        switch (likeness) {
          case DIRECTIONS ->
              computed(
                  new Cosine(),
                  new Scalar.Statistic(
                      Reduction.SUM,
                      new Elements.Select(firstRow(), cosines, new Elements.Constant(0, count()))),
                  columnsOf(squaresA),
                  columnsOf(squaresB));
          case TENSORS ->
              computed(
                  new Cosine(),
                  new Scalar.Dot(a, b),
                  new Scalar.Statistic(Reduction.SUM_OF_SQUARES, a),
                  new Scalar.Statistic(Reduction.SUM_OF_SQUARES, b));
        };
    Elements mean =
        new Elements.WithScalar(
            Operator.MULTIPLY,
            new Elements.WithScalar(Operator.ADD, cosines, whole),
            Scalar.constant(0.5));
    return likeness(mean);
  }

  /// The likeness that is ranked, once for each column; the other elements are NaN, which ranks
  /// above all numbers.
  Elements once(Likeness likeness) {
    Elements all =
        switch (likeness) {
          case DIRECTIONS -> likeness(cosines);
          case TENSORS -> blended(likeness);
        };
    return new Elements.Select(firstRow(), all, new Elements.Constant(Float.NaN, count()));
  }

  private static Elements likeness(Elements cosine) {
    return new Elements.WithScalar(Operator.ADD, cosine, Scalar.constant(1));
  }

  /// How many columns are not all zeros: the square of the length that columns of length 1 have
  /// together.
  private Scalar columnsOf(PerLine squares) {
    Bits present =
        new Bits.Compare(Comparison.GREATER, new Elements.OfLine(squares), Scalar.constant(0));
    return new Scalar.Count(new Bits.Binary(Bits.Operator.AND, firstRow(), present));
  }

  private Bits firstRow() {
    return new Bits.Range(0, lines.count(), count());
  }

  private long count() {
    return a.count();
  }

  private static Scalar computed(Formula formula, Scalar... arguments) {
    return new Scalar.Computed(formula, List.of(arguments));
  }
}
