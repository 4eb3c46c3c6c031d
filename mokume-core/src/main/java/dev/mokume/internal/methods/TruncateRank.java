package dev.mokume.internal.methods;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.Shape;
import java.util.List;
import org.ejml.data.DMatrixRMaj;

/// A task vector reduced to a rank: each tensor, as a matrix of its first dimension by all others,
/// becomes the nearest of that rank. Source: sd-mecha, truncate_rank.
final class TruncateRank implements TensorMethod {
  private static final String EXACT = "exact";
  private static final String RANDOM = "random";

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "truncate_rank",
        "base + scale x, x of each matrix of A - base the nearest one of that rank",
        Models.of("a").asDeltas(),
        List.of(
            new Parameter.Whole("rank", 8, 0, 1_000_000, "the rank that is left"),
            new Parameter.Choice(
                "basis",
                List.of(EXACT, RANDOM),
                "the singular vectors, or what random vectors become by a few products"),
            new Parameter.Whole("iterations", 2, 0, 1000, "products of a random basis"),
            Parameter.seed(1)),
        "sd-mecha, truncate_rank");
  }

  private static int rows(Shape shape) {
    return Math.toIntExact(shape.dimension(0));
  }

  private static int columns(Shape shape) {
    return Math.toIntExact(shape.elementCount() / Math.max(1, shape.dimension(0)));
  }

  @Override
  public long heapBytes(Setting setting) {
    if (setting.shape().rank() < 2) {
      return 0;
    }
    long rows = rows(setting.shape());
    long columns = columns(setting.shape());
    long rank = Math.min(setting.whole("rank"), Math.min(rows, columns));
    return setting.choice("basis").equals(EXACT)
        ? Gram.heapBytes(rows, columns, rank)
        : Double.BYTES * (256 * Math.min(rows, columns) + 6 * rank * (rows + columns));
  }

  @Override
  public int streams(Setting setting) {
    return setting.choice("basis").equals(RANDOM) ? 1 : 0;
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
    Gram matrix = new Gram(a, rows(shape), columns(shape));
    int rank = (int) Math.min(call.setting().whole("rank"), matrix.small());
    if (rank == matrix.small()) {
      out.copyFrom(a);
    } else if (call.setting().choice("basis").equals(EXACT)) {
      double[] basis = matrix.leading(rank);
      matrix.writeProducts(basis, matrix.timesSmall(basis), out);
    } else {
      double[] basis = randomBasis(call, matrix, rank);
      matrix.writeProducts(matrix.timesLarge(basis), basis, out);
    }
  }

  /// Vectors of the longer side that what the matrix makes of random ones is near to.
  private static double[] randomBasis(TensorCall call, Gram matrix, int rank) {
    int size = matrix.small();
    float[] drawn = new float[size * rank];
    call.random(0, drawn.length).normal(drawn, drawn.length);
    double[] vectors = new double[drawn.length];
    for (int i = 0; i < size; i++) {
      for (int vector = 0; vector < rank; vector++) {
        vectors[vector * size + i] = drawn[i * rank + vector];
      }
    }
    double[] basis = orthonormal(matrix.timesSmall(vectors), rank);
    for (long i = 0; i < call.setting().whole("iterations"); i++) {
      double[] back = orthonormal(matrix.timesLarge(basis), rank);
      basis = orthonormal(matrix.timesSmall(back), rank);
    }
    return basis;
  }

  private static double[] orthonormal(double[] vectors, int count) {
    int size = count == 0 ? 0 : vectors.length / count;
    if (size == 0) {
      return vectors;
    }
    DMatrixRMaj columns = new DMatrixRMaj(size, count);
    for (int vector = 0; vector < count; vector++) {
      for (int i = 0; i < size; i++) {
        columns.set(i, vector, vectors[vector * size + i]);
      }
    }
    DMatrixRMaj q = Orthogonal.Qr.of(columns).q();
    double[] result = new double[vectors.length];
    for (int vector = 0; vector < count; vector++) {
      for (int i = 0; i < size; i++) {
        result[vector * size + i] = q.get(i, vector);
      }
    }
    return result;
  }
}
