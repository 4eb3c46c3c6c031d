package dev.mokume.tokenizer;

import java.util.BitSet;
import java.util.List;

/// Where each row of a merged vocabulary comes from, in each model.
///
/// A model's own row comes first, unless the row is forced; then the row's donor.
///
/// @param models by name; the arrays number them so
/// @param own for each model the row that it has for each new id, -1 if none
/// @param forced new ids whose own rows are not taken
/// @param donor for each new id the number of a model, [#ZERO] or [#MEAN]
/// @param donorRow the donor's row
/// @param size rows with those of the padding, which are behind `donor.length`
record RowOrigins(
    List<String> models, List<int[]> own, BitSet forced, int[] donor, int[] donorRow, int size) {
  /// Zeros.
  static final int ZERO = -1;

  /// The mean of the models that have a row.
  static final int MEAN = -2;

  /// Rows that are not padding.
  int named() {
    return donor.length;
  }

  /// Whether the model's rows are all its own and stay where they are.
  boolean isIdentity(int model) {
    int[] rows = own.get(model);
    for (int id = 0; id < rows.length; id++) {
      if (rows[id] != id || forced.get(id)) {
        return false;
      }
    }
    return size == rows.length;
  }
}
