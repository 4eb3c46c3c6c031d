package dev.mokume.tokenizer;

import dev.mokume.checkpoint.SmallCheckpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// A model's folder, of files that a person can read.
final class SmallModel {
  final Path folder;

  SmallModel(Path folder) {
    this.folder = folder;
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SmallModel file(String name, String content) {
    try {
      Files.writeString(folder.resolve(name), content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A `config.json` of which only the vocabulary's size matters.
  SmallModel vocabularySize(int size) {
    return file("config.json", "{\"vocab_size\": " + size + "}");
  }

  SmallModel weights(SmallCheckpoint checkpoint) {
    checkpoint.write(folder.resolve("model.safetensors"));
    return this;
  }

  /// A byte-level `tokenizer.json`: the tokens have the ids 0, 1, 2, ...
  ///
  /// @param merges `a b` each
  /// @param added content and id each, as `<s>=3`
  SmallModel bpe(List<String> tokens, List<String> merges, String... added) {
    return file(
        "tokenizer.json",
        """
        {"version": "1.0",
         "added_tokens": [%s],
         "normalizer": null,
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
         "decoder": {"type": "ByteLevel"},
         "model": {"type": "BPE", "unk_token": null, "vocab": {%s}, "merges": [%s]}}
        """
            .formatted(added(added), numbered(tokens), quoted(merges)));
  }

  /// A Unigram `tokenizer.json`.
  ///
  /// @param pieces token and score each, as `a=-1.5`
  SmallModel unigram(List<String> pieces, String... added) {
    String vocabulary =
        pieces.stream()
            .map(piece -> piece.split("="))
            .map(piece -> "[\"" + piece[0] + "\", " + piece[1] + "]")
            .collect(Collectors.joining(", "));
    return file(
        "tokenizer.json",
        """
        {"version": "1.0",
         "added_tokens": [%s],
         "pre_tokenizer": {"type": "Metaspace", "replacement": "▁"},
         "decoder": {"type": "Metaspace", "replacement": "▁"},
         "model": {"type": "Unigram", "unk_id": 0, "vocab": [%s]}}
        """
            .formatted(added(added), vocabulary));
  }

  SmallModel wordPiece(List<String> tokens, String... added) {
    return file(
        "tokenizer.json",
        """
        {"version": "1.0",
         "added_tokens": [%s],
         "pre_tokenizer": {"type": "BertPreTokenizer"},
         "decoder": {"type": "WordPiece", "prefix": "##"},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                   "max_input_chars_per_word": 100, "vocab": {%s}}}
        """
            .formatted(added(added), numbered(tokens)));
  }

  private static String added(String... tokens) {
    return Arrays.stream(tokens)
        .map(token -> token.split("="))
        .map(token ->
            """
            {"id": %s, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
             "normalized": false, "special": true}\
            """
                .formatted(token[1], token[0]))
        .collect(Collectors.joining(", "));
  }

  private static String numbered(List<String> tokens) {
    StringBuilder json = new StringBuilder();
    for (int id = 0; id < tokens.size(); id++) {
      json.append(id == 0 ? "" : ", ").append("\"" + tokens.get(id) + "\": " + id);
    }
    return json.toString();
  }

  private static String quoted(List<String> texts) {
    return texts.stream().map(text -> "\"" + text + "\"").collect(Collectors.joining(", "));
  }

  /// The tokenizer that the folder has now.
  Tokenizer read() {
    return TokenizerFolder.read(folder).tokenizer();
  }

  String text(String name) {
    try {
      return Files.readString(folder.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean has(String name) {
    return Files.exists(folder.resolve(name));
  }
}
