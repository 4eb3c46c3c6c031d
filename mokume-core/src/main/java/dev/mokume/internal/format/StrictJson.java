package dev.mokume.internal.format;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.core.json.JsonFactory;

/// One JSON object in a range of a source, or several, read as a stream of tokens: strict UTF-8,
/// bounded depth and lengths, nothing behind them. Failures name the place.
public final class StrictJson implements AutoCloseable {
  /// A safetensors header needs 3; an index's free part has been seen to nest a little.
  private static final int DEEPEST = 32;

  private static final int LONGEST_NAME = 65_536;

  /// The longest header that the reference implementation of safetensors reads.
  private static final int LONGEST = 100_000_000;

  /// Where the parser's message names the parser's own settings.
  private static final Pattern CONSTRAINT = Pattern.compile(", from `StreamReadConstraints[^`]*`");

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEEPEST)
                  .maxNameLength(LONGEST_NAME)
                  .maxStringLength(LONGEST)
                  .maxNumberLength(100)
                  .build())
          // Names of tensors differ from each other: a table of them would only take memory.
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
          .build();

  private final String file;
  private final String part;
  private final JsonParser parser;

  /// @param part what the range is, for messages: `the header`
  public StrictJson(ByteSource source, long offset, long length, String part) {
    this.file = source.name();
    this.part = part;
    var decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    var reader = new InputStreamReader(new SourceStream(source, offset, length), decoder);
    this.parser = FACTORY.createParser(ObjectReadContext.empty(), reader);
  }

  /// The body of a parse; [JacksonException]s that it throws become Mokume's.
  @FunctionalInterface
  public interface Body<T> {
    T parse(JsonParser parser);
  }

  /// Parses the object, whose first token was not read yet, and makes sure that nothing follows it.
  public <T> T object(Body<T> body) {
    return strictly(() -> {
      T result = one(parser.nextToken(), body);
      if (parser.nextToken() != null) {
        throw Findings.malformed(
            file,
            part
                + " goes on after the end of its JSON object, at character "
                + place()
                + ": the file is damaged.");
      }
      return result;
    });
  }

  /// Parses as many objects as there are, one behind the other.
  public void objects(Consumer<JsonParser> body) {
    strictly(() -> {
      for (JsonToken next = parser.nextToken(); next != null; next = parser.nextToken()) {
        one(
            next,
            object -> {
              body.accept(object);
              return true;
            });
      }
      return true;
    });
  }

  private <T> T one(@Nullable JsonToken first, Body<T> body) {
    if (first != JsonToken.START_OBJECT) {
      throw Findings.malformed(
          file,
          part + " holds " + kind(first) + ", but a JSON object was wanted: the file is damaged.");
    }
    return body.parse(parser);
  }

  private <T> T strictly(Supplier<T> parsing) {
    try {
      return parsing.get();
    } catch (StreamConstraintsException e) {
      throw Findings.malformed(
          file,
          part + " goes beyond what is allowed at character " + place() + ": " + reason(e) + ".");
    } catch (JacksonException e) {
      throw notJson(e);
    }
  }

  private MokumeException notJson(JacksonException e) {
    if (e instanceof UnexpectedEndOfInputException) {
      return Findings.malformed(
          file,
          part
              + " ends in the middle of its JSON, at character "
              + place()
              + ": the file is damaged.");
    }
    if (e.getCause() instanceof CharacterCodingException) {
      return Findings.malformed(file, part + " is not text in UTF-8: the file is damaged.");
    }
    return Findings.malformed(
        file,
        part
            + " is not JSON at character "
            + place()
            + ": "
            + reason(e)
            + ". The file is damaged.");
  }

  private long place() {
    return Math.max(0, parser.currentLocation().getCharOffset());
  }

  private static String reason(JacksonException e) {
    return Quoted.printable(CONSTRAINT.matcher(e.getOriginalMessage()).replaceAll(""));
  }

  /// What a value is, for a message.
  public static String kind(@Nullable JsonToken token) {
    return switch (token) {
      case null -> "nothing";
      case START_OBJECT -> "an object";
      case START_ARRAY -> "a list";
      case VALUE_STRING -> "a text";
      case VALUE_NUMBER_INT -> "a number";
      case VALUE_NUMBER_FLOAT -> "a number with a fraction or an exponent";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      case VALUE_NULL -> "null";
      case END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "nothing";
    };
  }

  @Override
  public void close() {
    parser.close();
  }
}
