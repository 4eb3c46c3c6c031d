package dev.mokume.tokenizer;

/// Whose vocabulary a merged model gets.
public sealed interface TokenizerSource {
  /// The base model's.
  record Base() implements TokenizerSource {}

  /// The base model's, and behind it every token of the other models that it lacks.
  record Union() implements TokenizerSource {}

  /// Another model's, by its name in the merge.
  record OfModel(String model) implements TokenizerSource {}
}
