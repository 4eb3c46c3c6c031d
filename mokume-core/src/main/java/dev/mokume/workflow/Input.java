package dev.mokume.workflow;

import tools.jackson.databind.JsonNode;

/// What an input of a node is given.
public sealed interface Input {
  /// A value as the file has it, of whatever type.
  record Literal(JsonNode value) implements Input {}

  /// Output number `slot` of another node.
  record Link(String node, int slot) implements Input {}
}
