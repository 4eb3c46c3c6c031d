package dev.mokume.workflow;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
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
}
