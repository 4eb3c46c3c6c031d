package dev.mokume.tokenizer;

import java.util.function.UnaryOperator;

/// Whose vocabulary a merged model gets.
public sealed interface TokenizerSource {
  /// The base model's.
  record Base() implements TokenizerSource {}

  /// The base model's, and behind it every token of the other models that it lacks.
  record Union() implements TokenizerSource {}

  /// Another model's, by its name in the merge.
  record OfModel(String model) implements TokenizerSource {}

  /// The same with other names for the models.
  default TokenizerSource renamed(UnaryOperator<String> names) {
    return switch (this) {
      case Base _, Union _ -> this;
      case OfModel(String model) -> new OfModel(names.apply(model));
    };
  }
}
