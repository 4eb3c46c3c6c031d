package dev.mokume.recipe.mergekit;

import dev.mokume.recipe.Compat;

/// What mergekit's programs are told besides the config.
///
/// @param compat whose behaviour to reproduce
/// @param seed of methods that draw random numbers
/// @param mixed whether models of different architectures may be merged, as far as they have the
///   same names and shapes: mergekit's `--allow-crimes`
public record MergekitOptions(Compat compat, long seed, boolean mixed) {
  /// No profile, seed 1, one architecture.
  public static MergekitOptions defaults() {
    return new MergekitOptions(Compat.NONE, 1, false);
  }

  public MergekitOptions withCompat(Compat value) {
    return new MergekitOptions(value, seed, mixed);
  }

  public MergekitOptions withSeed(long value) {
    return new MergekitOptions(compat, value, mixed);
  }

  public MergekitOptions withMixed(boolean value) {
    return new MergekitOptions(compat, seed, value);
  }
}
