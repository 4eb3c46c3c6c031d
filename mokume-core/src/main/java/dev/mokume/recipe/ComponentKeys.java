package dev.mokume.recipe;

import dev.mokume.architecture.Component;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/// A map of a recipe whose keys are components: by their own names, `clip` for every text encoder,
/// or `all`.
final class ComponentKeys {
  static final String ALL = "all";
  static final String TEXT_ENCODERS = "clip";

  private ComponentKeys() {}

  /// The value of each component that has one. A component by its own name goes before its group,
  /// and a group before `all`, wherever they stand.
  ///
  /// @param node nothing is an empty map
  /// @param what the key whose value `node` is
  static <T> SequencedMap<Component, T> read(
      Reading reading, @Nullable Node node, String what, BiFunction<Node, String, T> read) {
    SequencedMap<String, T> values = new LinkedHashMap<>();
    if (node != null) {
      Fields.entries(reading, node, what)
          .forEach((name, entry) -> {
            if (names().contains(name)) {
              values.put(name, read.apply(entry.value(), name));
            } else {
              reading.problem(
                  entry.key(),
                  "%s has no component '%s'%s"
                      .formatted(what, name, Reading.oneOf(name, names(), "The components are")));
            }
          });
    }
    SequencedMap<Component, T> components = new LinkedHashMap<>();
    for (Component component : Component.values()) {
      String name =
          values.containsKey(component.id())
              ? component.id()
              : component.isTextEncoder() && values.containsKey(TEXT_ENCODERS)
                  ? TEXT_ENCODERS
                  : ALL;
      T value = values.get(name);
      if (value != null) {
        components.put(component, value);
      }
    }
    return components;
  }

  static List<String> names() {
    List<String> names = new ArrayList<>(Component.ids());
    names.add(TEXT_ENCODERS);
    names.add(ALL);
    return names;
  }
}
