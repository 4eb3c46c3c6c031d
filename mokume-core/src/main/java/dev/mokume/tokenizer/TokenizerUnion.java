package dev.mokume.tokenizer;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/// A merged vocabulary while it is built: a donor's tokens, whose ids stay, and behind them those
/// of other models and those that are asked for.
final class TokenizerUnion {
  private static final int SHOWN = 5;

  private final String donorName;
  private final Tokenizer donor;
  private final SequencedMap<String, Integer> ids = new LinkedHashMap<>();
  private final SequencedMap<String, AddedToken> added;
  private final Set<Merge> merges;
  private final Map<String, Double> scores;
  private final List<String> notes;
  private int next;

  /// Begins with a model's tokens, but for those that it has no row for.
  TokenizerUnion(String donorName, TokenizerFolder folder, List<String> notes) {
    this.donorName = donorName;
    this.donor = folder.tokenizer();
    this.notes = notes;
    this.added = new LinkedHashMap<>(donor.added());
    this.merges = new LinkedHashSet<>();
    this.scores = new HashMap<>(donor.scores());
    List<String> dropped = new ArrayList<>();
    donor
        .ids()
        .forEach((token, id) -> {
          if (id < folder.rows()) {
            ids.put(token, id);
          } else {
            dropped.add(token);
          }
        });
    noteDropped(donorName, folder, dropped);
    added.keySet().retainAll(ids.keySet());
    scores.keySet().retainAll(ids.keySet());
    // Every merge's parts and what they make must be tokens, or the tokenizer does not load.
    donor.merges().stream().filter(this::isWhole).forEach(merges::add);
    this.next = ids.isEmpty() ? 0 : ids.lastEntry().getValue() + 1;
  }

  private void noteDropped(String model, TokenizerFolder folder, List<String> dropped) {
    if (!dropped.isEmpty()) {
      notes.add(
          folder.folder()
              + ": "
              + Amount.count(dropped.size(), "token has an id", "tokens have ids")
              + " beyond the model's "
              + Amount.count(folder.rows())
              + " rows: "
              + Quoted.list(dropped, SHOWN)
              + "; they are left out of "
              + Quoted.name(model)
              + "'s vocabulary.");
    }
  }

  private boolean isWhole(Merge merge) {
    return ids.containsKey(merge.left())
        && ids.containsKey(merge.right())
        && ids.containsKey(merge.result(donor.prefix()));
  }

  /// Puts another model's tokens behind: those of its vocabulary in the order of their ids.
  ///
  /// @throws MokumeException `MISMATCHED_INPUTS` if its tokens do not mean the same
  void addAll(String model, TokenizerFolder folder) {
    Tokenizer other = folder.tokenizer();
    requireSameMeaning(model, folder);
    List<String> dropped = new ArrayList<>();
    int before = next;
    other
        .ids()
        .forEach((token, id) -> {
          if (id >= folder.rows()) {
            dropped.add(token);
          } else if (!other.added().containsKey(token) && !ids.containsKey(token)) {
            ids.put(token, next++);
            if (other.scores().containsKey(token)) {
              scores.put(token, other.scores().get(token));
            }
          }
        });
    noteDropped(model, folder, dropped);
    int merged = merges.size();
    for (Merge merge : donor.merges().isEmpty() ? List.<Merge>of() : other.orMadeMerges()) {
      if (!merges.contains(merge) && isWhole(merge)) {
        merges.add(merge);
      }
    }
    if (next > before && merges.size() > merged) {
      notes.add(
          Quoted.name(model)
              + ": "
              + Amount.count(next - before, "token is", "tokens are")
              + " new to "
              + Quoted.name(donorName)
              + ". Its merges come after all of "
              + Quoted.name(donorName)
              + "'s, so some of its words are cut up differently from before.");
    }
  }

  /// Puts another model's added tokens behind, after the vocabularies of all models. Where a token
  /// was added before, it stays as it was.
  void addAllAdded(TokenizerFolder folder) {
    Tokenizer other = folder.tokenizer();
    other
        .ids()
        .forEach((token, id) -> {
          AddedToken definition = other.added().get(token);
          if (definition != null && id < folder.rows()) {
            if (!ids.containsKey(token)) {
              ids.put(token, next++);
            }
            added.putIfAbsent(token, definition);
          }
        });
  }

  /// Puts a token behind, if nobody has it.
  void add(String token) {
    if (!ids.containsKey(token)) {
      ids.put(token, next++);
      added.put(token, AddedToken.plain(token));
    }
  }

  private void requireSameMeaning(String model, TokenizerFolder folder) {
    Tokenizer other = folder.tokenizer();
    if (donor.kind() != other.kind() || !donor.spelling().equals(other.spelling())) {
      throw new MokumeException(
          ErrorCode.MISMATCHED_INPUTS,
          folder.folder()
              + ": has a tokenizer of kind "
              + other.kind()
              + " ("
              + other.spelling()
              + "), but that of "
              + Quoted.name(donorName)
              + " is of kind "
              + donor.kind()
              + " ("
              + donor.spelling()
              + "): their tokens are spelt otherwise, so a union of "
              + Quoted.name(donorName)
              + " and "
              + Quoted.name(model)
              + " would hold tokens that no text becomes. Take one model's vocabulary: base, or a"
              + " model's name.");
    }
  }

  Tokenizer tokenizer() {
    return new Tokenizer(
        donor.kind(), donor.spelling(), donor.prefix(), ids, added, List.copyOf(merges), scores);
  }
}
