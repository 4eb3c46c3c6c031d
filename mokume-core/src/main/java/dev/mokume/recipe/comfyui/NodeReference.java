package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// How people name a node: by its id, or by its title or class if no other node has that.
final class NodeReference {
  private static final int LISTED = 5;

  private NodeReference() {}

  /// @param option that named it, for messages
  static Node find(Workflow workflow, String text, String option) {
    Optional<Node> found = lookUp(workflow, text, option);
    return found.orElseThrow(() -> unknown(workflow, text, option));
  }

  /// The node that `text` names; nothing if there is none.
  ///
  /// @throws MokumeException if there are several
  static Optional<Node> lookUp(Workflow workflow, String text, String option) {
    Node byId = workflow.nodes().get(text);
    if (byId != null) {
      return Optional.of(byId);
    }
    List<Node> byTitle = all(workflow, node -> node.title().equals(text));
    List<Node> found =
        byTitle.isEmpty() ? all(workflow, node -> node.type().equals(text)) : byTitle;
    if (found.size() > 1) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "%s: %s nodes are called %s; name one by its id: %s."
              .formatted(
                  option,
                  found.size(),
                  Quoted.name(text),
                  Quoted.list(found.stream().map(Node::id).toList(), LISTED)));
    }
    return found.stream().findFirst();
  }

  private static List<Node> all(Workflow workflow, Predicate<Node> wanted) {
    return workflow.nodes().values().stream().filter(wanted).toList();
  }

  private static MokumeException unknown(Workflow workflow, String text, String option) {
    List<String> names = new ArrayList<>(workflow.nodes().keySet());
    workflow
        .nodes()
        .values()
        .forEach(node -> {
          names.add(node.title());
          names.add(node.type());
        });
    return new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "%s: the workflow has no node %s%s --list shows them all."
            .formatted(option, Quoted.name(text), Nearest.ending(text, names)));
  }
}
