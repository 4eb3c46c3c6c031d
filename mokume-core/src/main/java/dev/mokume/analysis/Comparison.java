package dev.mokume.analysis;

import dev.mokume.architecture.Component;
import java.util.List;

/// What differs between two checkpoints, by component and block.
///
/// @param rows a row a component and block, in the architecture's order
/// @param components a row a component, `block` empty
/// @param onlyInFirst tensors that the second lacks
/// @param onlyInSecond tensors that the first lacks
/// @param otherShape tensors that both have in different shapes, as `name: [2, 3] against [3, 2]`
public record Comparison(
    List<Row> rows,
    List<Row> components,
    List<String> onlyInFirst,
    List<String> onlyInSecond,
    List<String> otherShape) {
  public Comparison {
    rows = List.copyOf(rows);
    components = List.copyOf(components);
    onlyInFirst = List.copyOf(onlyInFirst);
    onlyInSecond = List.copyOf(onlyInSecond);
    otherShape = List.copyOf(otherShape);
  }

  /// The differences of some tensors together.
  ///
  /// With a base, the cosine and the sign agreement are those of the two task vectors; without one, the cosine is that of
  /// the weights and the sign agreement that of their signs.
  ///
  /// @param relativeDelta `|b - a| / |a|`
  /// @param cosine of the angle between the two, -1..1; NaN where either is zero
  /// @param signAgreement share of the elements that have a sign in both where it is the same; NaN where there are none
  /// @param changed share of the elements that differ
  public record Row(
      Component component,
      String block,
      int tensors,
      long elements,
      double relativeDelta,
      double cosine,
      double signAgreement,
      double changed) {}
}
