package dev.mokume.internal.engine;

/// How many magnitudes are less than an exact quantile of them: known with the quantile, without a
/// look at any element.
record CountBelow() {}
