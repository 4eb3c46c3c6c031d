package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Tensors made of stored ones, which read no more than they are asked for.
class StoredTensorTest {
  /// The bytes 0, 1, 2, ... from byte 5 of a source on.
  private static StoredTensor counting(DType dtype, long... shape) {
    TensorSpec spec = new TensorSpec("t", dtype, Shape.of(shape));
    int length = Math.toIntExact(spec.elementCount() * dtype.bits() / 8);
    byte[] bytes = new byte[5 + length + 3];
    for (int i = 0; i < length; i++) {
      bytes[5 + i] = (byte) i;
    }
    return new StoredTensor(spec, new MemorySource("memory", bytes), 5, length);
  }

  private static byte[] read(StoredTensor tensor, long from, long length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(length + 1).asSlice(0, length);
      tensor.source().read(tensor.offset() + from, into);
      return into.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static byte[] read(StoredTensor tensor) {
    return read(tensor, 0, tensor.length());
  }

  @Test
  void rowsAreARangeOfTheSource() {
    StoredTensor tensor = counting(DType.F16, 6, 3);
    StoredTensor middle = tensor.rows("k", 1, 1, 3);
    assertThat(middle.spec()).isEqualTo(new TensorSpec("k", DType.F16, Shape.of(2, 3)));
    assertThat(read(middle)).containsExactly(12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
  }

  @Test
  void rowsThatDoNotFallIntoPartsAreRefused() {
    assertThat(counting(DType.F16, 7).isDivisibleBy(3)).isFalse();
    assertThat(counting(DType.F16).isDivisibleBy(3)).isFalse();
    assertThat(counting(DType.F4, 6, 1).isDivisibleBy(3)).isTrue();
    assertThat(counting(DType.F4, 6, 2).isDivisibleBy(3)).isTrue();
    assertThat(counting(DType.F4, 6, 1).isDivisibleBy(6)).isFalse();
    assertThatThrownBy(() -> counting(DType.F16, 7).rows("k", 0, 1, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("has no 3 equal parts");
  }

  @Test
  void joinedTensorsLieOneUnderTheOther() {
    StoredTensor whole = counting(DType.F16, 6, 3);
    List<StoredTensor> turned =
        List.of(whole.rows("c", 2, 1, 3), whole.rows("a", 0, 1, 3), whole.rows("b", 1, 1, 3));
    StoredTensor joined = StoredTensor.joined("j", turned);
    assertThat(joined.spec()).isEqualTo(new TensorSpec("j", DType.F16, Shape.of(6, 3)));
    byte[] expected = new byte[36];
    for (int i = 0; i < 36; i++) {
      expected[i] = (byte) ((i + 24) % 36);
    }
    for (int from = 0; from < 36; from++) {
      for (int to = from; to <= 36; to++) {
        assertThat(read(joined, from, to - from))
            .as("bytes %s to %s", from, to)
            .isEqualTo(Arrays.copyOfRange(expected, from, to));
      }
    }
  }

  @Test
  void whatDoesNotFitIsNotJoined() {
    StoredTensor wide = counting(DType.F16, 2, 3);
    assertThatThrownBy(() -> StoredTensor.joined("j", List.of(wide, counting(DType.F16, 2, 4))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StoredTensor.joined("j", List.of(wide, counting(DType.BF16, 2, 3))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> StoredTensor.joined("j", List.of(wide, counting(DType.F16))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// Every stretch of every small matrix, those that begin and end within an element included.
  @Test
  void aTransposedMatrixHasRowsForColumns() {
    for (DType dtype : List.of(DType.U8, DType.F16, DType.F32)) {
      for (int rows = 1; rows <= 5; rows++) {
        for (int columns = 1; columns <= 4; columns++) {
          StoredTensor matrix = counting(dtype, rows, columns);
          StoredTensor transposed = matrix.transposed("t2");
          assertThat(transposed.spec())
              .isEqualTo(new TensorSpec("t2", dtype, Shape.of(columns, rows)));
          byte[] expected = turned(read(matrix), rows, columns, dtype.bits() / 8);
          for (int from = 0; from <= expected.length; from++) {
            for (int to = from; to <= expected.length; to++) {
              assertThat(read(transposed, from, to - from))
                  .as("%s [%s, %s], bytes %s to %s", dtype, rows, columns, from, to)
                  .isEqualTo(Arrays.copyOfRange(expected, from, to));
            }
          }
          assertThat(read(transposed.transposed("t"))).isEqualTo(read(matrix));
        }
      }
    }
  }

  private static byte[] turned(byte[] bytes, int rows, int columns, int width) {
    byte[] turned = new byte[bytes.length];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        for (int i = 0; i < width; i++) {
          turned[(column * rows + row) * width + i] = bytes[(row * columns + column) * width + i];
        }
      }
    }
    return turned;
  }

  @Test
  void onlyMatricesOfWholeBytesAreTransposed() {
    assertThat(counting(DType.F16, 2, 3).isTransposable()).isTrue();
    assertThat(counting(DType.F16, 0, 3).isTransposable()).isTrue();
    assertThat(counting(DType.F16, 6).isTransposable()).isFalse();
    assertThat(counting(DType.F4, 2, 2).isTransposable()).isFalse();
    assertThatThrownBy(() -> counting(DType.F16, 6).transposed("t2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("is not a matrix of whole bytes");
  }
}
