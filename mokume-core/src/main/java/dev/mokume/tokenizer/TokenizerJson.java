package dev.mokume.tokenizer;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The `tokenizer.json` of Hugging Face's tokenizers library.
///
/// @param tokenizer what it says
/// @param rest the object without added tokens, vocabulary and merges; nulls stand in their places
/// @param pairs whether its merges are lists of two tokens, and not one text each
record TokenizerJson(Tokenizer tokenizer, ObjectNode rest, boolean pairs) {
  static final String FILE = "tokenizer.json";
  private static final String MODEL = "model";
  private static final String VOCAB = "vocab";
  private static final String MERGES = "merges";
  private static final String ADDED = "added_tokens";

  /// Merges are not many more than tokens; Llama 3 has two for one.
  private static final int MOST_MERGES = 4 * TokenTable.MOST;

  static TokenizerJson read(JsonFile file) {
    return file.read(parser -> new Reading(file).members(parser));
  }

  private static final class Reading {
    private final JsonFile file;
    private final TokenTable tokens;
    private final SequencedMap<String, AddedToken> added = new LinkedHashMap<>();
    private final Map<String, Long> addedIds = new LinkedHashMap<>();
    private final List<Merge> merges = new ArrayList<>();
    private final Map<String, Double> scores = new HashMap<>();
    private final ObjectNode rest = JsonNodeFactory.instance.objectNode();
    private boolean pairs;

    Reading(JsonFile file) {
      this.file = file;
      this.tokens = new TokenTable(file.path());
    }

