package dev.mokume.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.IntStream;

/// The elements of a tensor that lie apart in another source, in the tensor's own order: those of a
/// transposed matrix, of a slice, or of one row that stands for many.
///
/// A read goes once through the stored elements that it needs, in the order in which they are
/// stored. It fetches neighbours together, and with them what lies between if that is less than
/// another read would cost; of memory it takes at most 256 KiB.
final class StridedSource implements ByteSource {
  private static final int WINDOW = 1 << 18;

  /// So many bytes between two elements are read along sooner than each element by itself.
  private static final int GAP = 1 << 12;

  private final ByteSource storage;
  private final long origin;
  private final int width;

  /// The tensor's dimensions that have more than one index, outermost first; those that lie like
  /// one are one.
  private final Axis[] axes;

  private final long size;

  /// One dimension, or one of a block of elements.
  ///
  /// @param count of indices
  /// @param stride elements from one index to the next in the storage
  /// @param row elements from one index to the next in the tensor
  private record Axis(long count, long stride, long row) {}

  /// @param origin the byte of the first element
  /// @param width bytes an element
  /// @param strides in elements; with the shape they stay within the storage
  StridedSource(ByteSource storage, long origin, int width, long[] shape, long[] strides) {
    this.storage = storage;
    this.origin = origin;
    this.width = width;
    this.axes = axes(shape, strides);
    this.size = Arrays.stream(shape).reduce(width, Math::multiplyExact);
  }

