package dev.mokume.golden;

/// Tensors of the checked-in golden data, for tests that are no cases.
public final class GoldenNumbers {
  private GoldenNumbers() {}

  /// The elements of a tensor of a suite's file.
  public static double[] of(String suite, String file, String tensor) {
    return GoldenSuite.open(GoldenFolder.checkedIn(), suite)
        .orElseThrow()
        .tensors(file)
        .tensors()
        .get(tensor)
        .values();
  }
}
