package dev.mokume.recipe.mergekit;

import dev.mokume.internal.yaml.Form;
import dev.mokume.internal.yaml.YamlFields;
import dev.mokume.internal.yaml.YamlReading;
import dev.mokume.tokenizer.TokenRule;
import dev.mokume.tokenizer.TokenSource;
import dev.mokume.tokenizer.TokenizerSource;
import dev.mokume.tokenizer.TokenizerSpec;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// What a config says of tokenizer and chat template: `tokenizer_source` or `tokenizer`, and
/// `chat_template`. A model is named as [ModelReference#toString] has it, without its adapter.
final class TokenizerSection {
  private static final Form TOKENIZER =
      Form.of("tokenizer", "", "source tokens pad_to_multiple_of");
  private static final Form TOKEN = Form.of("a token", "", "source force");
  private static final Form OF_TOKEN = Form.of("a token's source", "kind model", "token token_id");
  private static final Form ZERO = Form.of("a token's source", "kind", "");

  private static final String BASE = "base";
  private static final String UNION = "union";

  private final YamlReading reading;
  private final BiFunction<Node, String, ModelReference> references;

  /// @param references reads a model, and what it is for a message
  TokenizerSection(YamlReading reading, BiFunction<Node, String, ModelReference> references) {
    this.reading = reading;
    this.references = references;
  }

  /// @param config the whole config's fields
  Optional<TokenizerSpec> read(YamlFields config) {
    Node source = present(config, "tokenizer_source");
    Node tokenizer = present(config, "tokenizer");
    Node template = present(config, "chat_template");
    Optional<String> chatTemplate =
        template == null ? Optional.empty() : Optional.of(reading.text(template, "chat_template"));
    if (source != null && tokenizer != null) {
      reading.problem(
          tokenizer, "the config has both tokenizer_source and tokenizer; leave one of them out");
    }
    if (tokenizer != null) {
      return Optional.of(section(tokenizer, chatTemplate));
    }
    if (source == null && chatTemplate.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new TokenizerSpec(
            source == null ? Optional.empty() : Optional.of(source(source, "tokenizer_source")),
            new LinkedHashMap<>(),
            OptionalInt.empty(),
            chatTemplate));
  }

  private static @Nullable Node present(YamlFields fields, String key) {
    Node node = fields.get(key);
    return node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL) ? null : node;
  }

  private TokenizerSpec section(Node node, Optional<String> chatTemplate) {
    YamlFields fields = new YamlFields(reading, node, TOKENIZER);
    Node source = present(fields, "source");
    Node multiple = present(fields, "pad_to_multiple_of");
    return new TokenizerSpec(
        Optional.of(source == null ? new TokenizerSource.Union() : source(source, "source")),
        tokens(present(fields, "tokens")),
        multiple == null
            ? OptionalInt.empty()
            : OptionalInt.of(
                (int)
                    reading.integer(multiple, "pad_to_multiple_of", 1, TokenizerSpec.MOST_PADDING)),
        chatTemplate);
  }

  private TokenizerSource source(Node node, String what) {
    if (node instanceof ScalarNode scalar) {
      switch (scalar.getValue()) {
        case BASE -> {
          return new TokenizerSource.Base();
        }
        case UNION -> {
          return new TokenizerSource.Union();
        }
        default -> {
          // A model.
        }
      }
    }
    return new TokenizerSource.OfModel(model(node, what));
  }

  private String model(Node node, String what) {
    return references.apply(node, what).alone().toString();
  }

  private SequencedMap<String, TokenRule> tokens(@Nullable Node node) {
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    if (node != null) {
      YamlFields.entries(reading, node, "tokens")
          .forEach((token, entry) -> {
            YamlFields fields = new YamlFields(reading, entry.value(), TOKEN);
            Node source = present(fields, "source");
            rules.put(
                token,
                new TokenRule(
                    source == null ? Optional.empty() : Optional.of(row(source)),
                    fields.bool("force", false)));
          });
    }
    return rules;
  }

  private TokenSource row(Node node) {
    if (!(node instanceof MappingNode)) {
      return new TokenSource.OfModel(model(node, "source"));
    }
    SequencedMap<String, YamlFields.Entry> entries =
        YamlFields.entries(reading, node, "a token's source");
    YamlFields.Entry kind = entries.get("kind");
    if (kind == null) {
      return new TokenSource.OfModel(model(node, "source"));
    }
    return switch (reading.text(kind.value(), "kind")) {
      case "zero" -> {
        new YamlFields(reading, node, ZERO);
        yield new TokenSource.Zero();
      }
      case "model_token" -> token(node);
      default -> {
        reading.problem(
            kind.value(),
            "kind must be zero or model_token, but is " + YamlReading.describe(kind.value()));
        yield new TokenSource.Zero();
      }
    };
  }

  private TokenSource token(Node node) {
    YamlFields fields = new YamlFields(reading, node, OF_TOKEN);
    Node of = fields.get("model");
    String model = of == null ? "" : model(of, "model");
    Node token = present(fields, "token");
    Node id = present(fields, "token_id");
    if ((token == null) == (id == null)) {
      reading.problem(
          node,
          "a token's source needs either token or token_id, but has "
              + (token == null ? "neither" : "both"));
      return new TokenSource.Zero();
    }
    return token != null
        ? new TokenSource.OfToken(model, reading.text(token, "token"))
        : new TokenSource.OfId(model, (int) reading.integer(id, "token_id", 0, Integer.MAX_VALUE));
  }
}
