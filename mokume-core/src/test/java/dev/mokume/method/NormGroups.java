package dev.mokume.method;

import java.util.List;
import java.util.SequencedMap;

/// Lets the golden harness see which tensors DareMerge's Normalize Model knows.
public final class NormGroups {
  private NormGroups() {}

  /// The members of each group by its first.
  public static SequencedMap<String, List<String>> ofDareMerge() {
    return DareMergeNormGroups.all();
  }
}
