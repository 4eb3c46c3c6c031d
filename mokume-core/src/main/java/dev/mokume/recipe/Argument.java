package dev.mokume.recipe;

import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// What a recipe gives a method's parameter.
public sealed interface Argument {
  /// For a [Parameter.Real], or a [Parameter.Whole] that is no seed: a number for each tensor.
  record Real(Ratio value) implements Argument {}

  /// For a [Parameter.Whole].
  record Whole(long value) implements Argument {}

  /// For a [Parameter.Flag].
  record Flag(boolean value) implements Argument {}

  /// For a [Parameter.Choice].
  record Choice(String value) implements Argument {}

  /// The same number for every tensor.
  static Argument of(double value) {
    return new Real(new Ratio.Constant(value));
  }

  /// What a parameter is where a recipe does not say.
  static Argument otherwise(Parameter parameter) {
    return switch (parameter) {
      case Parameter.Real real -> of(real.otherwise());
      case Parameter.Whole whole -> new Whole(whole.otherwise());
      case Parameter.Flag flag -> new Flag(flag.otherwise());
      case Parameter.Choice choice -> new Choice(choice.values().getFirst());
    };
  }

  /// `arguments` with the defaults of those that are missing, in the order of the parameters.
  ///
  /// @throws IllegalArgumentException if one does not fit its parameter, or has none
  static SequencedMap<String, Argument> complete(
      MethodInfo method, Map<String, Argument> arguments) {
    SequencedMap<String, Argument> complete = new LinkedHashMap<>();
    for (Parameter parameter : method.parameters()) {
      Argument given = arguments.get(parameter.name());
      Argument argument = given == null ? otherwise(parameter) : given;
      if (!fits(argument, parameter)) {
        throw new IllegalArgumentException(
            "%s of %s cannot be %s".formatted(parameter.name(), method.name(), argument));
      }
      complete.put(parameter.name(), argument);
    }
    for (String name : arguments.keySet()) {
      if (!complete.containsKey(name)) {
        throw new IllegalArgumentException(
            "%s has no parameter '%s'; its parameters are %s"
                .formatted(method.name(), name, complete.keySet()));
      }
    }
    return Collections.unmodifiableSequencedMap(complete);
  }

  private static boolean fits(Argument argument, Parameter parameter) {
    return switch (parameter) {
      case Parameter.Real real ->
          argument instanceof Real(var value)
              && (!(value instanceof Ratio.Constant(var number))
                  || number >= real.least() && number <= real.most());
      case Parameter.Whole whole ->
          switch (argument) {
            case Whole(var value) -> value >= whole.least() && value <= whole.most();
            case Real(var ratio) ->
                !whole.name().equals(Parameter.SEED) && !(ratio instanceof Ratio.Constant);
            case Flag _, Choice _ -> false;
          };
      case Parameter.Flag _ -> argument instanceof Flag;
      case Parameter.Choice choice ->
          argument instanceof Choice(var value) && choice.values().contains(value);
    };
  }
}
