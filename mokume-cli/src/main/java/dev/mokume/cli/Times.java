package dev.mokume.cli;

import java.util.Arrays;
import java.util.List;

/// The seconds that every run of one thing took.
record Times(List<Double> seconds) {
  Times {
    seconds = List.copyOf(seconds);
  }

  double median() {
    double[] sorted = toArray();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  double[] toArray() {
    return seconds.stream().mapToDouble(Double::doubleValue).toArray();
  }

  double least() {
    return Arrays.stream(toArray()).min().orElse(Double.NaN);
  }

  double most() {
    return Arrays.stream(toArray()).max().orElse(Double.NaN);
  }
}
