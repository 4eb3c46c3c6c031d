package dev.mokume.architecture;

/// What a tensor becomes in another way of naming and laying out a model's tensors, or a part of
/// that: the rows `taken` of the tensor, after `change`, are the rows `place` of the other one.
///
/// @param localName of the tensor that it becomes or that it is a part of, as in [TensorPlace]
/// @param taken [Rows#ALL] unless the tensor becomes several
/// @param place [Rows#ALL] unless several become that tensor
public record Piece(String localName, Rows taken, Rows place, Change change) {
  public enum Change {
    NONE,
    /// A matrix, rows for columns.
    TRANSPOSED,
    /// The second half of the rows before the first: what shifts and what scales.
    HALVES_SWAPPED,
    /// A convolution of one element, as the matrix that it is.
    MATRIX,
    /// A matrix, as a convolution of one element over a picture.
    CONVOLUTION;

    Change inverse() {
      return switch (this) {
        case NONE, TRANSPOSED, HALVES_SWAPPED -> this;
        case MATRIX -> CONVOLUTION;
        case CONVOLUTION -> MATRIX;
      };
    }
  }

  /// All of the tensor, as it is.
  static Piece whole(String localName) {
    return new Piece(localName, Rows.ALL, Rows.ALL, Change.NONE);
  }

  /// Whether it is all of the tensor, as it is, under another name.
  public boolean isWhole() {
    return taken.isAll() && place.isAll() && change == Change.NONE;
  }

  Piece named(String localName) {
    return new Piece(localName, taken, place, change);
  }
}
