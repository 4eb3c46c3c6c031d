package dev.mokume.tokenizer;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/// The tokenizer that a merged model is to have.
///
/// @param source whose vocabulary; nothing for the base model's files as they are, with every row
///   of every model where it is
/// @param tokens rules by token; with a source only
/// @param padToMultipleOf what the number of rows is rounded up to a multiple of; with a source
///   only
/// @param chatTemplate `auto` for the most common one of the models, the name of a built-in one, or
///   a template; nothing for that of the model whose tokenizer it is
public record TokenizerSpec(
    Optional<TokenizerSource> source,
    SequencedMap<String, TokenRule> tokens,
    OptionalInt padToMultipleOf,
    Optional<String> chatTemplate) {
  /// Beyond this a vocabulary would be mostly padding.
  public static final int MOST_PADDING = 1 << 20;

  public TokenizerSpec {
    tokens = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tokens));
    if (source.isEmpty() && (!tokens.isEmpty() || padToMultipleOf.isPresent())) {
      throw new IllegalArgumentException(
          "tokens and padding need a tokenizer source: base, union or a model");
    }
    padToMultipleOf.ifPresent(multiple -> {
      if (multiple < 1 || multiple > MOST_PADDING) {
        throw new IllegalArgumentException(
            "pad_to_multiple_of must be in 1.." + MOST_PADDING + " but was " + multiple);
      }
    });
  }

  /// The base model's files as they are.
  public static TokenizerSpec kept() {
    return new TokenizerSpec(
        Optional.empty(), new LinkedHashMap<>(), OptionalInt.empty(), Optional.empty());
  }

  /// A source, and nothing else asked.
  public static TokenizerSpec of(TokenizerSource source) {
    return new TokenizerSpec(
        Optional.of(source), new LinkedHashMap<>(), OptionalInt.empty(), Optional.empty());
  }

  /// The same with rules for tokens.
  public TokenizerSpec withTokens(SequencedMap<String, TokenRule> rules) {
    return new TokenizerSpec(source, rules, padToMultipleOf, chatTemplate);
  }

  /// The same, padded.
  public TokenizerSpec paddedTo(int multiple) {
    return new TokenizerSpec(source, tokens, OptionalInt.of(multiple), chatTemplate);
  }

  /// The same with other names for the models.
  public TokenizerSpec renamed(UnaryOperator<String> names) {
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    tokens.forEach((token, rule) ->
        rules.put(
            token, new TokenRule(rule.source().map(row -> row.renamed(names)), rule.force())));
    return new TokenizerSpec(
        source.map(whose -> whose.renamed(names)), rules, padToMultipleOf, chatTemplate);
  }

  /// The same with a chat template.
  public TokenizerSpec withChatTemplate(String template) {
    return new TokenizerSpec(source, tokens, padToMultipleOf, Optional.of(template));
  }
}
