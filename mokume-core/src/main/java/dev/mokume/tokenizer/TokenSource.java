package dev.mokume.tokenizer;

/// Where the row of one token comes from, in a model that has none of its own.
public sealed interface TokenSource {
  /// The row that the token has in a model.
  record OfModel(String model) implements TokenSource {}

  /// The row of another token.
  record OfToken(String model, String token) implements TokenSource {}

  /// The row of a model's id.
  record OfId(String model, int id) implements TokenSource {}

  /// Zeros.
  record Zero() implements TokenSource {}
}
