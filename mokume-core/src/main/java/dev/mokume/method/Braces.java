package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.ArrayList;
import java.util.List;

/// Splits a list of patterns at commas and line ends, and expands `a.{1,2}` into `a.1` and `a.2`,
/// nested and repeated.
final class Braces {
  /// More patterns than any model has layers; beyond it a short text would fill the memory.
  static final int MAX_PATTERNS = 10_000;

  private static final int MAX_DEPTH = 100;

  private final String text;
  private int at;

  private Braces(String text) {
    this.text = text;
  }

  /// One item of a list.
  ///
  /// @param written as it stands in the text
  /// @param patterns what it stands for, without braces; more than one where it has braces
  record Item(String written, List<String> patterns) {}

  /// Every item of `text`, in order, without blank ones and without white space around.
  ///
  /// @throws MokumeException `INVALID_RECIPE` for a brace without its partner or more than
  ///   [#MAX_PATTERNS] patterns
  static List<Item> items(String text) {
    Braces braces = new Braces(text);
    List<Item> items = new ArrayList<>();
    int patterns = 0;
    do {
      int start = braces.at;
      List<String> expanded =
          braces.sequence(0).stream().filter(pattern -> !pattern.isEmpty()).toList();
      patterns += expanded.size();
      braces.bound(patterns);
      if (!expanded.isEmpty()) {
        items.add(new Item(text.substring(start, braces.at).strip(), expanded));
      }
    } while (braces.skipSeparator());
    if (braces.at < text.length()) {
      throw braces.wrong("has a '}' without '{' before it");
    }
    return items;
  }

  /// The patterns up to the brace that closes these alternatives.
  private List<String> alternatives(int depth) {
    if (depth > MAX_DEPTH) {
      throw wrong("nests more than " + MAX_DEPTH + " braces");
    }
    List<String> all = new ArrayList<>();
    do {
      all.addAll(sequence(depth));
      bound(all.size());
    } while (skipSeparator());
    return all;
  }

  /// The patterns that one item stands for: literal runs and brace groups, one after the other.
  private List<String> sequence(int depth) {
    List<String> heads = List.of("");
    while (at < text.length() && !isSeparator(text.charAt(at)) && text.charAt(at) != '}') {
      heads =
          text.charAt(at) == '{' ? append(heads, group(depth)) : append(heads, List.of(literal()));
    }
    return heads.stream().map(String::strip).toList();
  }

  private List<String> group(int depth) {
    at++;
    List<String> inner = alternatives(depth + 1);
    if (at >= text.length()) {
      throw wrong("has a '{' without '}' after it");
    }
    at++;
    return inner;
  }

  private String literal() {
    int start = at;
    while (at < text.length()
        && "{}".indexOf(text.charAt(at)) < 0
        && !isSeparator(text.charAt(at))) {
      at++;
    }
    return text.substring(start, at);
  }

  private boolean skipSeparator() {
    if (at < text.length() && isSeparator(text.charAt(at))) {
      at++;
      return true;
    }
    return false;
  }

  private List<String> append(List<String> heads, List<String> tails) {
    bound((long) heads.size() * tails.size());
    List<String> all = new ArrayList<>(heads.size() * tails.size());
    for (String head : heads) {
      for (String tail : tails) {
        all.add(head + tail);
      }
    }
    return all;
  }

  private void bound(long patterns) {
    if (patterns > MAX_PATTERNS) {
      throw wrong("stands for more than " + MAX_PATTERNS + " patterns");
    }
  }

  private MokumeException wrong(String what) {
    return new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "the layer selection '%s' %s; braces hold a list of alternatives, as in input_blocks.{1,2}.0"
            .formatted(text, what));
  }

  private static boolean isSeparator(char c) {
    return c == ',' || c == '\n' || c == '\r';
  }
}
