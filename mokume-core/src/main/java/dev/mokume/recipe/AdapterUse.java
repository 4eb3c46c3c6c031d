package dev.mokume.recipe;

import java.nio.file.Path;
import java.util.Optional;

/// An adapter's file, and whose names it is read by: those of the first model, or those that a
/// stack's layers had where they came from.
///
/// @param origin nothing for the names of the first model
public record AdapterUse(Path file, Optional<Origin> origin) {
  /// A model whose layers a stack has under other numbers.
  public record Origin(String stack, String model) {}
}
