package dev.mokume.sweep;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which variants are written.
public sealed interface Selection {
  /// All of them.
  record All() implements Selection {}

  /// None: only the distances are wanted.
  record None() implements Selection {}

  /// Those of the least metric, or of the greatest; of equal ones those that come first. What has
  /// no number comes last.
  ///
  /// @param count at least 1
  record Extreme(int count, boolean greatest, Metric by) implements Selection {
    public Extreme {
      if (count < 1) {
        throw new IllegalArgumentException("cannot write the best " + count + " variants");
      }
    }
  }

  /// The places of the variants to write, in their order.
  ///
  /// @param distances of each variant
  default List<Integer> of(List<List<Distance>> distances) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < distances.size(); i++) {
      all.add(i);
    }
    return switch (this) {
      case All _ -> all;
      case None _ -> List.of();
      case Extreme(int count, boolean greatest, Metric by) ->
          all.stream()
              .sorted(Comparator.comparingDouble(i -> rank(by.of(distances.get(i)), greatest)))
              .limit(count)
              .sorted()
              .toList();
    };
  }

  private static double rank(double value, boolean greatest) {
    // Doubles are compared with NaN as the greatest.
    return greatest ? -value : value;
  }
}
