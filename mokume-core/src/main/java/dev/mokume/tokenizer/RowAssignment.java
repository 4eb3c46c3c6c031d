package dev.mokume.tokenizer;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/// Finds the row of each token of a merged vocabulary in each model, and one for models that have
/// none.
final class RowAssignment {
  private final Tokenizer merged;
  private final List<String> names;
  private final List<TokenizerFolder> folders;
  private final int donor;
  private final int base;

  /// @param donor the model whose ids the merged vocabulary begins with
  /// @param models by name, in the order of the merge
  RowAssignment(
      Tokenizer merged, String donor, String base, SequencedMap<String, TokenizerFolder> models) {
    this.merged = merged;
    this.names = List.copyOf(models.sequencedKeySet());
    this.folders = List.copyOf(models.sequencedValues());
    this.donor = names.indexOf(donor);
    this.base = names.indexOf(base);
  }

  RowOrigins origins(TokenizerSpec spec) {
    int named = Math.max(merged.end(), folders.get(donor).rows());
    List<int[]> own = ownRows(named);
    int[] donors = new int[named];
    int[] donorRows = new int[named];
    for (int id = 0; id < named; id++) {
      donors[id] = usualDonor(own, id);
      donorRows[id] = donors[id] >= 0 ? own.get(donors[id])[id] : -1;
    }
    BitSet forced = new BitSet(named);
    List<Problem> problems = new ArrayList<>();
    spec.tokens()
        .forEach((token, rule) -> {
          int id = Objects.requireNonNull(merged.ids().get(token));
          forced.set(id, rule.force());
          try {
            rule.source().ifPresent(source -> asked(token, source, id, own, donors, donorRows));
          } catch (MokumeException e) {
            problems.addAll(e.problems());
          }
        });
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    int multiple = spec.padToMultipleOf().orElse(1);
    return new RowOrigins(
        names, own, forced, donors, donorRows, Math.ceilDiv(named, multiple) * multiple);
  }

  private List<int[]> ownRows(int named) {
    List<int[]> own = new ArrayList<>();
    for (TokenizerFolder folder : folders) {
      int[] rows = new int[named];
      Arrays.fill(rows, -1);
      merged
          .ids()
          .forEach((token, id) -> {
            Integer row = folder.tokenizer().ids().get(token);
            rows[id] = row == null || row >= folder.rows() ? -1 : row;
          });
      own.add(rows);
    }
    keepUnnamed(own, named);
    return own;
  }

  /// A row that no token of the merged vocabulary has is padding that the donor had before. It
  /// stays, and so does another model's if it is none of a token there either.
  private void keepUnnamed(List<int[]> own, int named) {
    BitSet tokens = ids(merged);
    for (int model = 0; model < folders.size(); model++) {
      BitSet taken = ids(folders.get(model).tokenizer());
      int rows = Math.min(named, folders.get(model).rows());
      for (int id = tokens.nextClearBit(0); id < rows; id = tokens.nextClearBit(id + 1)) {
        if (model == donor || !taken.get(id)) {
          own.get(model)[id] = id;
        }
      }
    }
  }

  private static BitSet ids(Tokenizer tokenizer) {
    BitSet ids = new BitSet(tokenizer.end());
    tokenizer.ids().values().forEach(ids::set);
    return ids;
  }

  private int usualDonor(List<int[]> own, int id) {
    int holders = 0;
    int last = RowOrigins.ZERO;
    for (int model = 0; model < own.size(); model++) {
      if (own.get(model)[id] >= 0) {
        holders++;
        last = model;
      }
    }
    if (holders < 2) {
      return last;
    }
    return own.get(base)[id] >= 0 ? base : RowOrigins.MEAN;
  }

  private void asked(
      String token, TokenSource source, int id, List<int[]> own, int[] donors, int[] donorRows) {
    switch (source) {
      case TokenSource.Zero() -> {
        donors[id] = RowOrigins.ZERO;
        donorRows[id] = -1;
      }
      case TokenSource.OfModel(String model) -> {
        donors[id] = number(token, model);
        donorRows[id] = own.get(donors[id])[id];
        if (donorRows[id] < 0) {
          throw wrong(token, model, "which has no such token" + near(token, donors[id]));
        }
      }
      case TokenSource.OfToken(String model, String other) -> {
        donors[id] = number(token, model);
        TokenizerFolder folder = folders.get(donors[id]);
        Integer row = folder.tokenizer().ids().get(other);
        if (row == null || row >= folder.rows()) {
          throw wrong(
              token, model, "which has no token " + Quoted.name(other) + near(other, donors[id]));
        }
        donorRows[id] = row;
      }
      case TokenSource.OfId(String model, int row) -> {
        donors[id] = number(token, model);
        int rows = folders.get(donors[id]).rows();
        if (row < 0 || row >= rows) {
          throw wrong(
              token,
              model,
              "which has no token_id " + row + ", but 0.." + Amount.count(rows - 1) + ".");
        }
        donorRows[id] = row;
      }
    }
  }

  private int number(String token, String model) {
    TokenizerMerge.requireModel(model, names, "the source of token " + Quoted.name(token));
    return names.indexOf(model);
  }

  private static MokumeException wrong(String token, String model, String what) {
    return new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "the source of token " + Quoted.name(token) + " is " + Quoted.name(model) + ", " + what);
  }

  /// The end of a sentence about a token that a model does not have. People write added tokens.
  private String near(String token, int model) {
    return Nearest.to(token, folders.get(model).tokenizer().added().keySet())
        .map(near -> "; did you mean " + Quoted.name(near) + "?")
        .orElse(".");
  }
}
