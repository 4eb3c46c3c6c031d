package dev.mokume.recipe;

import java.util.function.DoublePredicate;

/// Which numbers are allowed somewhere, and how to say so.
record Range(String words, DoublePredicate allows) {
  static final Range FINITE = new Range("a finite number", Double::isFinite);
  static final Range SHARE = new Range("a number from 0 to 1", x -> x >= 0 && x <= 1);
  static final Range NOT_NEGATIVE =
      new Range("a finite number that is not negative", x -> Double.isFinite(x) && x >= 0);
}
