package dev.mokume.internal.yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/// The values of one map of a text, by key. Unknown, double and missing keys are told when it is
/// made.
public class YamlFields {
  private final YamlReading reading;
  private final SequencedMap<String, Entry> entries;

  /// @param node told if it is no map
  public YamlFields(YamlReading reading, Node node, Form form) {
    this.reading = reading;
    this.entries = entries(reading, node, form.name());
    if (node instanceof MappingNode) {
      tellUnknown(reading, entries, form);
      tellMissing(reading, node, entries, form);
    }
  }

  /// A key's place and its value.
  public record Entry(Node key, Node value) {}

  /// The entries of a map with any keys; empty, and told, if `node` is no map. Of a double key the
  /// first counts.
  public static SequencedMap<String, Entry> entries(YamlReading reading, Node node, String what) {
    SequencedMap<String, Entry> entries = new LinkedHashMap<>();
    if (!(node instanceof MappingNode map)) {
      reading.problem(
          node, "%s must be a map but is %s".formatted(what, YamlReading.describe(node)));
      return entries;
    }
    for (NodeTuple tuple : map.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key) || key.getValue().isBlank()) {
        reading.problem(tuple.getKeyNode(), "a key of " + what + " must be text");
        continue;
      }
      Entry first = entries.putIfAbsent(key.getValue(), new Entry(key, tuple.getValueNode()));
      if (first != null) {
        String line =
            first
                .key()
                .getStartMark()
                .map(mark -> ", first in line " + (mark.getLine() + 1))
                .orElse("");
        reading.problem(key, "%s has the key '%s' twice%s".formatted(what, key.getValue(), line));
      }
    }
    return entries;
  }

  private static void tellUnknown(
      YamlReading reading, SequencedMap<String, Entry> entries, Form form) {
    entries.forEach((key, entry) -> {
      if (!form.keys().contains(key)) {
        reading.unknownKey(entry.key(), key, form);
      }
    });
  }

  private static void tellMissing(
      YamlReading reading, Node node, SequencedMap<String, Entry> entries, Form form) {
    List<String> missing = new ArrayList<>(form.required());
    missing.removeAll(entries.keySet());
    if (!missing.isEmpty()) {
      reading.problem(
          node,
          "%s lacks %s; it needs %s%s"
              .formatted(
                  form.name(),
                  String.join(", ", missing),
                  String.join(", ", form.required()),
                  form.optional().isEmpty()
                      ? ""
                      : " and may have " + String.join(", ", form.optional())));
    }
  }

  public @Nullable Node get(String key) {
    Entry entry = entries.get(key);
    return entry == null ? null : entry.value();
  }

  public boolean has(String key) {
    return entries.containsKey(key);
  }

  public double number(String key, double otherwise, Range range) {
    Node node = get(key);
    return node == null ? otherwise : reading.number(node, key, range);
  }

  public long integer(String key, long otherwise, long least, long most) {
    Node node = get(key);
    return node == null ? otherwise : reading.integer(node, key, least, most);
  }

  public long seed(String key, long otherwise) {
    return integer(key, otherwise, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  public boolean bool(String key, boolean otherwise) {
    Node node = get(key);
    return node == null ? otherwise : reading.bool(node, key);
  }

  public String text(String key, String otherwise) {
    Node node = get(key);
    return node == null ? otherwise : reading.text(node, key);
  }

  public <E extends Enum<E>> E choice(String key, E otherwise, E[] values) {
    Node node = get(key);
    return node == null ? otherwise : reading.choice(node, key, values);
  }
}
