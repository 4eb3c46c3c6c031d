package dev.mokume.plot;

import java.util.Optional;

/// What a drawing has to be told of node types: what kind of thing comes out of a slot.
@FunctionalInterface
public interface OutputTypes {
  /// As ComfyUI names it, `MODEL`; nothing for a node type that is not known.
  ///
  /// @param nodeType as in `CheckpointLoaderSimple`
  Optional<String> of(String nodeType, int slot);
}
