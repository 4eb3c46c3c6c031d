package dev.mokume.internal.yaml;

import java.util.List;
import java.util.stream.Stream;

/// The keys that a map of a text has.
///
/// @param name what holds them: a method's name, or `the recipe`
public record Form(String name, List<String> required, List<String> optional) {
  public Form {
    required = List.copyOf(required);
    optional = List.copyOf(optional);
  }

  /// Keys in one text, separated by spaces.
  public static Form of(String name, String required, String optional) {
    return new Form(name, words(required), words(optional));
  }

  public List<String> keys() {
    return Stream.concat(required.stream(), optional.stream()).toList();
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(" "));
  }
}
