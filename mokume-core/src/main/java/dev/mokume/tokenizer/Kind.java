package dev.mokume.tokenizer;

import java.util.Arrays;
import java.util.Optional;

/// How a tokenizer cuts words into tokens.
enum Kind {
  /// By joining neighbours, in the order of its merges.
  BPE("BPE"),
  /// By the likeliest sequence of pieces, each of which has a score.
  UNIGRAM("Unigram"),
  /// By the longest token, again and again; what continues a word begins with a prefix.
  WORD_PIECE("WordPiece"),
  /// Not at all.
  WORD_LEVEL("WordLevel");

  private final String label;

  Kind(String label) {
    this.label = label;
  }

  /// As `tokenizer.json` calls it.
  static Optional<Kind> of(String label) {
    return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
  }

  @Override
  public String toString() {
    return label;
  }
}
