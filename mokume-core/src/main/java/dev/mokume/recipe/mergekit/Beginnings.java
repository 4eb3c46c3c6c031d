package dev.mokume.recipe.mergekit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The fewest beginnings of names, in whole segments, that tell groups of tensors from one another:
/// where all of `model.layers.3` is of one group, that alone says so.
final class Beginnings {
  private final Map<String, Integer> groups;
  private final SequencedMap<Integer, List<String>> found = new LinkedHashMap<>();

  private Beginnings(Map<String, Integer> groups) {
    this.groups = groups;
  }

  /// @param groups the group of each tensor, by name
  /// @return the beginnings of each group, in the order of the tensors
  static SequencedMap<Integer, List<String>> of(SequencedMap<String, Integer> groups) {
    Beginnings beginnings = new Beginnings(groups);
    beginnings.divide(List.copyOf(groups.keySet()), -1);
    return beginnings.found;
  }

  /// @param names that are alike as far as `dot`, where a segment ends; -1 for the start
  private void divide(List<String> names, int dot) {
    int group = group(names.getFirst());
    boolean alike = names.stream().allMatch(name -> group(name) == group);
    String first = names.getFirst();
    if (alike && (dot >= 0 || names.size() == 1)) {
      found
          .computeIfAbsent(group, _ -> new ArrayList<>())
          .add(dot >= 0 ? first.substring(0, dot) : first);
      return;
    }
    SequencedMap<String, List<String>> parts = new LinkedHashMap<>();
    for (String name : names) {
      int next = name.indexOf('.', dot + 1);
      parts
          .computeIfAbsent(next < 0 ? name : name.substring(0, next), _ -> new ArrayList<>())
          .add(name);
    }
    parts.forEach((beginning, part) -> divide(part, beginning.length()));
  }

  private int group(String name) {
    return groups.getOrDefault(name, 0);
  }
}
