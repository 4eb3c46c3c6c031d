package dev.mokume.plugin;

import java.util.List;

/// What a method merges.
///
/// @param names of its models in order, if it takes a certain number; empty if it takes a list
/// @param least models of a list; the number of names otherwise
/// @param onDeltas whether it works on task vectors: then each input is a model minus a base, and
///   what the method makes is scaled and added to that base. A recipe names `base`, and may give
///   `scale`
public record Models(List<String> names, int least, boolean onDeltas) {
  static final String BASE = "base";
  static final String SCALE = "scale";

  public Models {
    names = List.copyOf(names);
    if (least < 1 || !names.isEmpty() && least != names.size()) {
      throw new IllegalArgumentException(
          "a method of " + names + " cannot take " + least + " models or more");
    }
  }

  /// These, each under its own name.
  public static Models of(String... names) {
    return new Models(List.of(names), names.length, false);
  }

  /// A list of that many or more.
  public static Models atLeast(int least) {
    return new Models(List.of(), least, false);
  }

  /// The same as task vectors.
  public Models asDeltas() {
    return new Models(names, least, true);
  }

  /// Whether there may be so many.
  public boolean allows(int count) {
    return names.isEmpty() ? count >= least : count == least;
  }
}
