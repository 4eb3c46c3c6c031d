package dev.mokume.architecture;

import dev.mokume.architecture.Piece.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which names within a stage of a model mean the same in the original way of naming and in another
/// one.
final class Vocabulary {
  /// Both ways name all alike.
  static final Vocabulary SAME = new Vocabulary();

  /// @param part of the original tensor that the other one is
  /// @param change from the original to the other
  private record Entry(String original, Rows part, String other, Change change) {}

  private final Map<String, List<Entry>> byOriginal = new HashMap<>();
  private final Map<String, List<Entry>> byOther = new HashMap<>();

  private Vocabulary() {}

  static Vocabulary of() {
    return new Vocabulary();
  }

  /// Adds parameters that are the same.
  ///
  /// @param pairs the original name, then the other, and so on
  Vocabulary parameters(String... pairs) {
    for (int i = 0; i < pairs.length; i += 2) {
      add(pairs[i], Rows.ALL, pairs[i + 1], Change.NONE);
    }
    return this;
  }

  /// Adds modules, each with a weight and a bias, that are the same.
  ///
  /// @param pairs the original name, then the other, and so on
  Vocabulary modules(String... pairs) {
    for (int i = 0; i < pairs.length; i += 2) {
      module(pairs[i], Rows.ALL, pairs[i + 1], Change.NONE);
    }
    return this;
  }

  Vocabulary transposed(String original, String other) {
    return add(original, Rows.ALL, other, Change.TRANSPOSED);
  }

  /// Adds a module of which the original has the halves in the other order.
  Vocabulary swapped(String original, String other) {
    return module(original, Rows.ALL, other, Change.HALVES_SWAPPED);
  }

  /// Adds modules that are convolutions of one element in the original and matrices in the other.
  Vocabulary matrices(String... pairs) {
    for (int i = 0; i < pairs.length; i += 2) {
      add(pairs[i] + ".weight", Rows.ALL, pairs[i + 1] + ".weight", Change.MATRIX);
      add(pairs[i] + ".bias", Rows.ALL, pairs[i + 1] + ".bias", Change.NONE);
    }
    return this;
  }

  /// Adds a module whose rows are those of the others, one after the other.
  Vocabulary fused(String original, String... others) {
    for (int part = 0; part < others.length; part++) {
      module(original, Rows.part(part, others.length), others[part], Change.NONE);
    }
    return this;
  }

  /// Adds a part of a module.
  Vocabulary part(String original, Rows part, String other) {
    return module(original, part, other, Change.NONE);
  }

  /// Adds a parameter whose rows are those of the others, one after the other.
  Vocabulary fusedParameter(String original, String... others) {
    for (int part = 0; part < others.length; part++) {
      add(original, Rows.part(part, others.length), others[part], Change.NONE);
    }
    return this;
  }

  private Vocabulary module(String original, Rows part, String other, Change change) {
    add(original + ".weight", part, other + ".weight", change);
    return add(original + ".bias", part, other + ".bias", change);
  }

  private Vocabulary add(String original, Rows part, String other, Change change) {
    Entry entry = new Entry(original, part, other, change);
    byOriginal.computeIfAbsent(original, _ -> new ArrayList<>()).add(entry);
    byOther.computeIfAbsent(other, _ -> new ArrayList<>()).add(entry);
    return this;
  }

  /// What an original tensor becomes; nothing if the other way has nothing of the kind.
  List<Piece> toOther(String name) {
    if (this == SAME) {
      return List.of(Piece.whole(name));
    }
    return byOriginal.getOrDefault(name, List.of()).stream()
        .map(entry -> new Piece(entry.other, entry.part, Rows.ALL, entry.change))
        .toList();
  }

  /// What a tensor of the other way becomes in the original one.
  List<Piece> toOriginal(String name) {
    if (this == SAME) {
      return List.of(Piece.whole(name));
    }
    return byOther.getOrDefault(name, List.of()).stream()
        .map(entry -> new Piece(entry.original, Rows.ALL, entry.part, entry.change.inverse()))
        .toList();
  }
}
