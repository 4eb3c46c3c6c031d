package dev.mokume.cli;

import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Rng;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options that say how methods work: whose behaviour they have, and where random numbers come
/// from.
final class ProfileFlags {
  @Mixin private final CompatFlag compat = new CompatFlag();

  @Option(
      names = "--rng",
      order = 110,
      paramLabel = "GENERATOR",
      description =
          "Random numbers: stateless (the default) or torch-cpu, which reproduces a merge made with"
              + " torch on a CPU. A merge made on a GPU cannot be reproduced: its draws depend on"
              + " the card.")
  private Optional<String> rng = Optional.empty();

  Optional<Compat> compat() {
    return compat.profile();
  }

  Optional<Rng> rng() {
    return rng.map(Rng::parse);
  }

  /// The recipe under what was given, which goes before what a recipe file says.
  ///
  /// @throws dev.mokume.error.MokumeException for names that are none
  Recipe applyTo(Recipe recipe) {
    Problems problems = new Problems();
    Compat profile = problems.collect(recipe.compat(), () -> compat().orElse(recipe.compat()));
    Rng generator = problems.collect(recipe.rng(), () -> rng().orElse(recipe.rng()));
    problems.throwIfAny();
    return recipe.withProfile(profile, generator);
  }
}
