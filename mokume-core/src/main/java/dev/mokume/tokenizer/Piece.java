package dev.mokume.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// An entry of a vocabulary in which an id is a place in a list.
///
/// @param score the logarithm of its probability; for BPE, less the later it is merged
/// @param added whether it is looked for before the text is cut up
record Piece(String token, double score, boolean added) {
  /// Every id's piece. One that nobody has is a token that no text becomes.
  static List<Piece> inOrder(Tokenizer tokenizer) {
    double least =
        tokenizer.scores().values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
    List<Piece> pieces = new ArrayList<>(tokenizer.end());
    for (Map.Entry<String, Integer> entry : tokenizer.ids().entrySet()) {
      while (pieces.size() < entry.getValue()) {
        pieces.add(new Piece("<unused_" + pieces.size() + ">", least - 1, true));
      }
      if (pieces.size() == entry.getValue()) {
        String token = entry.getKey();
        pieces.add(
            new Piece(
                token,
                tokenizer.scores().getOrDefault(token, 0.0),
                tokenizer.added().containsKey(token)));
      }
    }
    return pieces;
  }
}
