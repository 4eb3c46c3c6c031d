package dev.mokume.expression;

/// Arithmetic on whole-tensor numbers, in f64.
public enum Function {
  SQUARE_ROOT {
    @Override
    public double apply(double[] x) {
      return Math.sqrt(x[0]);
    }
  },
  ADD {
    @Override
    public double apply(double[] x) {
      return x[0] + x[1];
    }
  },
  SUBTRACT {
    @Override
    public double apply(double[] x) {
      return x[0] - x[1];
    }
  },
  MULTIPLY {
    @Override
    public double apply(double[] x) {
      return x[0] * x[1];
    }
  },
  DIVIDE {
    @Override
    public double apply(double[] x) {
      return x[0] / x[1];
    }
  };

  /// The function's value; `x` has as many numbers as the function takes.
  public abstract double apply(double[] x);
}
