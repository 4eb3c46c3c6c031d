package dev.mokume.method;

import dev.mokume.expression.FloatRounding;
import dev.mokume.expression.Formula;

/// A number that [StepwiseAngles] makes on the way, every operation of it rounded.
///
/// @param parameter what the kind says
record AngleStep(FloatRounding rounding, Kind kind, double parameter) implements Formula {
  private static final double NO_SINE = 1e-8;

  enum Kind {
    /// x.
    ROUND,
    /// x, in [-1, 1].
    CLAMP,
    /// `x + parameter`.
    PLUS,
    /// `parameter * x`.
    TIMES,
    /// `1 - x`.
    REST,
    /// The sum of all.
    TOTAL,
    /// The mean of all, rounded only at the end.
    MEAN,
    /// x, or 1 for 0.
    DIVISOR,
    /// `sqrt x`, at least `parameter`.
    NORM_AT_LEAST,
    /// `sqrt x` in f32.
    NORM_F32,
    COSINE_OF,
    SINE_BY_ANGLE,
    /// `sin(parameter w)` for the angle w of cosine x; `parameter` where w has no sine.
    ARC,
    /// `sin w`, or 1 where w has none.
    ARC_DIVISOR,
    /// Of (dot product, square, square), whose product of norms is at least `parameter`.
    COSINE,
    /// The way towards the mean of `parameter` models, of the cosines of all pairs; none where they
    /// are opposite.
    STOCK,
    /// Of (own norm, all norms): the share of a model among those that are longer than `parameter`.
    KARCHER_WEIGHT,
    /// Of (cosine, weight): how much of what is at right angles, 0 at less than `parameter`.
    KARCHER_FACTOR,
    /// Of a step's angle, which is over where it is less than `parameter`.
    STEP_DIVISOR,
    STEP_COSINE,
    STEP_SINE,
    /// Of (length, angle): what the result of a step is divided by.
    STEP_LENGTH
  }

  @Override
  public double apply(double[] x) {
    return switch (kind) {
      case ROUND -> q(x[0]);
      case CLAMP -> clamped(x[0]);
      case PLUS -> q(q(x[0]) + q(parameter));
      case TIMES -> q(parameter * q(x[0]));
      case REST -> q(1 - x[0]);
      case TOTAL -> q(sum(x));
      case MEAN -> q(sum(x) / x.length);
      case DIVISOR -> q(x[0]) == 0 ? 1 : q(x[0]);
      case NORM_AT_LEAST -> Math.max(q(Math.sqrt(x[0])), q(parameter));
      case NORM_F32 -> (float) Math.sqrt(x[0]);
      case COSINE_OF -> q(StrictMath.cos(x[0]));
      case SINE_BY_ANGLE -> q(q(StrictMath.sin(x[0])) / x[0]);
      case ARC -> hasSine(x[0]) ? q(StrictMath.sin(q(q(parameter) * angle(x[0])))) : q(parameter);
      case ARC_DIVISOR -> hasSine(x[0]) ? sine(x[0]) : 1;
      case COSINE -> {
        double norms = q(q(Math.sqrt((float) x[1])) * q(Math.sqrt((float) x[2])));
        yield clamped(q(x[0]) / Math.max(norms, q(parameter)));
      }
      case STOCK -> {
        double cosine = q(sum(x) / x.length);
        double divisor = q(1 + q((parameter - 1) * cosine));
        yield divisor == 0 ? 0 : q(q(parameter * cosine) / divisor);
      }
      case KARCHER_WEIGHT -> karcherWeight(x);
      case KARCHER_FACTOR -> angle(x[0]) < parameter ? 0 : q(q(x[1]) * q(angle(x[0]) / sine(x[0])));
      case STEP_DIVISOR -> isOver(x[0]) ? 1 : q(x[0]);
      case STEP_COSINE -> isOver(x[0]) ? 1 : q((float) StrictMath.cos(x[0]));
      case STEP_SINE -> isOver(x[0]) ? 0 : q((float) StrictMath.sin(x[0]));
      case STEP_LENGTH -> isOver(x[1]) || isOver(x[0]) ? 1 : q(x[0]);
    };
  }

  private double karcherWeight(double[] x) {
    double share = 1.0 / (x.length - 1);
    double all = 0;
    for (int i = 1; i < x.length; i++) {
      all += x[i] > parameter ? share : 0;
    }
    return x[0] > parameter ? q(share / all) : 0;
  }

  private boolean isOver(double angle) {
    return !(angle >= parameter);
  }

  private boolean hasSine(double cosine) {
    return Math.abs(sine(cosine)) >= NO_SINE;
  }

  private double sine(double cosine) {
    return q(StrictMath.sin(angle(cosine)));
  }

  private double angle(double cosine) {
    return q(StrictMath.acos(clamped(cosine)));
  }

  private double clamped(double x) {
    return Math.clamp(q(x), -1, 1);
  }

  private static double sum(double[] x) {
    double sum = 0;
    for (double one : x) {
      sum += one;
    }
    return sum;
  }

  private double q(double x) {
    return rounding.round(x);
  }
}
