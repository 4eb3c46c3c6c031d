package dev.mokume.workflow;

import dev.mokume.error.MokumeException;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// A graph in ComfyUI's API form: nodes by id, each with its class and its inputs. Nodes that only
/// arrange the canvas (reroutes, notes, primitives) and nodes that are switched off are resolved.
///
/// @param nodes by id, in the order of the file; an id may be a path, `5:3`, if the node comes from
///   a subgraph
/// @param canvas the graph as ComfyUI's editor draws it, if the file held that form; carried along
///   so that an output can embed it, and never interpreted after reading
public record Workflow(SequencedMap<String, Node> nodes, Optional<JsonNode> canvas) {
  public Workflow {
    nodes = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(nodes));
  }

  /// The wanted nodes and all that they need, each behind those whose outputs it takes. Nodes that
  /// none of them needs are not looked at.
  ///
  /// @param wanted ids
  /// @param outputs how many outputs a node has, or nothing if its type is not known
  /// @throws MokumeException `INVALID_RECIPE` if a wanted or linked node does not exist, if a link
  ///   names an output that its node does not have, or if nodes need each other in a circle
  public List<Node> inOrder(Collection<String> wanted, Function<Node, OptionalInt> outputs) {
    return DependencyOrder.of(nodes, wanted, outputs);
  }
}
