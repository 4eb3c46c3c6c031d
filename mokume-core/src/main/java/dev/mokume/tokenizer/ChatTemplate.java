package dev.mokume.tokenizer;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The text of a conversation around its messages, as a Jinja template.
final class ChatTemplate {
  /// The template by itself.
  static final String FILE = "chat_template.jinja";

  /// The template of a model that takes pictures, beside its processor's settings.
  static final String JSON_FILE = "chat_template.json";

  static final String KEY = "chat_template";
  static final String AUTO = "auto";

  private static final long MAX_BYTES = 4L << 20;
  private static final List<String> BUILT_IN =
      List.of("alpaca", "chatml", "llama3", "mistral", "exaone");

  /// A shorter text is more likely a name than a template.
  private static final int SHORTEST = 20;

  private ChatTemplate() {}

  /// The template of a model's folder; nothing if it has none.
  static Optional<String> of(Path folder) {
    Path file = folder.resolve(FILE);
    if (Files.isRegularFile(file)) {
      return Optional.of(text(file));
    }
    Optional<String> inConfig =
        JsonFile.in(folder, TokenizerFolder.CONFIG).ifThere().flatMap(json -> text(json.path(KEY)));
    return inConfig.isPresent()
        ? inConfig
        : JsonFile.in(folder, JSON_FILE).ifThere().flatMap(json -> text(json.path(KEY)));
  }

  /// Either a template, or a list of named ones, of which the default counts.
  private static Optional<String> text(JsonNode template) {
    if (template.isString()) {
      return Optional.of(template.stringValue());
    }
    for (JsonNode named : template.isArray() ? template : List.<JsonNode>of()) {
      if (named.path("name").asString("").equals("default") && named.path("template").isString()) {
        return Optional.of(named.path("template").stringValue());
      }
    }
    return Optional.empty();
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new MokumeException(
            ErrorCode.MALFORMED_CHECKPOINT, file + ": is larger than any file of its kind.");
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new MokumeException(
          ErrorCode.MALFORMED_CHECKPOINT, file + ": is not text in UTF-8.", e);
    } catch (IOException e) {
      throw JsonFile.unreadable(file, e);
    }
  }

  /// What is asked for, as a template.
  ///
  /// @param folders the models'
  /// @return nothing for `auto` if no model has one
  /// @throws MokumeException `INVALID_RECIPE` if it is neither a name nor a template
  static Optional<String> asked(String asked, Iterable<Path> folders) {
    if (asked.equals(AUTO)) {
      return mostCommon(folders);
    }
    if (BUILT_IN.contains(asked)) {
      return Optional.of(builtIn(asked));
    }
    if (asked.length() < SHORTEST || !asked.contains("{")) {
      List<String> names = new ArrayList<>(List.of(AUTO));
      names.addAll(BUILT_IN);
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "chat_template "
              + Quoted.name(asked)
              + " is neither a name ("
              + String.join(", ", names)
              + ") nor a template, which has at least "
              + SHORTEST
              + " characters and a '{'"
              + Nearest.ending(asked, names));
    }
    return Optional.of(asked);
  }

  /// Of templates that equally many models have, the first.
  private static Optional<String> mostCommon(Iterable<Path> folders) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Path folder : folders) {
      of(folder).ifPresent(template -> counts.merge(template, 1, Integer::sum));
    }
    return counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private static String builtIn(String name) {
    try (InputStream in = ChatTemplate.class.getResourceAsStream(name + ".jinja")) {
      if (in == null) {
        throw new IllegalStateException(name + ".jinja is not in the library");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
