package dev.mokume.plugin;

/// A method that needs tensors whole: a sort, a factorisation, a transform.
///
/// The engine holds the inputs and the result in memory, four bytes an element each, and one thread
/// works on a tensor; several tensors are worked on at once as far as memory allows. A tensor that
/// does not fit is refused by name, before anything is written.
public non-sealed interface TensorMethod extends MergeMethod {
  /// The most bytes of the heap that [#apply] takes for arrays of its own, besides inputs and
  /// result. What it says is believed: taking more may end in an `OutOfMemoryError`.
  long heapBytes(Setting setting);

  /// How many streams of random numbers it draws from; they follow from the parameter `seed`.
  default int streams(Setting setting) {
    return 0;
  }

  /// Whether the program that it comes from draws uniform numbers from numpy's default generator:
  /// under the compatibility profile `mecha` it is given the same, stream after stream.
  default boolean drawsAsNumpy() {
    return false;
  }

  /// What takes its place under the compatibility profile `mecha`: the method as the program that
  /// it comes from computes it, in the same order of sums, if that alone decides what comes out.
  default TensorMethod asItsSource() {
    return this;
  }

  /// Fills the result.
  void apply(TensorCall call);
}
