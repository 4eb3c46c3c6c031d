package dev.mokume.tokenizer;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The tokens of a file while it is read: which has which id.
final class TokenTable {
  /// Sixteen times the largest vocabulary known.
  static final int MOST = 1 << 22;

  /// In characters; no vocabulary is known to have one of more than a few hundred.
  private static final int LONGEST = 1 << 16;

  private final Path file;
  private final Map<String, Known> known = new HashMap<>();
  private int size;

  /// A text that is or may become a token.
  private static final class Known {
    private static final int NONE = -1;

    private final String text;
    private int id = NONE;

    Known(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }

    int id() {
      return id;
    }
  }

  TokenTable(Path file) {
    this.file = file;
  }

  /// Gives a token an id; the first one stays.
  void put(String token, long id) {
    if (token.length() > LONGEST) {
      throw malformed("has a token of " + Amount.count(token.length()) + " characters");
    }
    if (id < 0 || id >= MOST) {
      throw malformed(
          "gives token "
              + Quoted.name(token)
              + " the id "
              + id
              + ", but ids lie in 0.."
              + (MOST - 1));
    }
    if (size >= MOST) {
      throw malformed("has more than " + Amount.count(MOST) + " tokens");
    }
    Known entry = known(token);
    if (entry.id == Known.NONE) {
      entry.id = (int) id;
      size++;
    }
  }

  /// The same text, one object for all that are equal: a merge's parts are tokens.
  String text(String token) {
    return known(token).text;
  }

  private Known known(String token) {
    return known.computeIfAbsent(token, Known::new);
  }

  /// Every token, in the order of the ids.
  SequencedMap<String, Integer> sorted() {
    List<Known> tokens = new ArrayList<>(size);
    for (Known token : known.values()) {
      if (token.id != Known.NONE) {
        tokens.add(token);
      }
    }
    tokens.sort(Comparator.comparingInt(Known::id).thenComparing(Known::text));
    SequencedMap<String, Integer> sorted = LinkedHashMap.newLinkedHashMap(size);
    tokens.forEach(token -> sorted.put(token.text, token.id));
    return sorted;
  }

  /// The parts of a merge that are written as one text.
  Merge merge(String text) {
    int space = text.indexOf(' ');
    if (space <= 0 || space == text.length() - 1 || text.indexOf(' ', space + 1) >= 0) {
      throw malformed(
          "has the merge "
              + Quoted.name(text)
              + ", but two tokens with a space between are wanted");
    }
    return new Merge(text(text.substring(0, space)), text(text.substring(space + 1)));
  }

  MokumeException malformed(String what) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, file + ": " + what + ".");
  }
}
