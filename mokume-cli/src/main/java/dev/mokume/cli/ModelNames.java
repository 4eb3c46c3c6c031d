package dev.mokume.cli;

/// How a recipe made of options calls its models: A, B, C in the order given.
final class ModelNames {
  private ModelNames() {}

  static String letter(int index) {
    return index < 26 ? String.valueOf((char) ('A' + index)) : "M" + (index + 1);
  }
}
