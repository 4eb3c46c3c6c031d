package dev.mokume.workflow;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One drawing at its place: the whole workflow's, or that of one instance of a subgraph. Compared
/// by identity.
final class Drawing {
  final Canvas canvas;

  /// The drawing that has the instance; nothing for the whole workflow.
  final @Nullable Drawing outer;

  final Canvas.@Nullable Box instance;

  /// Before the ids of its nodes: `5:3:`.
  final String path;

  /// By id of the instance in this drawing.
  final Map<String, Drawing> inner = new HashMap<>();

  private Drawing(
      Canvas canvas, @Nullable Drawing outer, Canvas.@Nullable Box instance, String path) {
    this.canvas = canvas;
    this.outer = outer;
    this.instance = instance;
    this.path = path;
  }

  static Drawing whole(Canvas canvas) {
    return new Drawing(canvas, null, null, "");
  }

  Drawing add(Canvas.Box instance, Canvas canvas) {
    Drawing drawing = new Drawing(canvas, this, instance, path + instance.id() + ":");
    inner.put(instance.id(), drawing);
    return drawing;
  }

  /// How many subgraphs it lies in.
  int depth() {
    return outer == null ? 0 : 1 + outer.depth();
  }

  /// Whether it lies in an instance of this type.
  boolean isInside(String type) {
    return instance != null
        && (instance.type().equals(type) || (outer != null && outer.isInside(type)));
  }
}
