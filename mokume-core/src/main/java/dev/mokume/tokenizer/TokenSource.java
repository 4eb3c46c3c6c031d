package dev.mokume.tokenizer;

import java.util.function.UnaryOperator;

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

  /// The same with other names for the models.
  default TokenSource renamed(UnaryOperator<String> names) {
    return switch (this) {
      case Zero _ -> this;
      case OfModel(String model) -> new OfModel(names.apply(model));
      case OfToken(String model, String token) -> new OfToken(names.apply(model), token);
      case OfId(String model, int id) -> new OfId(names.apply(model), id);
    };
  }
}
