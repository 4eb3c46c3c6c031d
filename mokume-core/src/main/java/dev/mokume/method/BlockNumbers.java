package dev.mokume.method;

import java.util.function.ToDoubleFunction;

/// Turns block weights as a person writes them into one number for each tensor of the first model.
@FunctionalInterface
public interface BlockNumbers {
  /// @param weights a row of numbers, or `name=value` pairs
  /// @param otherwise the number of all that `weights` does not name
  /// @return the number for a tensor's name
  /// @throws dev.mokume.error.MokumeException `INVALID_RECIPE` with every problem of the text
  ToDoubleFunction<String> read(String weights, double otherwise);
}
