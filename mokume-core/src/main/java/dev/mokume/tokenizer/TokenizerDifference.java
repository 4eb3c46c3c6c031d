package dev.mokume.tokenizer;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedSet;

/// How one model's tokenizer, the other, differs from that of a first model. Tokens that have no
/// row do not count.
///
/// @param sameMeaning whether their tokens are spelt alike, so that they have a union
/// @param same how many tokens have the same id
/// @param moved tokens of both with another id; a union keeps the first model's
/// @param missing tokens that only the first model has
/// @param additional tokens that only the other model has
/// @param redefined tokens of both that only one of them looks for before the text is cut up, or
///   that they look for differently; in a union the first definition counts
/// @param roles that other tokens have, such as `eos_token`
public record TokenizerDifference(
    boolean sameMeaning,
    int same,
    List<String> moved,
    List<String> missing,
    List<String> additional,
    List<String> redefined,
    List<String> roles) {
  public TokenizerDifference {
    moved = List.copyOf(moved);
    missing = List.copyOf(missing);
    additional = List.copyOf(additional);
    redefined = List.copyOf(redefined);
    roles = List.copyOf(roles);
  }

  static TokenizerDifference of(TokenizerReport first, TokenizerReport other) {
    int same = 0;
    List<String> moved = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    List<String> additional = new ArrayList<>();
    List<String> redefined = new ArrayList<>();
    SequencedSet<String> tokens = new LinkedHashSet<>(first.ids().sequencedKeySet());
    tokens.addAll(other.ids().sequencedKeySet());
    for (String token : tokens) {
      int ofFirst = first.row(token);
      int ofOther = other.row(token);
      if (ofFirst < 0 && ofOther < 0) {
        continue;
      }
      if (ofOther < 0) {
        missing.add(token);
      } else if (ofFirst < 0) {
        additional.add(token);
      } else {
        if (ofFirst == ofOther) {
          same++;
        } else {
          moved.add(token);
        }
        if (!Objects.equals(first.added().get(token), other.added().get(token))) {
          redefined.add(token);
        }
      }
    }
    SequencedSet<String> roles = new LinkedHashSet<>(first.roles().sequencedKeySet());
    roles.addAll(other.roles().sequencedKeySet());
    roles.removeIf(role -> Objects.equals(first.roles().get(role), other.roles().get(role)));
    return new TokenizerDifference(
        first.kind().equals(other.kind()) && first.spelling().equals(other.spelling()),
        same,
        moved,
        missing,
        additional,
        redefined,
        List.copyOf(roles));
  }
}
