package dev.mokume.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;

/// The dimensions of a tensor, outermost first; none for a 0-d tensor, which holds one element.
public final class Shape {
  private final long[] dimensions;
  private final long elementCount;

  private Shape(long[] dimensions) {
    this.dimensions = dimensions;
    long count = 1;
    for (long dimension : dimensions) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "a dimension is negative: " + Arrays.toString(dimensions));
      }
      count = Math.multiplyExact(count, dimension);
    }
    this.elementCount = count;
  }

  /// @throws ArithmeticException if the number of elements does not fit a `long`
  /// @throws IllegalArgumentException if a dimension is negative
  public static Shape of(long... dimensions) {
    return new Shape(dimensions.clone());
  }

  public int rank() {
    return dimensions.length;
  }

  public long dimension(int index) {
    return dimensions[index];
  }

  public long elementCount() {
    return elementCount;
  }

  public long[] toArray() {
    return dimensions.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dimensions, shape.dimensions);
  }

  /// Dimensions are multiples of large powers of two: without the factor, whose upper bits a
  /// `HashMap` looks at too, shapes would share a few of its buckets.
  @Override
  public int hashCode() {
    return Arrays.hashCode(dimensions) * 0x9e3779b9;
  }

  /// As in `[320, 4, 3, 3]`.
  @Override
  public String toString() {
    return Arrays.stream(dimensions)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
