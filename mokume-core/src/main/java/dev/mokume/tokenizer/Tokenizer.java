package dev.mokume.tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A tokenizer, as far as it says which token has which id and how words become tokens.
///
/// @param kind how words are cut
/// @param spelling what its tokens' spelling of bytes, spaces and parts of words follows; tokens of
///   two tokenizers mean the same if their spellings do
/// @param prefix what tokens of BPE that continue a word begin with; nothing in most tokenizers
/// @param ids by token, in the order of the ids; those of added tokens too
/// @param added the added tokens by content
/// @param merges of BPE, the first first; sentencepiece's file has none
/// @param scores by token: of Unigram, and of sentencepiece's BPE, where a higher score is an
///   earlier merge
record Tokenizer(
    Kind kind,
    String spelling,
    String prefix,
    SequencedMap<String, Integer> ids,
    SequencedMap<String, AddedToken> added,
    List<Merge> merges,
    Map<String, Double> scores) {
  /// Every spelling has one of these in its beginning.
  static final String BYTES = "byte-level";

  static final String SENTENCE_PIECE = "sentencepiece";

  /// No piece of sentencepiece is as long, unless somebody means harm.
  private static final int LONGEST_MADE = 256;

  Tokenizer {
    // Nobody changes a vocabulary once it has been read, and it is too large to be copied.
    ids = Collections.unmodifiableSequencedMap(ids);
    added = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(added));
    merges = List.copyOf(merges);
    scores = Collections.unmodifiableMap(scores);
  }

  /// The merges, or for sentencepiece's BPE those that come to the same: every pair of tokens that
  /// makes a token, the better the token's score the earlier.
  List<Merge> orMadeMerges() {
    if (kind != Kind.BPE || !merges.isEmpty() || scores.isEmpty()) {
      return merges;
    }
    record Scored(Merge merge, double score, int left, int right) {}
    List<Scored> made = new ArrayList<>();
    ids.forEach((token, _) -> {
      for (int at = 1; at < Math.min(token.length(), LONGEST_MADE); at++) {
        Integer left = ids.get(token.substring(0, at));
        Integer right = ids.get(token.substring(at));
        if (left != null && right != null) {
          Merge merge = new Merge(token.substring(0, at), token.substring(at));
          made.add(new Scored(merge, scores.getOrDefault(token, 0.0), left, right));
        }
      }
    });
    made.sort(
        Comparator.comparingDouble(Scored::score)
            .reversed()
            .thenComparingInt(Scored::left)
            .thenComparingInt(Scored::right));
    return made.stream().map(Scored::merge).toList();
  }

  boolean hasTokensOf(Tokenizer other) {
    return ids.equals(other.ids) && added.equals(other.added);
  }

  /// One more than the last id; 0 without tokens.
  int end() {
    return ids.isEmpty() ? 0 : ids.lastEntry().getValue() + 1;
  }
}