    TokenizerJson members(JsonParser parser) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (name.equals(MODEL) && token == JsonToken.START_OBJECT) {
          rest.set(MODEL, model(parser));
        } else if (name.equals(ADDED) && token == JsonToken.START_ARRAY) {
          rest.putNull(ADDED);
          addedTokens(parser);
        } else {
          rest.set(name, JsonFile.value(parser));
        }
      }
      if (!(rest.path(MODEL) instanceof ObjectNode model)) {
        throw file.malformed("has no model, so it is no tokenizer of the tokenizers library");
      }
      // What is in the vocabulary keeps its id there, whatever the list of added tokens says.
      addedIds.forEach(tokens::put);
      Kind kind = kind(model);
      return new TokenizerJson(
          new Tokenizer(
              kind,
              spelling(kind, rest),
              model.path("continuing_subword_prefix").asString(""),
              tokens.sorted(),
              added,
              merges,
              scores),
          rest,
          pairs);
    }

    private ObjectNode model(JsonParser parser) {
      ObjectNode model = JsonNodeFactory.instance.objectNode();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        JsonToken token = parser.nextToken();
        if (name.equals(VOCAB) && token == JsonToken.START_OBJECT) {
          model.putNull(VOCAB);
          vocabulary(parser);
        } else if (name.equals(VOCAB) && token == JsonToken.START_ARRAY) {
          model.putNull(VOCAB);
          pieces(parser);
        } else if (name.equals(MERGES) && token == JsonToken.START_ARRAY) {
          model.putNull(MERGES);
          merges(parser);
        } else {
          model.set(name, JsonFile.value(parser));
        }
      }
      return model;
    }

    private void vocabulary(JsonParser parser) {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String token = parser.currentName();
        if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
          throw file.malformed("gives token " + Quoted.name(token) + " no whole number for an id");
        }
        tokens.put(token, parser.getLongValue());
      }
    }

    private void pieces(JsonParser parser) {
      long id = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        boolean isPair = parser.currentToken() == JsonToken.START_ARRAY;
        if (!isPair || parser.nextToken() != JsonToken.VALUE_STRING) {
          throw notAPiece(id);
        }
        String token = parser.getString();
        if (!parser.nextToken().isNumeric()) {
          throw notAPiece(id);
        }
        tokens.put(token, id++);
        scores.putIfAbsent(tokens.text(token), parser.getDoubleValue());
        if (parser.nextToken() != JsonToken.END_ARRAY) {
          throw notAPiece(id - 1);
        }
      }
    }

    private MokumeException notAPiece(long id) {
      return file.malformed(
          "has an entry " + id + " of the vocabulary that is not a text and its score");
    }

    private void merges(JsonParser parser) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (merges.size() >= MOST_MERGES) {
          throw file.malformed("has more merges than any vocabulary has use for");
        }
        switch (JsonFile.value(parser)) {
          case JsonNode text when text.isString() -> merges.add(tokens.merge(text.stringValue()));
          case JsonNode pair
              when pair.isArray()
                  && pair.size() == 2
                  && pair.get(0).isString()
                  && pair.get(1).isString() -> {
            pairs = true;
            merges.add(
                new Merge(
                    tokens.text(pair.get(0).stringValue()),
                    tokens.text(pair.get(1).stringValue())));
          }
          default ->
              throw file.malformed("has a merge " + merges.size() + " that is not two tokens");
        }
      }
    }

    private void addedTokens(JsonParser parser) {
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        JsonNode json = JsonFile.value(parser);
        JsonNode content = json.path("content");
        JsonNode id = json.path("id");
        if (!content.isString() || !id.isInt() || added.size() >= TokenTable.MOST) {
          throw file.malformed("has an added token " + added.size() + " without content or id");
        }
        String text = tokens.text(content.stringValue());
        added.putIfAbsent(text, AddedToken.of(text, json));
        addedIds.putIfAbsent(text, id.longValue());
      }
    }

    private Kind kind(ObjectNode model) {
      JsonNode type = model.path("type");
      if (type.isString()) {
        return Kind.of(type.stringValue())
            .orElseThrow(() ->
                new MokumeException(
                    ErrorCode.UNSUPPORTED_CHECKPOINT,
                    file.path()
                        + ": is a tokenizer of type "
                        + Quoted.name(type.stringValue())
                        + ", but Mokume knows BPE, Unigram, WordPiece and WordLevel."));
      }
      // Early files do not name the type.
      if (model.has(MERGES)) {
        return Kind.BPE;
      }
      if (!scores.isEmpty()) {
        return Kind.UNIGRAM;
      }
      return model.has("continuing_subword_prefix") ? Kind.WORD_PIECE : Kind.WORD_LEVEL;
    }
  }

  /// How tokens are spelt, from the steps that turn text into them and back.
  private static String spelling(Kind kind, ObjectNode rest) {
    ObjectNode model = (ObjectNode) rest.path(MODEL);
    String prefix = model.path("continuing_subword_prefix").asString("");
    if (kind == Kind.WORD_PIECE) {
      return "words that continue with " + Quoted.name(prefix.isEmpty() ? "##" : prefix);
    }
    String suffix = model.path("end_of_word_suffix").asString("");
    String start =
        hasStep(rest, "ByteLevel")
            ? Tokenizer.BYTES
            : hasStep(rest, "Metaspace") || rest.path("normalizer").toString().contains("▁")
                ? Tokenizer.SENTENCE_PIECE
                : "plain text";
    return start
        + (suffix.isEmpty() ? "" : ", words that end in " + Quoted.name(suffix))
        + (prefix.isEmpty() ? "" : ", words that continue with " + Quoted.name(prefix));
  }

  private static boolean hasStep(ObjectNode rest, String type) {
    String wanted = "\"type\":\"" + type + "\"";
    return List.of("normalizer", "pre_tokenizer", "decoder").stream()
        .anyMatch(step -> rest.path(step).toString().contains(wanted));
  }

  /// Writes the same tokenizer with other tokens.
  ///
  /// Every id is in the vocabulary, added tokens too: the library numbers added tokens that are not
  /// by the size of the vocabulary, which may not be the ids that they have.
  void write(Path folder, Tokenizer merged) {
    JsonFile.in(folder, FILE)
        .write(json -> {
          json.writeStartObject();
          boolean hasAdded = rest.has(ADDED);
          for (Map.Entry<String, JsonNode> member : rest.properties()) {
            json.writeName(member.getKey());
            switch (member.getKey()) {
              case MODEL -> writeModel(json, (ObjectNode) member.getValue(), merged);
              case ADDED -> writeAdded(json, merged);
              default -> JsonFile.writeValue(json, member.getValue());
            }
          }
          if (!hasAdded && !merged.added().isEmpty()) {
            json.writeName(ADDED);
            writeAdded(json, merged);
          }
          json.writeEndObject();
        });
  }

  private void writeModel(JsonGenerator json, ObjectNode model, Tokenizer merged) {
    json.writeStartObject();
    for (Map.Entry<String, JsonNode> member : model.properties()) {
      json.writeName(member.getKey());
      switch (member.getKey()) {
        case VOCAB -> writeVocabulary(json, merged);
        case MERGES -> writeMerges(json, merged.merges());
        default -> JsonFile.writeValue(json, member.getValue());
      }
    }
    json.writeEndObject();
  }

  private static void writeVocabulary(JsonGenerator json, Tokenizer merged) {
    if (merged.kind() != Kind.UNIGRAM) {
      json.writeStartObject();
      merged.ids().forEach(json::writeNumberProperty);
      json.writeEndObject();
      return;
    }
    json.writeStartArray();
    for (Piece piece : Piece.inOrder(merged)) {
      json.writeStartArray();
      json.writeString(piece.token());
      json.writeNumber(piece.score());
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void writeMerges(JsonGenerator json, List<Merge> merges) {
    json.writeStartArray();
    for (Merge merge : merges) {
      if (pairs) {
        json.writeStartArray();
        json.writeString(merge.left());
        json.writeString(merge.right());
        json.writeEndArray();
      } else {
        json.writeString(merge.left() + " " + merge.right());
      }
    }
    json.writeEndArray();
  }

  private static void writeAdded(JsonGenerator json, Tokenizer merged) {
    json.writeStartArray();
    // The library gives added tokens their ids in the order in which they stand here.
    merged
        .ids()
        .forEach((token, id) -> {
          AddedToken added = merged.added().get(token);
          if (added != null) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            object.put("id", id);
            object.setAll(added.json());
            JsonFile.writeValue(json, object);
          }
        });
    json.writeEndArray();
  }
}
