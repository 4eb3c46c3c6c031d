package dev.mokume.workflow;

import java.util.stream.Collectors;

/// A workflow as text, a node a line: `2 ModelMergeSimple model1=1#0 ratio=0.5`.
final class Shown {
  private Shown() {}

  static String of(Workflow workflow) {
    return workflow.nodes().values().stream().map(Shown::of).collect(Collectors.joining("\n"));
  }

  private static String of(Node node) {
    StringBuilder line = new StringBuilder(node.id()).append(' ').append(node.type());
    node.inputs()
        .forEach((name, input) -> line.append(' ').append(name).append('=').append(of(input)));
    return line.toString();
  }

  private static String of(Input input) {
    return switch (input) {
      case Input.Link(String node, int slot) -> node + "#" + slot;
      case Input.Literal(var value) -> value.isNumber() ? value.asString() : value.toString();
    };
  }
}
