package dev.mokume.cli;

import dev.mokume.recipe.Compat;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The option that says whose behaviour methods have.
final class CompatFlag {
  @Option(
      names = "--compat",
      order = 109,
      paramLabel = "PROFILE",
      description =
          "Reproduce another tool, its defects included: none (the default), daremerge,"
              + " daremerge-2024-01, comfyui, mergekit, mergelm, mecha; or what a ComfyUI workflow"
              + " runs under, without the defects that damage tensors: comfyui+daremerge.")
  private Optional<String> compat = Optional.empty();

  /// @throws dev.mokume.error.MokumeException for a name that is none
  Optional<Compat> profile() {
    return compat.map(Compat::parse);
  }
}
