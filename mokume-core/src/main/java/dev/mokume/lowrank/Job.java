package dev.mokume.lowrank;

import java.lang.foreign.MemorySegment;

/// A piece of work that one thread does in native memory of its own.
interface Job {
  /// The tensor that it is about, as a person knows it.
  String tensor();

  /// How much work it is, against others.
  long size();

  /// Bytes without which it cannot be done.
  long leastMemory();

  /// Bytes beyond which more do not help.
  long mostMemory();

  /// @param memory of at least [#leastMemory], with anything in it
  /// @throws dev.mokume.error.MokumeException `NON_FINITE_WEIGHTS` is told together with those of
  ///   other jobs; anything else ends all
  void run(MemorySegment memory);
}
