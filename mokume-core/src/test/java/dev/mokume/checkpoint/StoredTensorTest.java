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

/// Tensors made of stored ones, which read little more than they are asked for.
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

  /// Every stretch of views of every kind, held against one element after the other.
  @Test
  void viewsShowTheElementsOfTheirStrides() {
    for (DType dtype : List.of(DType.U8, DType.F16, DType.F32, DType.F64)) {
      assertView(dtype, 0, new long[] {3, 4}, 4, 1);
      assertView(dtype, 0, new long[] {4, 3}, 1, 4);
      assertView(dtype, 5, new long[] {3, 2}, 4, 1);
      assertView(dtype, 1, new long[] {3, 2}, 7, 3);
      assertView(dtype, 2, new long[] {3, 4}, 0, 1);
      assertView(dtype, 2, new long[] {3, 4}, 1, 0);
      assertView(dtype, 2, new long[] {3}, 0);
      assertView(dtype, 0, new long[] {3, 4}, 1, 1);
      assertView(dtype, 0, new long[] {2, 3, 1, 2}, 1, 4, 99, 2);
      assertView(dtype, 3, new long[] {2, 3, 2}, 2, 4, 1);
      assertView(dtype, 7, new long[] {});
      assertView(dtype, 7, new long[] {1, 1}, 3, 3);
      assertView(dtype, 0, new long[] {0, 5}, 5, 1);
    }
  }

  private static void assertView(DType dtype, long first, long[] shape, long... strides) {
    int width = dtype.bits() / 8;
    StoredTensor storage = counting(dtype, 32);
    byte[] stored = read(storage);
    TensorSpec spec = new TensorSpec("v", dtype, Shape.of(shape));
    StoredTensor view =
        StoredTensor.strided(spec, storage.source(), storage.offset() + first * width, strides);
    assertThat(view.spec()).isEqualTo(spec);
    assertThat(view.length()).isEqualTo(spec.elementCount() * width);
    byte[] expected = new byte[(int) view.length()];
    for (int i = 0; i < spec.elementCount(); i++) {
      long place = first;
      long rest = i;
      for (int axis = shape.length - 1; axis >= 0; axis--) {
        place += rest % shape[axis] * strides[axis];
        rest /= shape[axis];
      }
      System.arraycopy(stored, (int) place * width, expected, i * width, width);
    }
    for (int from = 0; from <= expected.length; from++) {
      for (int to = from; to <= expected.length; to++) {
        byte[] part = read(view, from, to - from);
        if (!Arrays.equals(part, Arrays.copyOfRange(expected, from, to))) {
          assertThat(part)
              .as("%s %s from %s by %s", dtype, spec.shape(), first, Arrays.toString(strides))
              .isEqualTo(Arrays.copyOfRange(expected, from, to));
        }
      }
    }
  }

  @Test
  void aViewOfElementsThatLieInOrderIsNone() {
    StoredTensor storage = counting(DType.F16, 12);
    TensorSpec spec = new TensorSpec("v", DType.F16, Shape.of(2, 1, 3));
    StoredTensor view = StoredTensor.strided(spec, storage.source(), 9, 3, 77, 1);
    assertThat(view.source()).isSameAs(storage.source());
    assertThat(view.offset()).isEqualTo(9);
  }

  /// Columns far apart are fetched one by one, near ones together with what lies between.
  @Test
  void aViewReadsLittleMoreThanItNeeds() {
    byte[] bytes = new byte[4_000_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 >> 3);
    }
    MemorySource source = new MemorySource("memory", bytes);
    TensorSpec spec = new TensorSpec("v", DType.U8, Shape.of(40, 400));
    StoredTensor far = StoredTensor.strided(spec, source, 0, 1, 10_000);
    byte[] read = read(far, 3, 10_000);
    assertThat(source.bytesRead()).isEqualTo(10_000);
    for (int i = 0; i < read.length; i++) {
      int element = i + 3;
      assertThat(read[i]).isEqualTo(bytes[element % 400 * 10_000 + element / 400]);
    }
    StoredTensor near = StoredTensor.strided(spec, source, 0, 1, 40);
    read(near);
    assertThat(source.bytesRead()).isEqualTo(10_000 + 16_000);
  }
}
