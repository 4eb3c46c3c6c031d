package dev.mokume.internal.engine;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Matrix;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Makes the matrices that a program holds in memory: reads, decodes, and multiplies factors that
/// are multiplied before the first element is computed.
final class MatrixReading {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Worker worker;

  MatrixReading(Worker worker) {
    this.worker = worker;
  }

  /// The bytes of the heap that making a matrix takes: it and all that it is made of, at once.
  static long heapBytes(Matrix matrix) {
    return switch (matrix) {
      case Matrix.Stored _ -> 0;
      case Matrix.Transposed(var of) -> bytes(matrix) + onHeap(of);
      case Matrix.Times(var a, var b) -> bytes(matrix) + onHeap(a) + onHeap(b);
      case Matrix.Contracted(var core, var factor, _) ->
          bytes(matrix) + onHeap(core) + onHeap(factor);
      case Matrix.Rotations rotations ->
          // The blocks of every stage, and one block twice in f64.
          4 * rotations.tensor().spec().elementCount()
              + 2 * Double.BYTES * rotations.size() * rotations.size();
    };
  }

  private static long onHeap(Matrix matrix) {
    return bytes(matrix) + heapBytes(matrix);
  }

  private static long bytes(Matrix matrix) {
    return Math.multiplyExact(Math.multiplyExact(matrix.rows(), matrix.columns()), Float.BYTES);
  }

  /// Fills `into`, of four bytes an element or more, row by row.
  void into(Matrix matrix, MemorySegment into) {
    if (matrix instanceof Matrix.Stored(var tensor, _, _)) {
      decode(tensor, into);
    } else {
      float[] values = values(matrix);
      MemorySegment.copy(values, 0, into, FLOAT, 0, values.length);
    }
  }

  private void decode(StoredTensor tensor, MemorySegment into) {
    DType dtype = tensor.spec().dtype();
    Codec codec = worker.workspace().kernels.codec(dtype);
    Packing packing = dtype.packing();
    MemorySegment stored = worker.buffer().asSlice(0, packing.bytes(Block.ELEMENTS));
    float[] block = new float[Block.ELEMENTS];
    long count = tensor.spec().elementCount();
    for (long first = 0; first < count; first += Block.ELEMENTS) {
      int length = (int) Math.min(Block.ELEMENTS, count - first);
      MemorySegment part = stored.asSlice(0, packing.bytes(length));
      worker.read(tensor, packing.bytes(first), part);
      codec.decode(part, 0, block, length);
      MemorySegment.copy(block, 0, into, FLOAT, first * Float.BYTES, length);
    }
  }

  private float[] values(Matrix matrix) {
    return switch (matrix) {
      case Matrix.Stored(var tensor, _, _) -> stored(tensor);
      case Matrix.Transposed(var of) -> transposed(of);
      case Matrix.Times(var a, var b) -> times(a, b);
      case Matrix.Contracted contracted -> contracted(contracted);
      case Matrix.Rotations rotations -> rotations(rotations);
    };
  }

  private float[] stored(StoredTensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.spec().elementCount())];
    decode(tensor, MemorySegment.ofArray(values));
    return values;
  }

  private float[] transposed(Matrix of) {
    float[] values = values(of);
    int rows = (int) of.rows();
    int columns = (int) of.columns();
    float[] result = new float[values.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result[column * rows + row] = values[row * columns + column];
      }
    }
    return result;
  }

  private float[] times(Matrix a, Matrix b) {
    MemorySegment left = MemorySegment.ofArray(values(a));
    MemorySegment right = MemorySegment.ofArray(values(b));
    int columns = (int) b.columns();
    float[] result = new float[Math.toIntExact(a.rows() * b.columns())];
    for (int row = 0; row < a.rows(); row++) {
      worker
          .workspace()
          .kernels
          .matrices()
          .row(left, row, (int) a.columns(), right, columns, 0, result, row * columns, columns);
    }
    return result;
  }

  private float[] contracted(Matrix.Contracted matrix) {
    float[] core = values(matrix.core());
    float[] factor = values(matrix.factor());
    int shared = (int) matrix.factor().rows();
    int rank = (int) matrix.factor().columns();
    int inner = (int) matrix.inner();
    float[] result = new float[Math.toIntExact(matrix.rows() * matrix.columns())];
    for (int i = 0; i < matrix.rows(); i++) {
      for (int j = 0; j < shared; j++) {
        int from = (i * shared + j) * inner;
        for (int r = 0; r < rank; r++) {
          int to = (i * rank + r) * inner;
          for (int k = 0; k < inner; k++) {
            float product = core[from + k] * factor[j * rank + r];
            result[to + k] = j == 0 ? product : result[to + k] + product;
          }
        }
      }
    }
    return result;
  }

  private float[] rotations(Matrix.Rotations matrix) {
    float[] stored = stored(matrix.tensor());
    int size = Math.toIntExact(matrix.size());
    int block = size * size;
    float[] skew = new float[stored.length];
    double squares = 0;
    for (int i = 0; i < skew.length; i++) {
      int row = i % block / size;
      int column = i % size;
      skew[i] = stored[i] - stored[i - i % block + column * size + row];
      squares += (double) skew[i] * skew[i];
    }
    float norm = (float) Math.sqrt(squares) + 1e-8f;
    float limit = (float) matrix.limit();
    boolean limited = limit > 0 && norm > limit;
    int first = Math.toIntExact(matrix.stage() * matrix.rows() * size);
    float[] result = new float[Math.toIntExact(matrix.rows() * size)];
    for (int from = 0; from < result.length; from += block) {
      double[] q = new double[block];
      for (int i = 0; i < block; i++) {
        float value = skew[first + from + i];
        q[i] = limited ? value * limit / norm : value;
      }
      double[] rotation = CayleyTransform.of(q, size);
      for (int row = 0; row < size; row++) {
        for (int column = 0; column < size; column++) {
          float turned = (float) rotation[row * size + column];
          float value = blended(turned, row == column ? 1 : 0, matrix.share());
          int at = matrix.transposed() ? column * size + row : row * size + column;
          result[from + at] = value;
        }
      }
    }
    return result;
  }

  private static float blended(float rotation, float identity, double share) {
    return share == 1 ? rotation : rotation * (float) share + (float) (1 - share) * identity;
  }
}
