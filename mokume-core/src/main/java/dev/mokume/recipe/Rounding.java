package dev.mokume.recipe;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.List;

/// How a number becomes an 8-bit float, F8_E4M3 or F8_E5M2. All else is rounded to the nearest.
public sealed interface Rounding {
  String NEAREST = "nearest";
  String STOCHASTIC = "stochastic";

  /// To the nearest, and of two to the even one.
  record Nearest() implements Rounding {}

  /// Up or down by chance, so that the mean of many elements stays what it was: the nearer
  /// neighbour is the likelier one.
  ///
  /// @param seed of the draws, which are Mokume's own whatever generator the recipe names
  record Stochastic(long seed) implements Rounding {}

  static Rounding nearest() {
    return new Nearest();
  }

  /// `nearest`, `stochastic` or `stochastic:SEED`; the seed is 0 if there is none.
  ///
  /// @throws MokumeException `INVALID_RECIPE` for anything else
  static Rounding parse(String text) {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    try {
      if (kind.equals(STOCHASTIC)) {
        return new Stochastic(colon < 0 ? 0 : Long.parseLong(text.substring(colon + 1)));
      }
    } catch (NumberFormatException e) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the seed of stochastic rounding must be an integer but is '"
              + text.substring(colon + 1)
              + "'; write stochastic:7.",
          e);
    }
    if (text.equals(NEAREST)) {
      return nearest();
    }
    throw new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "there is no rounding '"
            + text
            + "'"
            + dev.mokume.error.Nearest.ending(text, List.of(NEAREST, STOCHASTIC))
            + " It is nearest, stochastic or, with a seed, stochastic:7.");
  }
}
