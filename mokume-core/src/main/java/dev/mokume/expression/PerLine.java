package dev.mokume.expression;

import java.util.List;

/// One number for each of a tensor's lines, in f64: a statistic of the line's elements, or
/// arithmetic on such. What [Scalar] is for a whole tensor.
public sealed interface PerLine {
  /// How the elements lie in lines.
  Lines lines();

  /// A statistic that needs every element of the line.
  record Statistic(Reduction reduction, Elements of, Lines lines) implements PerLine {
    public Statistic {
      if (lines.elements() != of.count() || lines.count() > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException(lines + " are not lines of " + of.count() + " elements");
      }
    }
  }

  /// A function of other numbers of the same lines, of which there is at least one.
  record Computed(Formula formula, List<PerLine> arguments) implements PerLine {
    public Computed {
      arguments = List.copyOf(arguments);
      Lines lines = arguments.getFirst().lines();
      if (!arguments.stream().allMatch(argument -> argument.lines().equals(lines))) {
        throw new IllegalArgumentException("the arguments are numbers of different lines");
      }
    }

    @Override
    public Lines lines() {
      return arguments.getFirst().lines();
    }
  }

  /// What is taken over the elements of a line, in index order.
  enum Reduction {
    SUM,
    /// Rounded to BF16 after every addition, as some tools sum on a CPU.
    SUM_IN_BF16,
    /// The logarithm of the sum of `e^x`; no element is too large for it.
    LOG_SUM_EXP
  }
}
