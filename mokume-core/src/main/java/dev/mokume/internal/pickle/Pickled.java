package dev.mokume.internal.pickle;

import java.math.BigInteger;
import java.util.List;

/// What a pickle describes, as a description: nothing of it is ever loaded, made or called.
///
/// The values that can be filled after they were made ([Sequence], [Dictionary], [Call]) may hold
/// themselves, so none of them is compared or printed by its content.
sealed interface Pickled permits Pickled.Plain, Dictionary, Sequence, Call {
  /// A value without parts.
  sealed interface Plain extends Pickled {}

  /// A value of which only so much matters.
  enum Constant implements Plain {
    NONE,
    TRUE,
    FALSE,
    /// A float, or a text that is longer than any name.
    OTHER
  }

  /// A whole number.
  record Whole(BigInteger value) implements Plain {
    /// @return -1 for one that is negative or does not fit
    long size() {
      return value.signum() >= 0 && value.bitLength() < Long.SIZE ? value.longValue() : -1;
    }
  }

  /// A text, or bytes of Python 2, which has one type for both.
  record Text(String value) implements Plain {}

  /// Bytes, left where they lie in the source.
  record Bytes(long offset, long length) implements Plain {}

  /// A name that Python would import.
  record Global(String module, String member) implements Plain {
    String name() {
      return module + "." + member;
    }
  }

  /// Something outside of the pickle: for a checkpoint, a storage.
  record Persistent(Pickled id) implements Plain {}

  /// @return the items of a sequence, an empty list for anything else
  default List<Pickled> items() {
    return this instanceof Sequence sequence ? sequence.values() : List.of();
  }
}
