package dev.mokume.workflow;

import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The JSON of a workflow as ComfyUI's own reader takes it: bare `NaN` and `Infinity` are numbers,
/// and of two values with one name the last counts.
final class WorkflowJson {
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(Limits.DEEPEST_JSON)
                          .maxTokenCount(Limits.MOST_TOKENS)
                          .maxStringLength(Limits.LONGEST_JSON)
                          .maxNameLength(65_536)
                          .maxNumberLength(400)
                          .build())
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .build())
          // What follows is told in our own words.
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private WorkflowJson() {}

  /// @param part what the text is, at the start of a sentence: `the PNG's chunk 'prompt'`
  static JsonNode parse(String file, String part, byte[] utf8) {
    if (utf8.length >= 2 && (utf8[0] == 0 || utf8[1] == 0 || (utf8[0] & 0xFE) == 0xFE)) {
      throw Malformed.workflow(
          file, part + " looks like text in UTF-16, but UTF-8 was wanted; save it again as UTF-8.");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw Malformed.workflow(
          file, part + " is not text in UTF-8; if it is a workflow, save it again as UTF-8.");
    }
    return parse(file, part, text);
  }

  static JsonNode parse(String file, String part, String text) {
    if (text.length() > Limits.LONGEST_JSON) {
      throw Malformed.workflow(
          file,
          part
              + " has more than "
              + Amount.bytes(Limits.LONGEST_JSON)
              + ", the most that Mokume reads as a workflow.");
    }
    String json = !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
    if (json.isBlank()) {
      throw Malformed.workflow(file, part + " is empty, but a workflow in JSON was wanted.");
    }
    try (JsonParser parser = MAPPER.createParser(json)) {
      try {
        JsonNode tree = MAPPER.readTree(parser);
        if (parser.nextToken() != null) {
          throw Malformed.workflow(
              file,
              part + " goes on after the end of its JSON," + place(parser) + ": it is damaged.");
        }
        return tree;
      } catch (JacksonException e) {
        throw Malformed.workflow(file, part + problem(e, place(parser)));
      }
    }
  }

  private static String problem(JacksonException e, String place) {
    if (e instanceof StreamConstraintsException) {
      return " goes beyond what a workflow needs,"
          + place
          + ": at most "
          + Amount.count(Limits.DEEPEST_JSON)
          + " objects and lists inside each other and "
          + Amount.count(Limits.MOST_TOKENS)
          + " names and values are read.";
    }
    // The parser has an exception of its own only for some of the places where a text may end.
    if (e.getOriginalMessage().startsWith("Unexpected end-of-input")) {
      return " ends in the middle of its JSON," + place + ": it is cut off.";
    }
    return " is not JSON," + place + ": " + reason(e) + ".";
  }

  private static String place(JsonParser parser) {
    var location = parser.currentLocation();
    return " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  /// The parser's words without the list of what it would have taken.
  private static String reason(JacksonException e) {
    String message = e.getOriginalMessage();
    int expected = message.indexOf(": was expecting");
    String found = expected < 0 ? message : message.substring(0, expected);
    return Quoted.printable(found.length() <= 200 ? found : found.substring(0, 200) + "...");
  }
}
