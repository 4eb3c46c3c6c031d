package dev.mokume.recipe;

/// Which of a tensor's elements make up a vector, where a method speaks of lengths and angles.
public enum Vectors {
  /// The whole tensor is one vector.
  WHOLE,
  /// What lies along the last dimension: the rows of a matrix.
  ROWS,
  /// What lies along the first dimension: the columns of a matrix.
  COLUMNS;

  /// As users write it.
  public String id() {
    return Reading.id(this);
  }
}
