package dev.mokume.recipe;

import java.util.List;

/// How lengths and angles of the models say how much of each goes into the result; see
/// [Weights.ByAngle].
public sealed interface AngleRule {
  /// The method's name in recipes.
  default String method() {
    return switch (this) {
      case Arc _ -> "nuslerp";
      case Mean _ -> "multislerp";
      case Karcher _ -> "karcher";
      case Stock _ -> "model_stock";
    };
  }

  /// The ratios that it has.
  default List<Ratio> ratios() {
    return switch (this) {
      case Arc(var alpha, var parallel) -> List.of(alpha, parallel);
      case Mean(var weights, _) -> weights;
      case Karcher(var iterations, var tolerance) -> List.of(iterations, tolerance);
      case Stock _ -> List.of();
    };
  }

  /// Along the arc between two models: `sin((1 - alpha) w) / sin w` of the first and `sin(alpha w)
  /// / sin w` of the later, where w is the angle between them. Source: Shoemake, "Animating
  /// rotation with quaternion curves" (1985); mergekit's slerp and nuslerp.
  ///
  /// @param parallel the |cos w| from which on the two are blended linearly instead: at least 0,
  ///   below 1
  record Arc(Ratio alpha, Ratio parallel) implements AngleRule {
    /// Only what is as good as parallel.
    public static final double NEARLY_ONE = 1 - 5e-13;

    public Arc {
      Quantity.PARALLEL.of(parallel);
    }

    public Arc(Ratio alpha, double parallel) {
      this(alpha, Quantity.PARALLEL.of(parallel));
    }

    public Arc(Ratio alpha) {
      this(alpha, NEARLY_ONE);
    }
  }

  /// The direction of the weighted sum of the models' directions, as long as the weighted sum of
  /// their lengths. Source: mergekit's multislerp, a step from that mean along the sphere whose
  /// length is 0.
  ///
  /// @param weights one a model
  /// @param normalized whether the weights are divided by their sum
  record Mean(List<Ratio> weights, boolean normalized) implements AngleRule {
    public Mean {
      weights = List.copyOf(weights);
    }
  }

  /// The direction whose summed squared angles to the models' are least, as long as the mean of
  /// their lengths. It is looked for from the mean direction on. Source: Karcher, "Riemannian
  /// center of mass and mollifier smoothing" (1977); mergekit's karcher.
  ///
  /// @param iterations the most steps to take, 1 to 1,000
  /// @param tolerance the length of a step, in radians, at which the search ends; also the length
  ///   under which a model has no direction
  record Karcher(Ratio iterations, Ratio tolerance) implements AngleRule {
    public static final int ITERATIONS = 10;
    public static final double TOLERANCE = 1e-5;
    public static final int MOST_ITERATIONS = 1000;

    public Karcher {
      Quantity.STEPS.of(iterations);
      Quantity.TOLERANCE.of(tolerance);
    }

    public Karcher(int iterations, double tolerance) {
      this(Quantity.STEPS.of(iterations), Quantity.TOLERANCE.of(tolerance));
    }
  }

  /// Towards the mean of the models as far as they agree: with N models whose differences from the
  /// base have the mean cosine c, `N c / (1 + (N - 1) c)` of the way from the base. Source: Jang,
  /// Yun, Han, "Model Stock" (arXiv:2403.19522).
  record Stock() implements AngleRule {}
}
