package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.expression.Matrix;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class MatrixReadingTest {
  private final Arena arena = Arena.ofAuto();
  private final Worker worker =
      new Worker(0, Kernels.scalar(), () -> arena.allocate(64 << 10), () -> false, _ -> {});

  private static Matrix.Stored stored(int rows, int columns, float... values) {
    return new Matrix.Stored(
        source(values).tensor("m", DType.F32, 0, rows, columns), rows, columns);
  }

  private static MemorySource source(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return new MemorySource("values", bytes.array());
  }

  private float[] read(Matrix matrix) {
    MemorySegment into = arena.allocate(4 * matrix.rows() * matrix.columns());
    new MatrixReading(worker).into(matrix, into);
    return into.toArray(ValueLayout.JAVA_FLOAT);
  }

  @Test
  void rowsForColumns() {
    assertThat(read(new Matrix.Transposed(stored(2, 3, 1, 2, 3, 4, 5, 6))))
        .containsExactly(1, 4, 2, 5, 3, 6);
  }

  @Test
  void aProduct() {
    assertThat(read(new Matrix.Times(stored(2, 2, 1, 2, 3, 4), stored(2, 1, 10, 1))))
        .containsExactly(12, 34);
  }

  @Test
  void aCoreWithAFactor() {
    // [i, j, k]: row 0 is j 0 = (1, 2), j 1 = (3, 4).
    assertThat(read(new Matrix.Contracted(stored(1, 4, 1, 2, 3, 4), stored(2, 2, 1, 10, 2, 20), 2)))
        .containsExactly(1 + 3 * 2, 2 + 4 * 2, 10 + 3 * 20, 20 + 4 * 20);
  }

  /// The transform of `[[0, t], [-t, 0]]` turns by twice the arctangent of t.
  @Test
  void aTurn() {
    Matrix turn =
        new Matrix.Rotations(
            source(0, 0.5f, 0, 0).tensor("b", DType.F32, 0, 1, 2, 2), 0, 1, 2, 0, 1, false);
    assertThat(read(turn)).containsExactly(0.6f, 0.8f, -0.8f, 0.6f);
  }

  @Test
  void aPartOfATurn() {
    Matrix half =
        new Matrix.Rotations(
            source(0, 0.5f, 0, 0).tensor("b", DType.F32, 0, 1, 2, 2), 0, 1, 2, 0, 0.5, true);
    assertThat(read(half)).containsExactly(0.8f, -0.4f, 0.4f, 0.8f);
  }

  @Test
  void rotationsKeepLengths() {
    float[] values = new float[2 * 5 * 5];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 37 % 19 - 9) / 8f;
    }
    Matrix blocks =
        new Matrix.Rotations(
            source(values).tensor("b", DType.F32, 0, 2, 5, 5), 0, 1, 5, 0, 1, false);
    float[] rotation = read(blocks);
    for (int block = 0; block < 2; block++) {
      for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 5; j++) {
          double dot = 0;
          for (int k = 0; k < 5; k++) {
            dot += (double) rotation[block * 25 + i * 5 + k] * rotation[block * 25 + j * 5 + k];
          }
          assertThat(dot).isCloseTo(i == j ? 1 : 0, within(1e-6));
        }
      }
    }
  }

  @Test
  void theNormOfAllBlocksIsLimited() {
    // Q has norm sqrt(2); limited to 1, t is 1 / sqrt(2).
    Matrix limited =
        new Matrix.Rotations(
            source(0, 1, 0, 0).tensor("b", DType.F32, 0, 1, 2, 2), 0, 1, 2, 1, 1, false);
    assertThat(read(limited)[0]).isCloseTo(1 / 3f, within(1e-6f));
  }
}
