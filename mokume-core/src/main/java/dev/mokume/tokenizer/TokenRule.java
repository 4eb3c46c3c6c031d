package dev.mokume.tokenizer;

import java.util.Optional;

/// What is asked of one token. It is added to the vocabulary if nobody has it.
///
/// @param source of its row in models that have none; nothing for what [TokenizerMerge] does by
///   itself
/// @param force whether models that have a row of their own take it from there too
public record TokenRule(Optional<TokenSource> source, boolean force) {
  /// The token is there, and nothing else is asked.
  public static final TokenRule PRESENT = new TokenRule(Optional.empty(), false);
}
