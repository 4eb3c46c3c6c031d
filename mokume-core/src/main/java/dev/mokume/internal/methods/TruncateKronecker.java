package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;

/// A task vector reduced to Kronecker products: each tensor becomes the nearest product of a matrix
/// and a smaller tensor. Source: sd-mecha, truncate_kronecker.
final class TruncateKronecker implements TensorMethod {
  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "truncate_kronecker",
        "base + scale x, x of each tensor of A - base the nearest Kronecker product of two",
        Models.of("a").asDeltas(),
        List.of(
            Parameter.share(
                "ratio",
                0.5,
                "how the elements are divided between the two; 1 gives all to the" + " first")),
        "sd-mecha, truncate_kronecker");
  }

  @Override
  public long heapBytes(Setting setting) {
    if (setting.shape().rank() < 2) {
      return 0;
    }
    Factors factors = Factors.of(setting.shape(), setting.real("ratio"));
    return Gram.heapBytes(factors.rows(), factors.columns(), 1) + Float.BYTES * factors.columns();
  }

  @Override
  public void apply(TensorCall call) {
    WholeTensor a = call.input(0);
    WholeTensor out = call.output();
    Shape shape = a.shape();
    if (shape.rank() < 2) {
      out.copyFrom(a);
      return;
    }
    Factors factors = Factors.of(shape, call.setting().real("ratio"));
    // The result's room holds the rearranged tensor until its vectors are known.
    factors.rearrange(a, out);
    Gram matrix =
        new Gram(out, Math.toIntExact(factors.rows()), Math.toIntExact(factors.columns()));
    double[] small = matrix.leading(1);
    double[] large = matrix.timesSmall(small);
    factors.writeProduct(matrix.isWide() ? small : large, matrix.isWide() ? large : small, out);
  }

  /// The shapes of the two factors: `rows1 x columns1`, and `rows2 x columns2` with what further
  /// dimensions there are.
  ///
  /// @param rest elements of the further dimensions
  private record Factors(long rows1, long rows2, long columns1, long columns2, long rest) {
    /// Of all divisions of the first two dimensions the one whose first factor has about the wanted
    /// share of the elements, on a logarithmic scale; of equal ones the squarest.
    static Factors of(Shape shape, double ratio) {
      long rest = 1;
      for (int i = 2; i < shape.rank(); i++) {
        rest *= shape.dimension(i);
      }
      double middle = StrictMath.log(shape.elementCount()) / 2;
      List<Factors> all = new ArrayList<>();
      for (long rows1 : divisors(shape.dimension(0))) {
        for (long columns1 : divisors(shape.dimension(1))) {
          all.add(
              new Factors(
                  rows1,
                  shape.dimension(0) / rows1,
                  columns1,
                  shape.dimension(1) / columns1,
                  rest));
        }
      }
      double range =
          all.stream().mapToDouble(factors -> Math.abs(factors.size() - middle)).max().orElse(0);
      double wanted = (2 * ratio - 1) * range;
      return all.stream()
          .min(
              Comparator.comparingDouble(
                      (Factors factors) -> Math.abs(factors.size() - middle - wanted))
                  .thenComparingDouble(Factors::oblongness))
          .orElseThrow();
    }

    private static List<Long> divisors(long number) {
      return LongStream.rangeClosed(1, number)
          .filter(divisor -> number % divisor == 0)
          .boxed()
          .toList();
    }

    private double size() {
      return StrictMath.log(rows1 * columns1);
    }

    private double oblongness() {
      return Math.abs(StrictMath.log((double) rows1 / rows2))
          + Math.abs(StrictMath.log((double) columns1 / columns2));
    }

    /// Of the rearranged matrix, in which a Kronecker product has rank 1.
    long rows() {
      return rows1 * columns1;
    }

    long columns() {
      return rows2 * columns2 * rest;
    }

    private interface Stretch {
      void visit(long inTensor, long row, long column, int length);
    }

    /// The stretches of elements that lie side by side in the tensor and in the rearranged matrix.
    private void each(Stretch stretch) {
      int length = Math.toIntExact(columns2 * rest);
      long at = 0;
      for (long row1 = 0; row1 < rows1; row1++) {
        for (long row2 = 0; row2 < rows2; row2++) {
          for (long column1 = 0; column1 < columns1; column1++) {
            stretch.visit(at, row1 * columns1 + column1, row2 * length, length);
            at += length;
          }
        }
      }
    }

    void rearrange(WholeTensor from, WholeTensor into) {
      float[] line = new float[Math.toIntExact(columns2 * rest)];
      each((at, row, column, length) -> {
        from.read(at, line, 0, length);
        into.write(row * columns() + column, line, 0, length);
      });
    }

    void writeProduct(double[] first, double[] second, WholeTensor into) {
      float[] line = new float[Math.toIntExact(columns2 * rest)];
      each((at, row, column, length) -> {
        for (int i = 0; i < length; i++) {
          line[i] = (float) (first[(int) row] * second[(int) column + i]);
        }
        into.write(at, line, 0, length);
      });
    }
  }
}
