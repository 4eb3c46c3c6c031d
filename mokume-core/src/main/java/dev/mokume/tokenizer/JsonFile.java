package dev.mokume.tokenizer;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.error.Reason;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonEncoding;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A file of a model's folder that holds one JSON object, of bounded size and depth.
record JsonFile(Path path) {
  /// Gemma's `tokenizer.json`, the largest known, has 35 MB.
  private static final long MAX_BYTES = 256L << 20;

  private static final int LONGEST_TEXT = 16 << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxNameLength(1 << 20)
                          .maxStringLength(LONGEST_TEXT)
                          .maxDocumentLength(MAX_BYTES)
                          .build())
                  // A vocabulary's tokens differ from each other: a table would only take memory.
                  .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
                  .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                  .build())
          // Parts are read out of the stream, which goes on behind them.
          .disable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /// Two spaces a level, as the libraries write them.
  private static final ObjectWriter PRETTY = MAPPER.writer().with(prettyPrinter());

  private static DefaultPrettyPrinter prettyPrinter() {
    DefaultIndenter indenter = DefaultIndenter.SYSTEM_LINEFEED_INSTANCE.withLinefeed("\n");
    return new DefaultPrettyPrinter(
            Separators.createDefaultInstance().withObjectNameValueSpacing(Separators.Spacing.AFTER))
        .withArrayIndenter(indenter)
        .withObjectIndenter(indenter);
  }

  /// Reads the object's members, its opening brace behind it.
  @FunctionalInterface
  interface Members<T> {
    T read(JsonParser parser);
  }

  /// Writes the object.
  @FunctionalInterface
  interface Body {
    void write(JsonGenerator json);
  }

  static JsonFile in(Path folder, String name) {
    return new JsonFile(folder.resolve(name));
  }

  boolean exists() {
    return Files.isRegularFile(path);
  }

  /// @throws MokumeException `MALFORMED_CHECKPOINT` if it is not one JSON object
  <T> T read(Members<T> members) {
    try {
      if (Files.size(path) > MAX_BYTES) {
        throw malformed("is larger than any file of its kind");
      }
      try (InputStream in = Files.newInputStream(path);
          JsonParser parser = MAPPER.createParser(in)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw malformed("is no JSON object");
        }
        T result = members.read(parser);
        if (parser.nextToken() != null) {
          throw malformed("goes on after the end of its JSON object");
        }
        return result;
      }
    } catch (JacksonException e) {
      throw malformed(
          "is not sound JSON ("
              + Quoted.printable(e.getOriginalMessage())
              + "); copy it from the model again");
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  ObjectNode tree() {
    return read(parser -> {
      ObjectNode object = MAPPER.createObjectNode();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        object.set(name, value(parser));
      }
      return object;
    });
  }

  /// The object, if there is such a file.
  Optional<ObjectNode> ifThere() {
    return exists() ? Optional.of(tree()) : Optional.empty();
  }

  /// The value that the parser stands on.
  static JsonNode value(JsonParser parser) {
    return MAPPER.readTree(parser);
  }

  /// Writes the file in full before it gets its name.
  void write(Body body) {
    writing(
        path,
        out -> {
          try (JsonGenerator json = PRETTY.createGenerator(out, JsonEncoding.UTF8)) {
            body.write(json);
            json.writeRaw("\n");
          }
        });
  }

  void write(ObjectNode object) {
    write(json -> writeValue(json, object));
  }

  static void writeValue(JsonGenerator json, JsonNode value) {
    MAPPER.writeTree(json, value);
  }

  MokumeException malformed(String what) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, path + ": " + what + ".");
  }

  static MokumeException unreadable(Path path, IOException e) {
    return new MokumeException(
        ErrorCode.UNREADABLE_INPUT, path + ": cannot be read (" + Reason.of(e) + ").", e);
  }

  /// Writes a file.
  @FunctionalInterface
  interface Writing {
    void to(OutputStream out) throws IOException;
  }

  /// Writes beside the file, which then takes its name.
  static void writing(Path file, Writing writing) {
    Path part = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
        writing.to(out);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT, file + ": cannot be written (" + Reason.of(e) + ").", e);
    } finally {
      discard(part);
    }
  }

  /// What a failure left; without one there is nothing of that name any more.
  private static void discard(Path part) {
    try {
      Files.deleteIfExists(part);
    } catch (IOException e) {
      System.getLogger(JsonFile.class.getName())
          .log(System.Logger.Level.WARNING, "{0} could not be deleted: {1}", part, e);
    }
  }
}
