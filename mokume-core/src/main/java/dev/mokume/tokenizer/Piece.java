package dev.mokume.tokenizer;

import java.util.AbstractList;
import java.util.List;

/// An entry of a vocabulary in which an id is a place in a list.
///
/// @param score the logarithm of its probability; for BPE, less the later it is merged
/// @param added whether it is looked for before the text is cut up
record Piece(String token, double score, boolean added) {
  /// Every id's piece, made when it is asked for. An id that nobody has is a token that no text
  /// becomes.
  static List<Piece> inOrder(Tokenizer tokenizer) {
    String[] tokens = new String[tokenizer.end()];
    tokenizer
        .ids()
        .forEach((token, id) -> {
          if (tokens[id] == null) {
            tokens[id] = token;
          }
        });
    double least =
        tokenizer.scores().values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
    return new AbstractList<>() {
      @Override
      public Piece get(int id) {
        String token = tokens[id];
        return token == null
            ? new Piece("<unused_" + id + ">", least - 1, true)
            : new Piece(
                token,
                tokenizer.scores().getOrDefault(token, 0.0),
                tokenizer.added().containsKey(token));
      }

      @Override
      public int size() {
        return tokens.length;
      }
    };
  }
}