  private static Axis[] axes(long[] shape, long[] strides) {
    Axis[] axes = new Axis[shape.length];
    int first = shape.length;
    long row = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] == 1) {
        continue;
      }
      if (first < axes.length && strides[i] == axes[first].count * axes[first].stride) {
        axes[first] = new Axis(axes[first].count * shape[i], axes[first].stride, axes[first].row);
      } else {
        axes[--first] = new Axis(shape[i], strides[i], row);
      }
      row *= shape[i];
    }
    return Arrays.copyOfRange(axes, first, axes.length);
  }

  /// Whether the elements lie one after the other, so that no view of them is needed.
  static boolean isContiguous(long[] shape, long[] strides) {
    Axis[] axes = axes(shape, strides);
    return axes.length == 0 || axes.length == 1 && axes[0].stride == 1;
  }

  @Override
  public String name() {
    return storage.name();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long offset, MemorySegment into) {
    long length = into.byteSize();
    if (length == 0) {
      return;
    }
    long first = Math.ceilDiv(offset, width);
    long end = (offset + length) / width;
    try (Arena arena = Arena.ofConfined()) {
      Reading reading = new Reading(arena);
      if (first > end) {
        reading.part(end, offset - end * width, into);
        return;
      }
      long head = first * width - offset;
      if (head > 0) {
        reading.part(first - 1, width - head, into.asSlice(0, head));
      }
      MemorySegment whole = into.asSlice(head, (end - first) * width);
      reading.range(0, 0, first, end, whole);
      long tail = length - head - whole.byteSize();
      if (tail > 0) {
        reading.part(end, 0, into.asSlice(length - tail));
      }
    }
  }

  @Override
  public long fetched(long bytes) {
    return storage.fetched(bytes);
  }

  @Override
  public void verifyUnchanged() {
    storage.verifyUnchanged();
  }

  /// Another view of the same elements is equal, so that two outputs are seen to share them.
  @Override
  public boolean equals(Object other) {
    return other instanceof StridedSource view
        && storage.equals(view.storage)
        && origin == view.origin
        && width == view.width
        && Arrays.equals(axes, view.axes);
  }

  @Override
  public int hashCode() {
    return Objects.hash(storage, origin, width, Arrays.hashCode(axes));
  }

  /// The storage is its owner's to close.
  @Override
  public void close() {}

  /// One read, with the memory for it.
  private final class Reading {
    private final Arena arena;
    private MemorySegment window = MemorySegment.NULL;

    Reading(Arena arena) {
      this.arena = arena;
    }

    /// A stretch of one element: `into` is shorter than that.
    void part(long index, long from, MemorySegment into) {
      MemorySegment element = arena.allocate(width);
      range(0, 0, index, index + 1, element);
      MemorySegment.copy(element, from, into, 0, into.byteSize());
    }

    /// The elements `from` to `to` of those under one index of the axis before `axis`.
    ///
    /// @param place of the first of them in the storage
    void range(int axis, long place, long from, long to, MemorySegment into) {
      if (from == to) {
        return;
      }
      if (axis == axes.length) {
        fetch(place, into);
        return;
      }
      long row = axes[axis].row;
      long stride = axes[axis].stride;
      long first = Math.ceilDiv(from, row);
      long end = to / row;
      if (first > end) {
        range(axis + 1, place + end * stride, from - end * row, to - end * row, into);
        return;
      }
      long head = (first * row - from) * width;
      long tail = (to - end * row) * width;
      if (head > 0) {
        MemorySegment part = into.asSlice(0, head);
        range(axis + 1, place + (first - 1) * stride, row - head / width, row, part);
      }
      if (first < end) {
        MemorySegment part = into.asSlice(head, into.byteSize() - head - tail);
        new Block(axis, end - first).gather(0, place + first * stride, 0, part);
      }
      if (tail > 0) {
        MemorySegment part = into.asSlice(into.byteSize() - tail);
        range(axis + 1, place + end * stride, 0, tail / width, part);
      }
    }

    private void fetch(long place, MemorySegment into) {
      storage.read(origin + place * width, into);
    }

    private MemorySegment window() {
      if (window.byteSize() == 0) {
        window = arena.allocate(WINDOW);
      }
      return window;
    }

    /// Whole rows of the tensor, whose axes are walked as they lie in the storage: the one with the
    /// longest stride is outermost.
    private final class Block {
      private final Axis[] sorted;

      /// From each axis on: the elements from the first to the last of them in the storage, and
      /// whether those are worth one read.
      private final long[] span;

      private final boolean[] dense;

      /// `count` indices of `axis`, and all of the axes after it.
      Block(int axis, long count) {
        sorted =
            IntStream.range(axis, axes.length)
                .mapToObj(i -> i == axis ? new Axis(count, axes[i].stride, axes[i].row) : axes[i])
                .sorted(Comparator.comparingLong(Axis::stride).reversed())
                .toArray(Axis[]::new);
        span = new long[sorted.length + 1];
        dense = new boolean[sorted.length + 1];
        span[sorted.length] = 1;
        dense[sorted.length] = true;
        for (int i = sorted.length - 1; i >= 0; i--) {
          span[i] = span[i + 1] + (sorted[i].count - 1) * sorted[i].stride;
          dense[i] = dense[i + 1] && together(i) == sorted[i].count;
        }
      }

      /// How many indices of an axis are read at once, with all that is under them.
      private long together(int i) {
        Axis axis = sorted[i];
        if (axis.stride == 0) {
          return axis.count;
        }
        // Axes further in have shorter strides, so what they span is about what lies between.
        boolean isFar = (axis.stride - span[i + 1]) * width > GAP;
        long fitting = Math.max(0, WINDOW / width - span[i + 1]) / axis.stride + 1;
        return isFar ? 1 : Math.min(axis.count, fitting);
      }

      /// @param place of the first element in the storage
      /// @param there of the first element in `into`
      void gather(int i, long place, long there, MemorySegment into) {
        if (i == sorted.length) {
          fetch(place, into.asSlice(there * width, width));
          return;
        }
        Axis axis = sorted[i];
        long step = dense[i + 1] ? together(i) : 1;
        for (long index = 0; index < axis.count; index += step) {
          long from = place + index * axis.stride;
          long to = there + index * axis.row;
          if (dense[i + 1]) {
            gatherTogether(i, Math.min(step, axis.count - index), from, to, into);
          } else {
            gather(i + 1, from, to, into);
          }
        }
      }

      private void gatherTogether(int i, long count, long place, long there, MemorySegment into) {
        Axis axis = sorted[i];
        if (i == sorted.length - 1 && axis.stride == 1 && axis.row == 1) {
          fetch(place, into.asSlice(there * width, count * width));
          return;
        }
        long stored = span[i + 1] + (count - 1) * axis.stride;
        MemorySegment elements = window().asSlice(0, stored * width);
        fetch(place, elements);
        for (long index = 0; index < count; index++) {
          scatter(i + 1, elements, index * axis.stride, into, there + index * axis.row);
        }
      }

      private void scatter(int i, MemorySegment from, long place, MemorySegment into, long there) {
        if (i == sorted.length) {
          copy(from, place, into, there);
          return;
        }
        Axis axis = sorted[i];
        for (long index = 0; index < axis.count; index++) {
          scatter(i + 1, from, place + index * axis.stride, into, there + index * axis.row);
        }
      }
    }

    private void copy(MemorySegment from, long place, MemorySegment into, long there) {
      switch (width) {
        case 1 -> into.set(ValueLayout.JAVA_BYTE, there, from.get(ValueLayout.JAVA_BYTE, place));
        case 2 ->
            into.setAtIndex(
                ValueLayout.JAVA_SHORT_UNALIGNED,
                there,
                from.getAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, place));
        case 4 ->
            into.setAtIndex(
                ValueLayout.JAVA_INT_UNALIGNED,
                there,
                from.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, place));
        default -> MemorySegment.copy(from, place * width, into, there * width, width);
      }
    }
  }
}
