package dev.mokume.plan;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.InputsFirst;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Scalar;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Tells whether tensors of two plans are made in the same way of the same bytes.
///
/// A node means what its class and its fields mean: of fields that are nodes their meaning counts,
/// of stored tensors the bytes, of all else `equals`. So a field without an equality of its own,
/// and a method of a plugin, whose code may be another by now, is never the same twice: a tensor is
/// then computed that need not be.
final class Meanings {
  /// Of numbers about other tensors, which the expressions of many tensors have.
  private final @Nullable Meanings elsewhere;

  private final Map<Object, Integer> byNode = new IdentityHashMap<>();
  private final Map<List<Object>, Integer> byMeaning = new HashMap<>();

  private Meanings(@Nullable Meanings elsewhere) {
    this.elsewhere = elsewhere;
  }

  /// Of numbers about other tensors.
  static Meanings elsewhere() {
    return new Meanings(null);
  }

  /// Of the expressions of one tensor; a model's together may be too many.
  static Meanings ofTensor(Meanings elsewhere) {
    return new Meanings(elsewhere);
  }

  /// What a tensor is made of and how, and how it is stored; equal for two that are the same bytes.
  List<Object> of(OutputTensor tensor) {
    return List.of(tensor.entry(), fields(tensor.content()));
  }

  private int node(Object node) {
    for (Object each : InputsFirst.of(node, byNode::containsKey)) {
      if (!byNode.containsKey(each)) {
        List<Object> meaning =
            elsewhere != null && isElsewhere(each) ? List.of(elsewhere.node(each)) : fields(each);
        byNode.put(each, byMeaning.computeIfAbsent(meaning, _ -> byMeaning.size()));
      }
    }
    return Objects.requireNonNull(byNode.get(node));
  }

  private static boolean isElsewhere(Object node) {
    return node instanceof Scalar.RankedAmong || node instanceof Scalar.Measured;
  }

  private List<Object> fields(Object node) {
    List<Object> meaning = new ArrayList<>();
    meaning.add(node.getClass());
    for (RecordComponent field : node.getClass().getRecordComponents()) {
      try {
        meaning.add(meaning(field.getAccessor().invoke(node)));
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(e);
      }
    }
    return meaning;
  }

  private Object meaning(Object value) {
    return switch (value) {
      case Elements node -> node(node);
      case Bits node -> node(node);
      case Scalar node -> node(node);
      case PerLine node -> node(node);
      case StoredTensor tensor -> List.of(tensor.range(), tensor.spec().dtype());
      case List<?> values -> {
        List<Object> meanings = new ArrayList<>();
        values.forEach(each -> meanings.add(meaning(each)));
        yield meanings;
      }
      case MergeMethod method when !MergeMethods.isOwn(method) -> new Object();
      default -> value;
    };
  }
}
