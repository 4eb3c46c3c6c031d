package dev.mokume.recipe;

import dev.mokume.error.Nearest;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/// A map with the name of a method as its only key, and what the method is given as its value.
record Expression(String method, Node argument, SequencedMap<String, Fields.Entry> entries) {
  /// @param what the key whose value `node` is
  /// @param kind what it has to be: `weights`, `a mask`, `a ratio`
  /// @param methods that there are
  /// @param besides keys that may stand beside the method
  static Optional<Expression> of(
      Reading reading,
      Node node,
      String what,
      String kind,
      List<String> methods,
      List<String> besides) {
    return of(reading, node, what, kind, methods, List.of(), besides);
  }

  /// @param more methods, too many to be told of in every message
  static Optional<Expression> of(
      Reading reading,
      Node node,
      String what,
      String kind,
      List<String> methods,
      List<String> more,
      List<String> besides) {
    if (!(node instanceof MappingNode)) {
      reading.problem(
          node,
          "%s must be %s, by name or as a map with one of %s, but is %s"
              .formatted(what, kind, String.join(", ", methods), Reading.describe(node)));
      return Optional.empty();
    }
    SequencedMap<String, Fields.Entry> entries = Fields.entries(reading, node, what);
    List<String> found = entries.keySet().stream().filter(key -> !besides.contains(key)).toList();
    if (found.size() != 1) {
      reading.problem(
          node,
          "%s must be %s: a map with one method of %s, but it has %s"
              .formatted(
                  what,
                  kind,
                  String.join(", ", methods),
                  found.isEmpty() ? "none" : String.join(", ", found)));
      return Optional.empty();
    }
    String method = found.getFirst();
    Fields.Entry entry = entries.getOrDefault(method, entries.firstEntry().getValue());
    if (!methods.contains(method) && !more.contains(method)) {
      String near = Nearest.to(method, methods).isEmpty() ? Nearest.suggestion(method, more) : "";
      reading.problem(
          entry.key(),
          "there is no method '%s' for %s%s%s"
              .formatted(method, kind, near, Reading.oneOf(method, methods, "The methods are")));
      return Optional.empty();
    }
    return Optional.of(new Expression(method, entry.value(), entries));
  }
}
