package dev.mokume.recipe.comfyui;

import dev.mokume.workflow.Node;
import java.util.List;
import java.util.Optional;

/// What became of one node.
///
/// @param type what is known of its class; nothing for a class that Mokume does not know
/// @param outcome what it gives; nothing where that cannot be said
/// @param saving what it writes, for a save node
/// @param errors in its inputs
/// @param hindrance why it has no outcome, as a clause, if not because of its errors
/// @param blockedBy the node whose missing value is the reason
record NodeResult(
    Node node,
    Optional<NodeType> type,
    Optional<Outcome> outcome,
    Optional<Saving> saving,
    List<NodeError> errors,
    Optional<String> hindrance,
    Optional<String> blockedBy) {
  NodeResult {
    errors = List.copyOf(errors);
  }

  /// A node that Mokume does not run.
  static NodeResult hindered(Node node, Optional<NodeType> type, String why) {
    return new NodeResult(
        node,
        type,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.of(why),
        Optional.empty());
  }

  boolean isSound() {
    return errors.isEmpty() && (outcome.isPresent() || saving.isPresent());
  }
}
