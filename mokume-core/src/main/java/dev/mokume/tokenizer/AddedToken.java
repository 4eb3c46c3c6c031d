package dev.mokume.tokenizer;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A token that is looked for in the text before anything cuts it up.
///
/// @param content the text that it stands for
/// @param singleWord whether letters beside it prevent it
/// @param leftStrip whether it swallows white space before it
/// @param rightStrip whether it swallows white space behind it
/// @param normalized whether it is looked for in the normalised text
/// @param special whether decoding may leave it out
public record AddedToken(
    String content,
    boolean singleWord,
    boolean leftStrip,
    boolean rightStrip,
    boolean normalized,
    boolean special) {
  /// What adding a plain text to a tokenizer gives.
  static AddedToken plain(String content) {
    return new AddedToken(content, false, false, false, true, false);
  }

  /// A control token, such as the end of a text.
  static AddedToken special(String content) {
    return new AddedToken(content, false, false, false, false, true);
  }

  /// @param json as `tokenizer.json` and `tokenizer_config.json` have it; what is not said is false
  static AddedToken of(String content, JsonNode json) {
    boolean special = json.path("special").asBoolean(false);
    return new AddedToken(
        content,
        json.path("single_word").asBoolean(false),
        json.path("lstrip").asBoolean(false),
        json.path("rstrip").asBoolean(false),
        json.path("normalized").asBoolean(!special),
        special);
  }

  ObjectNode json() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("content", content);
    json.put("single_word", singleWord);
    json.put("lstrip", leftStrip);
    json.put("rstrip", rightStrip);
    json.put("normalized", normalized);
    json.put("special", special);
    return json;
  }
}
