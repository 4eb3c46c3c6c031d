package dev.mokume.lora;

import dev.mokume.architecture.Piece;
import dev.mokume.architecture.Rows;
import dev.mokume.checkpoint.StoredTensor;
import java.util.Optional;

/// What of a change of a whole parameter happens to a tensor that is a part of it, or that it is a
/// part of.
///
/// @param change of the tensor's rows
/// @param reason why it cannot be told, as a clause; then `change` is that of the parameter
record ChangePart(Change change, Optional<String> reason) {
  static ChangePart of(Change change, Piece piece) {
    return switch (piece.change()) {
      case NONE, MATRIX, CONVOLUTION -> cut(change, piece.place());
      case TRANSPOSED ->
          change instanceof Change.LowRank(var up, var down, var mid, var scale, var transposed)
                  && mid.isEmpty()
                  && piece.place().isAll()
              ? known(new Change.LowRank(up, down, mid, scale, !transposed))
              : unknown(change, "the checkpoint stores what it changes with rows for columns");
      case HALVES_SWAPPED ->
          unknown(change, "the checkpoint stores what it changes in another order");
    };
  }

  private static ChangePart cut(Change change, Rows rows) {
    if (rows.isAll()) {
      return known(change);
    }
    Optional<Change> part =
        switch (change) {
          case Change.LowRank(var up, var down, var mid, var scale, var transposed) ->
              transposed
                  ? Optional.empty()
                  : rows(up, rows).map(cut -> new Change.LowRank(cut, down, mid, scale, false));
          case Change.Hadamard(var first, var second, var scale) ->
              factored(first, rows)
                  .flatMap(a -> factored(second, rows).map(b -> new Change.Hadamard(a, b, scale)));
          case Change.Decomposed(var inner, var magnitude, var ofRows) ->
              cut(inner, rows)
                  .cutOf(inner)
                  .flatMap(cut ->
                      rows(magnitude, rows)
                          .map(lengths -> new Change.Decomposed(cut, lengths, ofRows)));
          case Change.Difference(var difference) ->
              rows(difference, rows).map(Change.Difference::new);
          case Change.Replacement(var value) -> rows(value, rows).map(Change.Replacement::new);
          case Change.Kronecker _, Change.Generalised _, Change.Rotation _ -> Optional.empty();
        };
    return part.map(ChangePart::known)
        .orElseGet(() ->
            unknown(
                change,
                "the checkpoint stores what it changes in parts, for which it cannot be cut"));
  }

  private Optional<Change> cutOf(Change whole) {
    return reason.isEmpty() && !change.equals(whole) ? Optional.of(change) : Optional.empty();
  }

  private static Optional<Change.Factored> factored(Change.Factored matrix, Rows rows) {
    return matrix.core().isPresent()
        ? Optional.empty()
        : rows(matrix.left(), rows)
            .map(left -> new Change.Factored(left, matrix.right(), matrix.core()));
  }

  private static Optional<StoredTensor> rows(StoredTensor tensor, Rows rows) {
    return tensor.isDivisibleBy(rows.parts())
        ? Optional.of(tensor.rows(tensor.name(), rows.first(), rows.count(), rows.parts()))
        : Optional.empty();
  }

  private static ChangePart known(Change change) {
    return new ChangePart(change, Optional.empty());
  }

  private static ChangePart unknown(Change change, String reason) {
    return new ChangePart(change, Optional.of(reason));
  }
}
