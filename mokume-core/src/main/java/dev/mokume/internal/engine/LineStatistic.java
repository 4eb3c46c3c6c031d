package dev.mokume.internal.engine;

import dev.mokume.expression.FloatRounding;
import dev.mokume.expression.Lines;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.PerLine.Reduction;
import java.util.Arrays;

/// A number for each line of a tensor, in f64 and in index order: blocks must be added one after
/// the other.
final class LineStatistic implements Accumulator {
  private final Lines lines;
  private final Reduction reduction;
  private final double[] numbers;

  /// Of a logarithm of sums: the greatest element so far, which `numbers` are sums relative to.
  private final double[] greatest;

  LineStatistic(PerLine.Statistic statistic) {
    this.lines = statistic.lines();
    this.reduction = statistic.reduction();
    this.numbers = new double[Math.toIntExact(lines.count())];
    this.greatest = new double[hasGreatest(reduction) ? numbers.length : 0];
    Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
  }

  static long heapBytes(PerLine.Statistic statistic) {
    return statistic.lines().count() * Double.BYTES * (hasGreatest(statistic.reduction()) ? 2 : 1);
  }

  private static boolean hasGreatest(Reduction reduction) {
    return reduction == Reduction.LOG_SUM_EXP;
  }

  @Override
  public void add(Workspace w, int a, int b) {
    float[] values = w.values[a];
    for (int i = 0; i < w.count; ) {
      long element = w.first + i;
      int line = lines.of(element);
      if (lines.inner() == 1) {
        // Neighbours belong to neighbouring lines.
        int end = (int) Math.min(w.count, i + lines.count() - line);
        for (; i < end; i++) {
          add(line++, values, i, i + 1);
        }
      } else {
        int end = (int) Math.min(w.count, i + lines.inner() - element % lines.inner());
        add(line, values, i, end);
        i = end;
      }
    }
  }

  private void add(int line, float[] values, int from, int to) {
    switch (reduction) {
      case SUM -> {
        double sum = numbers[line];
        for (int i = from; i < to; i++) {
          sum += values[i];
        }
        numbers[line] = sum;
      }
      case SUM_IN_BF16 -> {
        float sum = (float) numbers[line];
        for (int i = from; i < to; i++) {
          sum = FloatRounding.BF16.round(sum + values[i]);
        }
        numbers[line] = sum;
      }
      case LOG_SUM_EXP -> {
        for (int i = from; i < to; i++) {
          addExponential(line, values[i]);
        }
      }
    }
  }

  private void addExponential(int line, double x) {
    if (x > greatest[line]) {
      numbers[line] = numbers[line] * StrictMath.exp(greatest[line] - x) + 1;
      greatest[line] = x;
    } else {
      numbers[line] += StrictMath.exp(x - greatest[line]);
    }
  }

  @Override
  public void finish() {
    if (reduction == Reduction.LOG_SUM_EXP) {
      for (int line = 0; line < numbers.length; line++) {
        numbers[line] = greatest[line] + StrictMath.log(numbers[line]);
      }
    }
  }

  double[] numbers() {
    return numbers;
  }
}
