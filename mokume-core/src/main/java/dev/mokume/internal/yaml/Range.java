package dev.mokume.internal.yaml;

import java.util.function.DoublePredicate;

/// Which numbers are allowed somewhere, and how to say so.
public record Range(String words, DoublePredicate allows) {
  public static final Range FINITE = new Range("a finite number", Double::isFinite);
  public static final Range SHARE = new Range("a number from 0 to 1", x -> x >= 0 && x <= 1);
  public static final Range NOT_NEGATIVE =
      new Range("a finite number that is not negative", x -> Double.isFinite(x) && x >= 0);

  /// Whole numbers, both ends among them.
  public static Range whole(long least, long most) {
    return new Range(
        "a whole number from " + least + " to " + most,
        x -> x == Math.rint(x) && x >= least && x <= most);
  }
}
