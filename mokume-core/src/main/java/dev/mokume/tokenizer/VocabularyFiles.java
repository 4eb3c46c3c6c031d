package dev.mokume.tokenizer;

import dev.mokume.error.Quoted;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonToken;

/// The files that tokenizers had before there was `tokenizer.json`: `vocab.json` with `merges.txt`
/// (GPT-2 and its kin), and BERT's `vocab.txt`, a token a line.
final class VocabularyFiles {
  static final String VOCABULARY = "vocab.json";
  static final String MERGES = "merges.txt";
  static final String WORDS = "vocab.txt";

  private static final long MAX_BYTES = 64L << 20;
  private static final String VERSION = "#version";
  private static final String WORD_END = "</w>";

  private VocabularyFiles() {}

  /// `vocab.json`, and `merges.txt` if there is one.
  static Tokenizer readJson(Path folder) {
    JsonFile file = JsonFile.in(folder, VOCABULARY);
    TokenTable tokens = new TokenTable(file.path());
    file.read(parser -> {
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String token = parser.currentName();
        if (parser.nextToken() != JsonToken.VALUE_NUMBER_INT) {
          throw file.malformed("gives token " + Quoted.name(token) + " no whole number for an id");
        }
        tokens.put(token, parser.getLongValue());
      }
      return tokens;
    });
    Path mergesFile = folder.resolve(MERGES);
    boolean hasMerges = Files.isRegularFile(mergesFile);
    List<Merge> merges = new ArrayList<>();
    if (hasMerges) {
      TokenTable parts = new TokenTable(mergesFile);
      List<String> lines = lines(mergesFile);
      for (int i = 0; i < lines.size(); i++) {
        boolean isHeader = i == 0 && lines.get(i).startsWith(VERSION);
        if (!isHeader && !lines.get(i).isEmpty()) {
          merges.add(parts.merge(lines.get(i)));
        }
      }
    }
    boolean marksEnds = merges.stream().anyMatch(merge -> merge.right().endsWith(WORD_END));
    return new Tokenizer(
        hasMerges ? Kind.BPE : Kind.WORD_LEVEL,
        hasMerges
            ? Tokenizer.BYTES + (marksEnds ? ", words that end in " + Quoted.name(WORD_END) : "")
            : "plain text",
        "",
        tokens.sorted(),
        new LinkedHashMap<>(),
        merges,
        Map.of());
  }

  static Tokenizer readWords(Path folder) {
    Path file = folder.resolve(WORDS);
    TokenTable tokens = new TokenTable(file);
    long id = 0;
    for (String line : lines(file)) {
      tokens.put(line, id++);
    }
    return new Tokenizer(
        Kind.WORD_PIECE,
        "words that continue with '##'",
        "",
        tokens.sorted(),
        new LinkedHashMap<>(),
        List.of(),
        Map.of());
  }

  private static List<String> lines(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new TokenTable(file).malformed("is larger than any file of its kind");
      }
      List<String> lines = new ArrayList<>();
      try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        // Only these end a line: a token may hold any other character that parts lines.
        String text = reader.readAllAsString();
        for (int at = 0; at < text.length(); ) {
          int end = text.indexOf('\n', at);
          int stop = end < 0 ? text.length() : end;
          boolean windows = stop > at && text.charAt(stop - 1) == '\r';
          lines.add(text.substring(at, windows ? stop - 1 : stop));
          at = stop + 1;
        }
      }
      return lines;
    } catch (CharacterCodingException e) {
      throw new TokenTable(file).malformed("is not text in UTF-8");
    } catch (IOException e) {
      throw JsonFile.unreadable(file, e);
    }
  }

  static void writeVocabulary(Path folder, Tokenizer merged) {
    JsonFile.in(folder, VOCABULARY)
        .write(json -> {
          json.writeStartObject();
          merged.ids().forEach(json::writeNumberProperty);
          json.writeEndObject();
        });
  }

  static void writeMerges(Path folder, Tokenizer merged) {
    writeLines(
        folder.resolve(MERGES),
        VERSION + ": 0.2",
        merged.merges().stream().map(merge -> merge.left() + " " + merge.right()).toList());
  }

  static void writeWords(Path folder, Tokenizer merged) {
    writeLines(
        folder.resolve(WORDS), "", Piece.inOrder(merged).stream().map(Piece::token).toList());
  }

  private static void writeLines(Path file, String first, List<String> lines) {
    JsonFile.writing(
        file,
        out -> {
          if (!first.isEmpty()) {
            out.write((first + "\n").getBytes(StandardCharsets.UTF_8));
          }
          for (String line : lines) {
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
          }
        });
  }
}
