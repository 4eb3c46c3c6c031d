package dev.mokume.plugin;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What a method is called and what it takes: enough to list it, to explain it, to read it from a
/// recipe and to check what it is given.
///
/// @param name as it stands in recipes: lower-case words joined by `_`. On the command line `-` is
///   as good
/// @param formula what becomes of an element, in a line
/// @param models what it merges
/// @param parameters what else it takes
/// @param source where it comes from: a paper, a program; may be empty
public record MethodInfo(
    String name, String formula, Models models, List<Parameter> parameters, String source) {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");

  /// What stands beside the parameters in a recipe.
  private static final Set<String> TAKEN = Set.of("name", "models", Models.BASE, Models.SCALE);

  public MethodInfo {
    parameters = List.copyOf(parameters);
    requireName("the method", name);
    Set<String> names = new HashSet<>(TAKEN);
    names.addAll(models.names());
    for (Parameter parameter : parameters) {
      requireName("a parameter of " + name, parameter.name());
      if (!names.add(parameter.name())) {
        throw new IllegalArgumentException(
            "the method '%s' has two things that are called '%s'; name, models, base and scale are taken"
                .formatted(name, parameter.name()));
      }
    }
  }

  private static void requireName(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          what + " is called '" + name + "', which is not lower-case words joined by _");
    }
  }

  /// The parameter of that name.
  public Optional<Parameter> parameter(String parameter) {
    return parameters.stream().filter(known -> known.name().equals(parameter)).findFirst();
  }
}
