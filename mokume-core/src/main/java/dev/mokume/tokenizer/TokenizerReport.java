package dev.mokume.tokenizer;

import dev.mokume.error.MokumeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/// What the tokenizer of a model's folder is, in all of its files.
///
/// @param files their names, those of chat templates too
/// @param kind how words are cut: `BPE`, `Unigram`, `WordPiece` or `WordLevel`
/// @param spelling of bytes, spaces and parts of words; tokens of two tokenizers mean the same if
///   their kinds and spellings do
/// @param ids by token, in the order of the ids; those of added tokens too
/// @param added the tokens that are looked for before anything cuts the text up, by content
/// @param merges how many pairs BPE joins; 0 of sentencepiece's file, which has none
/// @param rows of the model's embeddings, as far as its `config.json` says; else one for each id
/// @param roles the token of each, such as `eos_token`
/// @param chatTemplate whether there is one
public record TokenizerReport(
    Path folder,
    List<String> files,
    String kind,
    String spelling,
    SequencedMap<String, Integer> ids,
    SequencedMap<String, AddedToken> added,
    int merges,
    int rows,
    SequencedMap<String, String> roles,
    boolean chatTemplate) {
  public TokenizerReport {
    files = List.copyOf(files);
    ids = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(ids));
    added = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(added));
    roles = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(roles));
  }

  /// Reads the tokenizer's files; of the model itself only `config.json`.
  ///
  /// @throws MokumeException if there is none, or if it is unsound
  public static TokenizerReport of(Path folder) {
    return of(TokenizerFolder.read(folder));
  }

  static TokenizerReport of(TokenizerFolder read) {
    Path folder = read.folder();
    Tokenizer tokenizer = read.tokenizer();
    return new TokenizerReport(
        folder,
        files(folder),
        tokenizer.kind().toString(),
        tokenizer.spelling(),
        tokenizer.ids(),
        tokenizer.added(),
        tokenizer.merges().size(),
        read.rows(),
        roles(folder),
        ChatTemplate.of(folder).isPresent());
  }

  /// Which files of a tokenizer are in a folder.
  public static List<String> files(Path folder) {
    return TokenizerFolder.FILES.stream()
        .filter(name -> Files.isRegularFile(folder.resolve(name)))
        .toList();
  }

  /// `tokenizer_config.json` counts; an older `special_tokens_map.json` has what that does not say.
  private static SequencedMap<String, String> roles(Path folder) {
    SequencedMap<String, String> roles = new LinkedHashMap<>();
    for (String name : List.of(TokenizerFolder.CONFIG, TokenizerFolder.SPECIAL)) {
      JsonFile.in(folder, name)
          .ifThere()
          .ifPresent(config -> {
            for (Map.Entry<String, JsonNode> member : config.properties()) {
              String token = TokenizerFolder.token(member.getValue());
              if (member.getKey().endsWith("_token") && !token.isEmpty()) {
                roles.putIfAbsent(member.getKey(), token);
              }
            }
          });
    }
    return roles;
  }

  /// Tokens whose ids lie beyond the rows. No merge takes them over.
  public List<String> withoutRow() {
    return tokens(id -> id >= rows);
  }

  /// How many rows no token has: padding.
  public int unnamedRows() {
    return rows - (int) ids.values().stream().filter(id -> id < rows).distinct().count();
  }

  private List<String> tokens(Predicate<Integer> ofId) {
    return ids.entrySet().stream()
        .filter(entry -> ofId.test(entry.getValue()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /// How another model's tokenizer differs from this one.
  public TokenizerDifference to(TokenizerReport other) {
    return TokenizerDifference.of(this, other);
  }

  /// The id of a token that has a row; -1 for none.
  int row(String token) {
    int id = ids.getOrDefault(token, -1);
    return id < rows ? id : -1;
  }
}
