package dev.mokume.recipe.mergekit;

/// What a parameter of a config comes to for one tensor.
sealed interface Value {
  record Real(double value) implements Value {
    @Override
    public String toString() {
      return String.valueOf(value);
    }
  }

  record Flag(boolean value) implements Value {
    @Override
    public String toString() {
      return String.valueOf(value);
    }
  }

  record Text(String value) implements Value {
    @Override
    public String toString() {
      return "'" + value + "'";
    }
  }
}
