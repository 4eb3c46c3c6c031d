package dev.mokume.expression;

import java.util.List;

/// Which random numbers a node draws.
public sealed interface Draw {
  /// Mokume's stateless draws: a function of seed, stream, tensor name and element index.
  record Stateless(long seed, String stream, String tensor) implements Draw {}

  /// torch's CPU generator, seeded with `seed`, after the draws of `before`.
  record Torch(long seed, List<Prior> before) implements Draw {
    public Torch {
      before = List.copyOf(before);
    }
  }

  /// numpy's default generator, seeded with `seed`, after so many uniform numbers; only for methods
  /// that take tensors whole.
  record Numpy(long seed, long before) implements Draw {}

  /// Draws that others took from the same generator first.
  record Prior(Kind kind, long count) {}

  enum Kind {
    /// One 32-bit word an element: uniform, Bernoulli, integers.
    WORDS,
    /// Normal deviates, with the cache of the short form.
    NORMAL
  }
}
