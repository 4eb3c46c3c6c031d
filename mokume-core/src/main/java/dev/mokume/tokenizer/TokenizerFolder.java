package dev.mokume.tokenizer;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The tokenizer of a model's folder, in all of its files.
///
/// `tokenizer.json` counts if it is there; else `vocab.json` with `merges.txt`, `vocab.txt`, and
/// last sentencepiece's file. Added tokens that only `added_tokens.json` or `tokenizer_config.json`
/// name belong to it as well.
///
/// @param tokenizer with all added tokens
/// @param json `tokenizer.json`, if it is there
/// @param pieces sentencepiece's files by name
/// @param vocabularySize of `config.json`; nothing if it does not say
record TokenizerFolder(
    Path folder,
    Tokenizer tokenizer,
    Optional<TokenizerJson> json,
    SequencedMap<String, SentencePieceModel> pieces,
    OptionalInt vocabularySize) {
  static final String CONFIG = "tokenizer_config.json";
  static final String ADDED = "added_tokens.json";
  static final String SPECIAL = "special_tokens_map.json";
  private static final String MODEL_CONFIG = "config.json";

  /// Llama's name, and T5's.
  static final List<String> PIECES = List.of("tokenizer.model", "spiece.model");

  /// Everything that a tokenizer may consist of.
  static final List<String> FILES =
      List.of(
          TokenizerJson.FILE,
          VocabularyFiles.VOCABULARY,
          VocabularyFiles.MERGES,
          VocabularyFiles.WORDS,
          PIECES.getFirst(),
          PIECES.getLast(),
          CONFIG,
          SPECIAL,
          ADDED,
          ChatTemplate.FILE,
          ChatTemplate.JSON_FILE);

  /// @throws MokumeException `UNREADABLE_INPUT` if there is no tokenizer; `MALFORMED_CHECKPOINT`,
  ///   `UNSUPPORTED_CHECKPOINT` if there is none that can be read
  static TokenizerFolder read(Path folder) {
    JsonFile jsonFile = JsonFile.in(folder, TokenizerJson.FILE);
    Optional<TokenizerJson> json =
        jsonFile.exists() ? Optional.of(TokenizerJson.read(jsonFile)) : Optional.empty();
    SequencedMap<String, SentencePieceModel> pieces = new LinkedHashMap<>();
    for (String name : PIECES) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        pieces(file, json.isPresent()).ifPresent(model -> pieces.put(name, model));
      }
    }
    Tokenizer tokenizer;
    if (json.isPresent()) {
      tokenizer = json.get().tokenizer();
    } else if (Files.isRegularFile(folder.resolve(VocabularyFiles.VOCABULARY))) {
      tokenizer = VocabularyFiles.readJson(folder);
    } else if (Files.isRegularFile(folder.resolve(VocabularyFiles.WORDS))) {
      tokenizer = VocabularyFiles.readWords(folder);
    } else if (!pieces.isEmpty()) {
      tokenizer = pieces.firstEntry().getValue().tokenizer();
    } else {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          folder
              + ": has no tokenizer; wanted is tokenizer.json, vocab.json with merges.txt,"
              + " vocab.txt or tokenizer.model. Copy those of the model there. A merge that asks"
              + " for no tokenizer needs none: the rows of embeddings stay where they are.");
    }
    return new TokenizerFolder(
        folder, withOtherAdded(folder, tokenizer), json, pieces, vocabularySize(folder));
  }

  /// Some models have a file of tiktoken under sentencepiece's name. Beside a `tokenizer.json` that
  /// does no harm.
  private static Optional<SentencePieceModel> pieces(Path file, boolean spare) {
    try {
      return Optional.of(SentencePieceModel.read(file));
    } catch (MokumeException e) {
      if (spare && e.code() == ErrorCode.MALFORMED_CHECKPOINT) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Tokenizer withOtherAdded(Path folder, Tokenizer tokenizer) {
    Set<String> special = specialTokens(folder);
    TokenTable others = new TokenTable(folder);
    SequencedMap<String, AddedToken> added = new LinkedHashMap<>(tokenizer.added());
    JsonFile configFile = JsonFile.in(folder, CONFIG);
    configFile
        .ifThere()
        .ifPresent(config -> {
          for (Map.Entry<String, JsonNode> entry :
              config.path("added_tokens_decoder").properties()) {
            String content = entry.getValue().path("content").asString("");
            int id = number(entry.getKey());
            if (id < 0 || content.isEmpty()) {
              throw configFile.malformed("has an added token without an id or without content");
            }
            others.put(content, id);
            added.putIfAbsent(content, AddedToken.of(content, entry.getValue()));
          }
        });
    JsonFile addedFile = JsonFile.in(folder, ADDED);
    addedFile
        .ifThere()
        .ifPresent(file -> {
          for (Map.Entry<String, JsonNode> entry : file.properties()) {
            if (!entry.getValue().isInt()) {
              throw addedFile.malformed("has an added token whose id is no whole number");
            }
            String content = entry.getKey();
            others.put(content, entry.getValue().intValue());
            added.putIfAbsent(
                content,
                special.contains(content)
                    ? AddedToken.special(content)
                    : AddedToken.plain(content));
          }
        });
    if (added.size() == tokenizer.added().size()
        && tokenizer.ids().keySet().containsAll(others.sorted().keySet())) {
      return tokenizer;
    }
    TokenTable all = new TokenTable(folder);
    tokenizer.ids().forEach(all::put);
    others.sorted().forEach(all::put);
    return new Tokenizer(
        tokenizer.kind(),
        tokenizer.spelling(),
        tokenizer.prefix(),
        all.sorted(),
        added,
        tokenizer.merges(),
        tokenizer.scores());
  }

  private static int number(String digits) {
    return digits.matches("[0-9]{1,9}") ? Integer.parseInt(digits) : -1;
  }

  /// The tokens that have a role: each a text, or an object with content, or a list of those.
  private static Set<String> specialTokens(Path folder) {
    Set<String> special = new HashSet<>();
    JsonFile.in(folder, SPECIAL)
        .ifThere()
        .ifPresent(map -> {
          for (JsonNode role : map) {
            for (JsonNode token : role.isArray() ? role : List.of(role)) {
              special.add(token(token));
            }
          }
        });
    return special;
  }

  /// A token of a role: its text, or an object with content; empty if it is neither.
  static String token(JsonNode role) {
    return role.isString() ? role.stringValue() : role.path("content").asString("");
  }

  /// Models that see or hear keep it in the part that is the language model.
  private static OptionalInt vocabularySize(Path folder) {
    @Nullable ObjectNode config = JsonFile.in(folder, MODEL_CONFIG).ifThere().orElse(null);
    for (String part : List.of("text_config", "llm_config", "language_config", "")) {
      JsonNode owner =
          config == null
              ? JsonNodeFactory.instance.missingNode()
              : part.isEmpty() ? config : config.path(part);
      JsonNode size = owner.path("vocab_size");
      if (size.canConvertToInt() && size.intValue() > 0 && size.intValue() <= TokenTable.MOST) {
        return OptionalInt.of(size.intValue());
      }
    }
    return OptionalInt.empty();
  }

  /// Rows of the model's embeddings, as far as the folder says; else one for each token.
  int rows() {
    return vocabularySize.orElse(tokenizer.end());
  }
}
