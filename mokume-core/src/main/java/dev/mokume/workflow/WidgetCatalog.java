package dev.mokume.workflow;

import java.util.List;
import java.util.Optional;

/// What the editor's form needs to know of node types: it stores a node's own values as a bare row,
/// in the order of the type's definition.
public interface WidgetCatalog {
  /// The inputs of a type that have a widget, in the order of its definition; nothing for a type
  /// that is not known.
  Optional<List<Widget>> widgets(String type);

  /// @param name of the input
  /// @param type `INT`, `FLOAT`, `STRING`, `BOOLEAN` or `COMBO`
  /// @param controlled whether the row has another value after this one that is not an input:
  ///   `randomize`, `fixed`
  record Widget(String name, String type, boolean controlled) {}
}
