package dev.mokume.checkpoint;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A stretch of a file that is put together in memory, in any order and by several threads. All but
/// the copying itself is under the lock of its [DirectWriter].
final class Extent {
  /// Bytes `[from, to)` of an extent.
  record Piece(long from, long to) {}

  private final int number;
  private final MemorySegment memory;
  private final long length;

  /// What has been filled, in order, with gaps between.
  private final List<Piece> filled = new ArrayList<>();

  /// Threads that are copying into it.
  private int users;

  /// @param number counted from the start of the file
  /// @param memory from the [ExtentPool]
  /// @param length what the file has of it
  Extent(int number, MemorySegment memory, long length) {
    this.number = number;
    this.memory = memory;
    this.length = length;
  }

  int number() {
    return number;
  }

  /// Where it begins in the file.
  long offset() {
    return (long) number * DirectWriter.EXTENT;
  }

  MemorySegment memory() {
    return memory;
  }

  MemorySegment bytes() {
    return memory.asSlice(0, length);
  }

  void enter() {
    users++;
  }

  void leave() {
    users--;
  }

  void fill(Piece piece) {
    int place = 0;
    while (place < filled.size() && filled.get(place).to() < piece.from()) {
      place++;
    }
    long from = piece.from();
    long to = piece.to();
    while (place < filled.size() && filled.get(place).from() <= to) {
      Piece met = filled.remove(place);
      from = Math.min(from, met.from());
      to = Math.max(to, met.to());
    }
    filled.add(place, new Piece(from, to));
  }

  boolean isAtRest() {
    return users == 0;
  }

  boolean isFull() {
    return filled.size() == 1 && filled.getFirst().equals(new Piece(0, length));
  }

  List<Piece> filled() {
    return filled;
  }
}
