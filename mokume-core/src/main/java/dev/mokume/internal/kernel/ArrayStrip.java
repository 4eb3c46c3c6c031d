package dev.mokume.internal.kernel;

import java.lang.foreign.MemorySegment;

/// The segments of a strip's arrays.
abstract class ArrayStrip implements FusedBlend.Strip {
  private final MemorySegment a;
  private final MemorySegment b;
  private final MemorySegment out;

  ArrayStrip(MemorySegment a, MemorySegment b, MemorySegment out) {
    this.a = a;
    this.b = b;
    this.out = out;
  }

  @Override
  public MemorySegment a() {
    return a;
  }

  @Override
  public MemorySegment b() {
    return b;
  }

  @Override
  public MemorySegment out() {
    return out;
  }
}
