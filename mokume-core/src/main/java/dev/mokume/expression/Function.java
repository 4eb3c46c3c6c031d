package dev.mokume.expression;

/// Arithmetic that many methods need.
public enum Function implements Formula {
  SQUARE_ROOT(1) {
    @Override
    double of(double[] x) {
      return Math.sqrt(x[0]);
    }
  },
  ADD(2) {
    @Override
    double of(double[] x) {
      return x[0] + x[1];
    }
  },
  SUBTRACT(2) {
    @Override
    double of(double[] x) {
      return x[0] - x[1];
    }
  },
  MULTIPLY(2) {
    @Override
    double of(double[] x) {
      return x[0] * x[1];
    }
  },
  DIVIDE(2) {
    @Override
    double of(double[] x) {
      return x[0] / x[1];
    }
  },
  /// The second number where the first is zero, else the first.
  IF_ZERO(2) {
    @Override
    double of(double[] x) {
      return x[0] == 0 ? x[1] : x[0];
    }
  },
  /// The factor that brings the norm y back to the norm x, or 1 where either is so small that a
  /// quotient says nothing: arguments (x, y).
  MATCHED_NORM(2) {
    @Override
    double of(double[] x) {
      return x[0] >= LEAST_NORM && x[1] >= LEAST_NORM ? x[0] / x[1] : 1;
    }
  },
  /// The first model's coefficient in a spherical interpolation: of (dot product of the unit
  /// vectors, t, the |dot| from which on the two count as parallel and are blended linearly).
  SLERP_FIRST(3) {
    @Override
    double of(double[] x) {
      if (!(Math.abs(x[0]) <= x[2])) {
        return 1 - x[1];
      }
      double angle = StrictMath.acos(x[0]);
      return StrictMath.sin(angle - angle * x[1]) / StrictMath.sin(angle);
    }
  },
  /// The later model's coefficient in a spherical interpolation; arguments as for [#SLERP_FIRST].
  SLERP_LATER(3) {
    @Override
    double of(double[] x) {
      if (!(Math.abs(x[0]) <= x[2])) {
        return x[1];
      }
      double angle = StrictMath.acos(x[0]);
      return StrictMath.sin(angle * x[1]) / StrictMath.sin(angle);
    }
  },
  /// As [#SLERP_FIRST] in bf16: every operation is rounded to it. DareMerge's arithmetic on a CPU.
  SLERP_FIRST_BF16(3) {
    @Override
    double of(double[] x) {
      if (!(Math.abs(x[0]) <= x[2])) {
        return bf16(1 - x[1]);
      }
      double angle = bf16(StrictMath.acos(x[0]));
      double rest = bf16(angle - bf16(angle * bf16(x[1])));
      return bf16(bf16(StrictMath.sin(rest)) / bf16(StrictMath.sin(angle)));
    }
  },
  /// As [#SLERP_LATER] in bf16: every operation is rounded to it. DareMerge's arithmetic on a CPU.
  SLERP_LATER_BF16(3) {
    @Override
    double of(double[] x) {
      if (!(Math.abs(x[0]) <= x[2])) {
        return bf16(x[1]);
      }
      double angle = bf16(StrictMath.acos(x[0]));
      double part = bf16(angle * bf16(x[1]));
      return bf16(bf16(StrictMath.sin(part)) / bf16(StrictMath.sin(angle)));
    }
  },
  /// The scale by which a tensor of the greatest magnitude x is divided so that x becomes y: x / y
  /// as f32, or 1 if that is too small for a normal f32. Arguments (x, y).
  SCALE(2) {
    @Override
    double of(double[] x) {
      float scale = (float) (x[0] / x[1]);
      return scale < Float.MIN_NORMAL ? 1 : scale;
    }
  },
  /// Rounded to the nearest f16.
  ROUND_F16(1) {
    @Override
    double of(double[] x) {
      return FloatRounding.F16.round(x[0]);
    }
  },
  /// Rounded to the nearest bf16.
  ROUND_BF16(1) {
    @Override
    double of(double[] x) {
      return bf16(x[0]);
    }
  };

  /// Norms below this are not matched. Source: mergekit.
  private static final double LEAST_NORM = 1e-7;

  private final int arity;

  Function(int arity) {
    this.arity = arity;
  }

  @Override
  public double apply(double[] x) {
    if (x.length != arity) {
      throw new IllegalArgumentException(
          name() + " takes " + arity + " numbers but was given " + x.length);
    }
    return of(x);
  }

  abstract double of(double[] x);

  private static float bf16(double x) {
    return FloatRounding.BF16.round(x);
  }
}
