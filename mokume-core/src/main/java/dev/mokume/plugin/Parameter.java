package dev.mokume.plugin;

import java.util.List;

/// What a method takes besides models.
public sealed interface Parameter {
  /// Lower-case words joined by `_`.
  String name();

  /// What it does, in half a sentence.
  String about();

  /// A number, which a recipe may give tensor by tensor: by block, by depth, by name.
  ///
  /// @param otherwise its value where a recipe does not say
  /// @param least that it may be
  /// @param most that it may be
  record Real(String name, double otherwise, double least, double most, String about)
      implements Parameter {
    public Real {
      if (!(least <= otherwise && otherwise <= most)) {
        throw new IllegalArgumentException(
            "%s is %s by default, which is not in %s..%s".formatted(name, otherwise, least, most));
      }
    }
  }

  /// A whole number.
  ///
  /// @param otherwise its value where a recipe does not say
  /// @param least that it may be
  /// @param most that it may be
  record Whole(String name, long otherwise, long least, long most, String about)
      implements Parameter {
    public Whole {
      if (otherwise < least || otherwise > most) {
        throw new IllegalArgumentException(
            "%s is %s by default, which is not in %s..%s".formatted(name, otherwise, least, most));
      }
    }
  }

  /// True or false.
  ///
  /// @param otherwise its value where a recipe does not say
  record Flag(String name, boolean otherwise, String about) implements Parameter {}

  /// One of a few words.
  ///
  /// @param values the first is the one where a recipe does not say
  record Choice(String name, List<String> values, String about) implements Parameter {
    public Choice {
      values = List.copyOf(values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException(name + " has no values");
      }
    }
  }

  /// A share, from 0 to 1.
  static Real share(String name, double otherwise, String about) {
    return new Real(name, otherwise, 0, 1, about);
  }

  /// The seed of random numbers: [TensorCall#random] follows from it.
  static Whole seed(long otherwise) {
    return new Whole(
        SEED, otherwise, Long.MIN_VALUE, Long.MAX_VALUE, "what the random numbers follow from");
  }

  /// What the parameter is called that random numbers follow from.
  String SEED = "seed";
}
