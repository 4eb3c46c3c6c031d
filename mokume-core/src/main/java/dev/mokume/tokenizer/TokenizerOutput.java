package dev.mokume.tokenizer;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The files of a merged tokenizer: those of the donor, with other tokens or another chat template
/// where these changed.
///
/// @param from the donor's folder
/// @param change what changes; nothing if no token does
/// @param chatTemplate nothing if the donor's stays
record TokenizerOutput(Path from, Optional<Change> change, Optional<String> chatTemplate) {
  /// @param donor what was read in the folder
  /// @param merged what is written
  record Change(TokenizerFolder donor, Tokenizer merged) {}

  /// What the transformers library takes a tokenizer for whose class is not said.
  private static final String USUAL_CLASS = "PreTrainedTokenizerFast";

  private static final String DECODER = "added_tokens_decoder";

  void write(Path folder) {
    refuseInput(folder);
    for (String name : TokenizerFolder.FILES) {
      if (Files.isRegularFile(from.resolve(name)) && !isForeign(name)) {
        copy(name, folder);
      }
    }
    change.ifPresent(to -> writeTokens(folder, to.donor(), to.merged()));
    chatTemplate.ifPresent(template -> writeTemplate(folder, template));
  }

  /// Whether a file has tokens that change, but cannot be written with others.
  private boolean isForeign(String name) {
    return change.isPresent()
        && TokenizerFolder.PIECES.contains(name)
        && !change.get().donor().pieces().containsKey(name);
  }

  private void refuseInput(Path folder) {
    try {
      if (Files.exists(from) && Files.isSameFile(from, folder)) {
        throw new MokumeException(
            ErrorCode.UNWRITABLE_OUTPUT,
            folder + ": is the folder of a model of the merge; choose another one.");
      }
    } catch (IOException e) {
      throw JsonFile.unreadable(folder, e);
    }
  }

  private void copy(String name, Path folder) {
    JsonFile.writing(folder.resolve(name), out -> Files.copy(from.resolve(name), out));
  }

  private void writeTokens(Path folder, TokenizerFolder donorFolder, Tokenizer tokenizer) {
    donorFolder.json().ifPresent(json -> json.write(folder, tokenizer));
    donorFolder.pieces().forEach((name, model) -> model.write(folder.resolve(name), tokenizer));
    if (has(folder, VocabularyFiles.VOCABULARY)) {
      VocabularyFiles.writeVocabulary(folder, tokenizer);
    }
    if (has(folder, VocabularyFiles.MERGES)) {
      VocabularyFiles.writeMerges(folder, tokenizer);
    }
    if (has(folder, VocabularyFiles.WORDS)) {
      VocabularyFiles.writeWords(folder, tokenizer);
    }
    boolean isEarly = donorFolder.json().isEmpty();
    if (has(folder, TokenizerFolder.ADDED) || isEarly && !tokenizer.added().isEmpty()) {
      JsonFile.in(folder, TokenizerFolder.ADDED).write(addedIds(donorFolder, tokenizer));
    }
    JsonFile special = JsonFile.in(folder, TokenizerFolder.SPECIAL);
    special
        .ifThere()
        .ifPresent(map -> {
          ObjectNode kept = withoutMissing(map, tokenizer);
          if (!kept.equals(map)) {
            special.write(kept);
          }
        });
    writeConfig(folder, tokenizer);
  }

  private static boolean has(Path folder, String name) {
    return Files.isRegularFile(folder.resolve(name));
  }

  /// Tokens that are not of the vocabulary that was trained: those that the donor's file has, and
  /// those that it had not.
  private ObjectNode addedIds(TokenizerFolder donorFolder, Tokenizer tokenizer) {
    Set<String> before =
        JsonFile.in(from, TokenizerFolder.ADDED)
            .ifThere()
            .map(file -> (Set<String>) new HashSet<>(file.propertyNames()))
            .orElse(Set.of());
    ObjectNode added = JsonNodeFactory.instance.objectNode();
    tokenizer
        .ids()
        .forEach((token, id) -> {
          boolean isNew = !donorFolder.tokenizer().ids().containsKey(token);
          if (tokenizer.added().containsKey(token) && (isNew || before.contains(token))) {
            added.put(token, id);
          }
        });
    return added;
  }

  private static void writeConfig(Path folder, Tokenizer tokenizer) {
    JsonFile file = JsonFile.in(folder, TokenizerFolder.CONFIG);
    ObjectNode config = file.ifThere().orElseGet(() -> usualConfig(folder));
    ObjectNode decoder = JsonNodeFactory.instance.objectNode();
    SequencedMap<String, AddedToken> added = tokenizer.added();
    tokenizer
        .ids()
        .forEach((token, id) -> {
          AddedToken definition = added.get(token);
          if (definition != null) {
            decoder.set(Integer.toString(id), definition.json());
          }
        });
    config.set(DECODER, decoder);
    file.write(withoutMissing(config, tokenizer));
  }

  private static ObjectNode usualConfig(Path folder) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    return has(folder, TokenizerJson.FILE) ? config.put("tokenizer_class", USUAL_CLASS) : config;
  }

  /// A role whose token has no row any more is nobody's: the library would add the token anew, with
  /// an id that no embedding has.
  private static ObjectNode withoutMissing(ObjectNode config, Tokenizer tokenizer) {
    ObjectNode kept = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> member : config.properties()) {
      JsonNode value = member.getValue();
      if (member.getKey().endsWith("_token") && isMissing(value, tokenizer)) {
        continue;
      }
      if (member.getKey().equals("additional_special_tokens") && value.isArray()) {
        ArrayNode tokens = kept.putArray(member.getKey());
        value.forEach(token -> {
          if (!isMissing(token, tokenizer)) {
            tokens.add(token);
          }
        });
        continue;
      }
      kept.set(member.getKey(), value);
    }
    return kept;
  }

  private static boolean isMissing(JsonNode token, Tokenizer tokenizer) {
    String content = TokenizerFolder.token(token);
    return !content.isEmpty() && !tokenizer.ids().containsKey(content);
  }

  /// The template goes where the donor has its own; and nowhere else is one left.
  private void writeTemplate(Path folder, String template) {
    JsonFile configFile = JsonFile.in(folder, TokenizerFolder.CONFIG);
    JsonFile processor = JsonFile.in(folder, ChatTemplate.JSON_FILE);
    processor.ifThere().ifPresent(json -> processor.write(json.put(ChatTemplate.KEY, template)));
    ObjectNode config = configFile.ifThere().orElseGet(() -> usualConfig(folder));
    if (has(folder, ChatTemplate.FILE)) {
      JsonFile.writing(
          folder.resolve(ChatTemplate.FILE),
          out -> out.write(template.getBytes(StandardCharsets.UTF_8)));
      config.remove(ChatTemplate.KEY);
    } else {
      config.put(ChatTemplate.KEY, template);
    }
    configFile.write(config);
  }
}
