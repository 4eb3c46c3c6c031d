package dev.mokume.workflow;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What flows through a slot: `MODEL`, `CLIP`; `A,B` for either; `*` for anything.
record SlotType(String name) {
  static final SlotType ANY = new SlotType("*");

  /// Characters of a list of alternatives: a longer name is compared as it is.
  private static final int LONGEST_LIST = 1_000;

  /// Editors write `*`, the number 0 or nothing for anything, and old ones the choices of a combo
  /// in place of its type.
  static SlotType of(@Nullable JsonNode json) {
    if (json == null || !json.isString()) {
      return json != null && json.isArray() ? new SlotType("COMBO") : ANY;
    }
    return json.stringValue().isEmpty() ? ANY : new SlotType(json.stringValue());
  }

  boolean isAny() {
    return name.equals(ANY.name);
  }

  boolean fits(SlotType other) {
    if (isAny() || other.isAny() || name.equals(other.name)) {
      return true;
    }
    if (name.length() > LONGEST_LIST || other.name.length() > LONGEST_LIST) {
      return false;
    }
    Set<String> others = Set.copyOf(other.alternatives());
    return alternatives().stream().anyMatch(others::contains);
  }

  private List<String> alternatives() {
    return Arrays.stream(name.toUpperCase(Locale.ROOT).split(","))
        .map(String::strip)
        .distinct()
        .toList();
  }
}
