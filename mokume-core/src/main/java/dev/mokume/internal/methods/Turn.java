package dev.mokume.internal.methods;

/// A rotation of rows that can be done in part, or backwards.
interface Turn {
  /// @param part from 0 to 1, or -1 for the way back
  Rows by(double part);

  interface Rows {
    double[] apply(double[] row);
  }
}
