package dev.mokume.internal.methods;

/// Goes through tensors in stretches of whole rows; the same rows each time.
interface RowPass {
  void each(Visitor visitor);

  interface Visitor {
    /// @param first the number of the stretch's first element
    /// @param rows the same stretch of each tensor
    /// @param length elements of it
    void visit(long first, float[][] rows, int length);
  }
}
