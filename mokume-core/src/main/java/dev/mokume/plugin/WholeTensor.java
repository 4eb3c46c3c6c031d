package dev.mokume.plugin;

import dev.mokume.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A tensor in memory: f32 numbers, row by row, the last dimension fastest.
public final class WholeTensor {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Shape shape;
  private final MemorySegment values;

  private WholeTensor(Shape shape, MemorySegment values) {
    long bytes = Math.multiplyExact(shape.elementCount(), Float.BYTES);
    if (values.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "%s takes %s bytes, but there are %s".formatted(shape, bytes, values.byteSize()));
    }
    this.shape = shape;
    this.values = values;
  }

  /// A view of memory: four bytes an element, in the machine's order.
  public static WholeTensor of(Shape shape, MemorySegment values) {
    return new WholeTensor(shape, values);
  }

  /// A view of an array.
  public static WholeTensor of(Shape shape, float... values) {
    return new WholeTensor(shape, MemorySegment.ofArray(values));
  }

  public Shape shape() {
    return shape;
  }

  public long count() {
    return shape.elementCount();
  }

  public float get(long element) {
    return values.getAtIndex(FLOAT, element);
  }

  public void set(long element, float value) {
    values.setAtIndex(FLOAT, element, value);
  }

  /// Copies `count` elements from `first` on into `into`, from its index `at` on.
  public void read(long first, float[] into, int at, int count) {
    MemorySegment.copy(values, FLOAT, first * Float.BYTES, into, at, count);
  }

  /// Copies `count` numbers of `from`, from its index `at` on, to the elements from `first` on.
  public void write(long first, float[] from, int at, int count) {
    MemorySegment.copy(from, at, values, FLOAT, first * Float.BYTES, count);
  }

  /// Takes over all elements of another tensor of as many.
  public void copyFrom(WholeTensor other) {
    values.copyFrom(other.values);
  }
}
