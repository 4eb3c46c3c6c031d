package dev.mokume.analysis;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import java.util.List;
import java.util.Optional;

/// What differs between two checkpoints, by component and block.
///
/// Every tensor that both have in one shape is in the rows, unless [#unmeasured] says why it is
/// not. Values are compared in f32, so that checkpoints of different dtypes can be; sums are f64 in
/// the order of the first checkpoint's tensors, the same on every machine.
///
/// @param rows a row a component and block, in the architecture's order
/// @param components a row a component, `block` empty
/// @param onlyInFirst tensors that the second lacks
/// @param onlyInSecond tensors that the first lacks
/// @param otherShape tensors that both have in different shapes, as `name: [2, 3] against [3, 2]`
/// @param unmeasured tensors that differ, or may differ, and are in no row
public record Comparison(
    List<Row> rows,
    List<Row> components,
    List<String> onlyInFirst,
    List<String> onlyInSecond,
    List<String> otherShape,
    List<Unmeasured> unmeasured) {
  public Comparison {
    rows = List.copyOf(rows);
    components = List.copyOf(components);
    onlyInFirst = List.copyOf(onlyInFirst);
    onlyInSecond = List.copyOf(onlyInSecond);
    otherShape = List.copyOf(otherShape);
    unmeasured = List.copyOf(unmeasured);
  }

  /// The differences of some tensors together.
  ///
  /// With a base, the cosine and the sign agreement are those of the two task vectors; without one,
  /// the cosine is that of the weights and the sign agreement that of their signs.
  ///
  /// @param relativeDelta `|b - a| / |a|`; 0 where nothing differs, positive infinity where only
  ///   `a` is zero
  /// @param cosine of the angle between the two, -1..1; NaN where either is zero
  /// @param signAgreement share of the elements that have a sign in both where it is the same; NaN
  ///   where there are none
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

  /// A tensor that is in no row.
  ///
  /// @param reason in words: `I64, and the bytes differ`, `NaN or infinite values`, `the base lacks
  ///   it`
  public record Unmeasured(String tensor, String reason) {}

  /// Settles how two checkpoints are compared, or their task vectors against `base`. Reads headers
  /// only.
  ///
  /// @throws dev.mokume.error.MokumeException `MISMATCHED_INPUTS` if two of them have no tensor in
  ///   common; `UNSUPPORTED_CHECKPOINT` for quantised weights, whose numbers mean nothing without
  ///   their scales
  public static Measurement<Comparison> prepare(
      Checkpoint first, Checkpoint second, Optional<Checkpoint> base) {
    return PairedTensors.of(first, second, base);
  }
}
