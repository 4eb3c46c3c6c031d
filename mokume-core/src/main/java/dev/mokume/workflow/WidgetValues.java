package dev.mokume.workflow;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Gives the values that the editor stores with a node the names of its inputs.
final class WidgetValues {
  /// What stands behind a value and is no input: what the editor does to a seed after each run, and
  /// the button beside the name of an image.
  private static final Set<String> NOT_INPUTS =
      Set.of("fixed", "increment", "increment-wrap", "decrement", "randomize", "image");

  private static final Set<String> SEEDS = Set.of("seed", "noise_seed");

  private final WidgetCatalog catalog;

  WidgetValues(WidgetCatalog catalog) {
    this.catalog = catalog;
  }

  /// By name, in the order of the definition; nothing for a value that cannot be told.
  SequencedMap<String, JsonNode> of(Canvas.Box node) {
    SequencedMap<String, JsonNode> named = new LinkedHashMap<>();
    JsonNode values = node.values();
    if (values == null) {
      return named;
    }
    Optional<List<WidgetCatalog.Widget>> known = catalog.widgets(node.type());
    if (values.isObject()) {
      for (var entry : values.properties()) {
        boolean wanted =
            known.isEmpty()
                || known.get().stream().anyMatch(widget -> widget.name().equals(entry.getKey()));
        if (wanted && !entry.getValue().isNull()) {
          named.put(entry.getKey(), entry.getValue());
        }
      }
    } else if (values.isArray()) {
      Row row = new Row(values);
      row.take(known.orElseGet(() -> shown(node)), named);
      if (known.isEmpty() && !row.isUsedUp()) {
        // Some of the values have no name, so none of the others is certain.
        named.clear();
      }
    }
    return named;
  }

  /// The widgets of a type that is not in the catalog, as far as the node itself names them.
  private static List<WidgetCatalog.Widget> shown(Canvas.Box node) {
    List<WidgetCatalog.Widget> widgets = new ArrayList<>();
    for (Canvas.Socket input : node.inputs()) {
      if (input.widget() != null) {
        widgets.add(
            new WidgetCatalog.Widget(
                input.widget(), input.type().name(), SEEDS.contains(input.widget())));
      }
    }
    return widgets;
  }

  /// A row of values, read from its start.
  static final class Row {
    private final @Nullable JsonNode values;
    private int next;

    Row(@Nullable JsonNode values) {
      this.values = values != null && values.isArray() ? values : null;
    }

    void take(List<WidgetCatalog.Widget> widgets, SequencedMap<String, JsonNode> named) {
      for (WidgetCatalog.Widget widget : widgets) {
        take(widget).ifPresent(value -> named.put(widget.name(), value));
      }
    }

    /// The next value, if the row has one and it is not `null`.
    Optional<JsonNode> take(WidgetCatalog.Widget widget) {
      Optional<JsonNode> value = peek();
      next++;
      // Files that a program wrote may lack it.
      if (widget.controlled()
          && peek().filter(v -> v.isString() && NOT_INPUTS.contains(v.stringValue())).isPresent()) {
        next++;
      }
      return value.filter(v -> !v.isNull());
    }

    void skip(int count) {
      next += count;
    }

    boolean isUsedUp() {
      return next == (values == null ? 0 : values.size());
    }

    private Optional<JsonNode> peek() {
      return values == null ? Optional.empty() : Optional.ofNullable(values.get(next));
    }
  }
}
