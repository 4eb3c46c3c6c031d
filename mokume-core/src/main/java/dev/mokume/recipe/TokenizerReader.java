package dev.mokume.recipe;

import dev.mokume.internal.yaml.Form;
import dev.mokume.recipe.NamedParts.Kind;
import dev.mokume.tokenizer.TokenRule;
import dev.mokume.tokenizer.TokenSource;
import dev.mokume.tokenizer.TokenizerSource;
import dev.mokume.tokenizer.TokenizerSpec;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/// Reads which vocabulary a recipe's models are seen with, and writes it.
final class TokenizerReader {
  private static final Form FORM = Form.of("tokenizer", "source", "tokens pad_to_multiple_of");
  private static final Form OTHER = Form.of("the tokenizer's source", "of", "");
  private static final Form RULE = Form.of("a token", "", "row force");
  private static final Form ROW = Form.of("a token's row", "of", "token id");

  private static final String BASE = "base";
  private static final String UNION = "union";
  private static final String ZERO = "zero";

  private final Reading reading;

  TokenizerReader(Reading reading) {
    this.reading = reading;
  }

  TokenizerSpec read(Node node) {
    Fields fields = Fields.of(reading, node, FORM);
    OptionalInt multiple =
        fields.has("pad_to_multiple_of")
            ? OptionalInt.of(
                (int) fields.integer("pad_to_multiple_of", 1, 1, TokenizerSpec.MOST_PADDING))
            : OptionalInt.empty();
    return new TokenizerSpec(
        Optional.of(source(fields.get("source"))),
        tokens(fields.get("tokens")),
        multiple,
        Optional.empty());
  }

  private TokenizerSource source(@Nullable Node node) {
    if (node == null) {
      return new TokenizerSource.Base();
    }
    if (node instanceof MappingNode) {
      return new TokenizerSource.OfModel(model(Fields.of(reading, node, OTHER)));
    }
    String text = reading.text(node, "the tokenizer's source");
    if (!text.isEmpty() && !text.equals(BASE) && !text.equals(UNION)) {
      reading.problem(
          node,
          "the tokenizer's source must be base, union, or a model as in {of: a}, but is '"
              + text
              + "'");
    }
    return text.equals(UNION) ? new TokenizerSource.Union() : new TokenizerSource.Base();
  }

  private String model(Fields fields) {
    Node of = fields.get("of");
    String model = fields.text("of", "");
    if (of != null) {
      reading.parts.use(of, "of", model, Kind.MODEL);
    }
    return model;
  }

  private SequencedMap<String, TokenRule> tokens(@Nullable Node node) {
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    if (node != null) {
      Fields.entries(reading, node, "tokens")
          .forEach((token, entry) -> {
            Fields fields = Fields.of(reading, entry.value(), RULE);
            Node row = fields.get("row");
            rules.put(
                token,
                new TokenRule(
                    row == null ? Optional.empty() : Optional.of(row(row)),
                    fields.bool("force", false)));
          });
    }
    return rules;
  }

  private TokenSource row(Node node) {
    if (!(node instanceof MappingNode)) {
      if (!reading.text(node, "a token's row").equals(ZERO)) {
        reading.problem(
            node,
            "a token's row must be zero, or a model's as in {of: a}, {of: a, token: x} or {of: a,"
                + " id: 5}, but is "
                + Reading.describe(node));
      }
      return new TokenSource.Zero();
    }
    Fields fields = Fields.of(reading, node, ROW);
    String model = model(fields);
    if (fields.has("token") && fields.has("id")) {
      reading.problem(node, "a token's row has either a token or an id, but this has both");
    }
    if (fields.has("token")) {
      return new TokenSource.OfToken(model, fields.text("token", ""));
    }
    return fields.has("id")
        ? new TokenSource.OfId(model, (int) fields.integer("id", 0, 0, Integer.MAX_VALUE))
        : new TokenSource.OfModel(model);
  }

  /// As it is read.
  static SequencedMap<String, Object> tree(TokenizerSpec spec) {
    SequencedMap<String, Object> tree = new LinkedHashMap<>();
    spec.source().ifPresent(source -> tree.put("source", tree(source)));
    if (!spec.tokens().isEmpty()) {
      SequencedMap<String, Object> tokens = new LinkedHashMap<>();
      spec.tokens()
          .forEach((token, rule) -> {
            SequencedMap<String, Object> entry = new LinkedHashMap<>();
            rule.source().ifPresent(row -> entry.put("row", tree(row)));
            entry.put("force", rule.force());
            tokens.put(token, entry);
          });
      tree.put("tokens", tokens);
    }
    spec.padToMultipleOf().ifPresent(multiple -> tree.put("pad_to_multiple_of", multiple));
    return tree;
  }

  private static Object tree(TokenizerSource source) {
    return switch (source) {
      case TokenizerSource.Base() -> BASE;
      case TokenizerSource.Union() -> UNION;
      case TokenizerSource.OfModel(String model) -> row(model);
    };
  }

  private static Object tree(TokenSource source) {
    return switch (source) {
      case TokenSource.Zero() -> ZERO;
      case TokenSource.OfModel(String model) -> row(model);
      case TokenSource.OfToken(String model, String token) -> {
        SequencedMap<String, Object> row = row(model);
        row.put("token", token);
        yield row;
      }
      case TokenSource.OfId(String model, int id) -> {
        SequencedMap<String, Object> row = row(model);
        row.put("id", id);
        yield row;
      }
    };
  }

  private static SequencedMap<String, Object> row(String model) {
    SequencedMap<String, Object> row = new LinkedHashMap<>();
    row.put("of", model);
    return row;
  }
}
