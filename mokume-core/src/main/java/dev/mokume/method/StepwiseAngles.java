package dev.mokume.method;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.FloatRounding;
import dev.mokume.expression.Lines;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.PerLine.Reduction;
import dev.mokume.expression.Scalar;
import dev.mokume.plugin.Setting;
import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Vectors;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The methods of [GramRule] as mergekit computes them: every unit vector, mean and step is a
/// tensor, and is rounded, as every number about it is, to the tensors' dtype. Profiles with
/// [Quirk#STEPWISE_ROUNDING] use it for half types; otherwise Mokume adds the models up once, in
/// f32.
///
/// Each of a Karcher mean's steps takes three passes here, and it takes all of them.
final class StepwiseAngles {
  private static final double LEAST_NORM = 1e-7;
  private static final double LEAST_PRODUCT = 1e-6;
  private static final double EPSILON = 1e-8;

  private final Steps steps;
  private final FloatRounding rounding;
  private final Lines lines;

  private StepwiseAngles(Steps steps, Lines lines) {
    this.steps = steps;
    this.rounding = steps.rounding();
    this.lines = lines;
  }

  /// As [AngleCombination#of]; nothing where mergekit computes in f32 and it makes no difference.
  static Optional<Elements> of(
      GramRule rule,
      List<Elements> models,
      Optional<Elements> base,
      Vectors along,
      TensorSpec target) {
    Shape shape = target.shape();
    List<Elements> all = new ArrayList<>(models);
    base.ifPresent(all::add);
    Steps inDtype = Steps.of(all);
    if (rule instanceof GramRule.Karcher(var iterations, var tolerance)
        && base.isEmpty()
        && models.size() > 1
        && along == Vectors.WHOLE
        && shape.elementCount() <= FloatKarcher.MOST_ELEMENTS
        && all.stream().allMatch(tensor -> HalfArithmetic.dtype(tensor).equals(DType.F32))) {
      Setting setting = new Setting(target.name(), shape, models.size(), Map.of());
      FloatKarcher method = new FloatKarcher(iterations, tolerance);
      return Optional.of(new Elements.Whole(method, setting, models, List.of()));
    }
    if (!inDtype.areHalf() || shape.elementCount() == 0) {
      return Optional.empty();
    }
    Lines lines =
        AngleCombination.lines(along, shape).orElseGet(() -> Lines.whole(shape.elementCount()));
    StepwiseAngles angles = new StepwiseAngles(inDtype, lines);
    return switch (rule) {
      case GramRule.Arc(var t, var parallel) ->
          // With a limit it is mergekit's slerp, which computes in f32.
          parallel == AngleRule.Arc.NEARLY_ONE
              ? Optional.of(angles.upon(base, angles.arc(angles.differences(models, base), t)))
              : Optional.empty();
      case GramRule.Mean(var weights) ->
          Optional.of(angles.upon(base, angles.mean(angles.differences(models, base), weights)));
      case GramRule.Karcher karcher ->
          Optional.of(angles.upon(base, angles.karcher(angles.differences(models, base), karcher)));
      case GramRule.Stock() -> base.map(from -> angles.stock(models, from));
    };
  }

  /// The stock of a tensor's lines, in f32. Rows are often short (three numbers of a convolution),
  /// and in short rows models disagree so much that N - 1 mean cosines come to -1: the way is then
  /// as long as the last bits say, and here they say what mergekit's do.
  static Elements stock(List<Elements> models, Elements base, Lines lines) {
    return new StepwiseAngles(Steps.F32, lines).stock(models, base);
  }

  private List<Elements> differences(List<Elements> models, Optional<Elements> base) {
    return base.map(from -> models.stream().map(model -> steps.subtract(model, from)).toList())
        .orElse(models);
  }

  private Elements upon(Optional<Elements> base, Elements combined) {
    return base.map(from -> steps.add(from, combined)).orElse(combined);
  }

  private Elements arc(List<Elements> x, double t) {
    Elements a = x.getFirst();
    Elements b = x.getLast();
    Elements unitA = steps.divide(a, number(AngleStep.Kind.NORM_AT_LEAST, LEAST_NORM, squares(a)));
    Elements unitB = steps.divide(b, number(AngleStep.Kind.NORM_AT_LEAST, LEAST_NORM, squares(b)));
    PerLine cosine = sum(steps.multiply(unitA, unitB));
    Elements ofA = steps.multiply(a, number(AngleStep.Kind.ARC, 1 - t, cosine));
    Elements ofB = steps.multiply(b, number(AngleStep.Kind.ARC, t, cosine));
    return steps.divide(steps.add(ofA, ofB), number(AngleStep.Kind.ARC_DIVISOR, 0, cosine));
  }

  private Elements stock(List<Elements> models, Elements base) {
    int n = models.size();
    List<Elements> x = models.stream().map(model -> steps.subtract(model, base)).toList();
    List<PerLine> cosines = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        cosines.add(
            number(
                AngleStep.Kind.COSINE,
                LEAST_PRODUCT,
                sum(steps.multiply(x.get(i), x.get(j))),
                squares(x.get(i)),
                squares(x.get(j))));
      }
    }
    PerLine way = computed(AngleStep.Kind.STOCK, n, cosines);
    Elements total = models.getFirst();
    for (Elements model : models.subList(1, n)) {
      total = new Elements.Binary(Operator.ADD, total, model);
    }
    Elements mean =
        steps.rounded(new Elements.WithScalar(Operator.DIVIDE, total, Scalar.constant(n)));
    return steps.add(
        steps.multiply(mean, way), steps.multiply(base, number(AngleStep.Kind.REST, 0, way)));
  }

  private Elements mean(List<Elements> x, GramRule.Weighing weighing) {
    double[] weights = rounded(weighing);
    int n = x.size();
    if (n == 1) {
      return x.getFirst();
    }
    List<PerLine> norms = x.stream().map(this::norm).toList();
    List<Elements> units = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      units.add(steps.divide(x.get(i), number(AngleStep.Kind.PLUS, EPSILON, norms.get(i))));
    }
    Elements sum = weighted(units, weights);
    PerLine length = norm(sum);
    Elements mean = steps.divide(sum, length);
    List<Elements> tangents = new ArrayList<>();
    for (Elements unit : units) {
      PerLine dot = number(AngleStep.Kind.ROUND, 0, sum(steps.multiply(unit, mean)));
      tangents.add(steps.subtract(unit, steps.multiply(mean, dot)));
    }
    Elements step = weighted(tangents, weights);
    PerLine angle = number(AngleStep.Kind.PLUS, EPSILON, norm(step));
    Elements there =
        steps.add(
            steps.multiply(mean, number(AngleStep.Kind.COSINE_OF, 0, angle)),
            steps.multiply(step, number(AngleStep.Kind.SINE_BY_ANGLE, 0, angle)));
    List<PerLine> shares = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      shares.add(number(AngleStep.Kind.TIMES, weights[i], norms.get(i)));
    }
    Elements result = steps.multiply(there, computed(AngleStep.Kind.TOTAL, 0, shares));
    Bits cancelled =
        new Bits.Compare(
            Bits.Comparison.LESS, new Elements.OfLine(length), Scalar.constant(EPSILON));
    return new Elements.Select(cancelled, weighted(x, weights), result);
  }

  private double[] rounded(GramRule.Weighing weighing) {
    double[] weights =
        weighing.weights().stream().mapToDouble(weight -> rounding.round(weight)).toArray();
    double sum = 0;
    for (double weight : weights) {
      sum += weight;
    }
    for (int i = 0; weighing.normalized() && i < weights.length; i++) {
      weights[i] = rounding.round(weights[i] / rounding.round(sum));
    }
    return weights;
  }

  /// `sum w_i x_i`: products are rounded, and the sum once.
  private Elements weighted(List<Elements> x, double[] weights) {
    Elements sum = steps.multiply(x.getFirst(), weights[0]);
    for (int i = 1; i < weights.length; i++) {
      sum = new Elements.Binary(Operator.ADD, sum, steps.multiply(x.get(i), weights[i]));
    }
    return steps.rounded(sum);
  }

  private Elements karcher(List<Elements> x, GramRule.Karcher rule) {
    double tolerance = rule.tolerance();
    int n = x.size();
    if (n == 1) {
      return x.getFirst();
    }
    List<PerLine> norms = new ArrayList<>();
    for (Elements one : x) {
      norms.add(number(AngleStep.Kind.NORM_F32, 0, squares(one)));
    }
    List<Elements> units = new ArrayList<>();
    List<PerLine> weights = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      units.add(steps.divide(x.get(i), number(AngleStep.Kind.DIVISOR, 0, norms.get(i))));
      List<PerLine> ownFirst = new ArrayList<>(List.of(norms.get(i)));
      ownFirst.addAll(norms);
      weights.add(computed(AngleStep.Kind.KARCHER_WEIGHT, tolerance, ownFirst));
    }
    Elements sum = steps.multiply(units.getFirst(), weights.getFirst());
    for (int i = 1; i < n; i++) {
      sum = steps.add(sum, steps.multiply(units.get(i), weights.get(i)));
    }
    PerLine length = number(AngleStep.Kind.NORM_F32, 0, squares(sum));
    Bits cancelled =
        new Bits.Compare(
            Bits.Comparison.LESS, new Elements.OfLine(length), Scalar.constant(tolerance));
    Elements u =
        new Elements.Select(
            cancelled,
            units.getFirst(),
            steps.divide(sum, number(AngleStep.Kind.DIVISOR, 0, length)));
    for (int step = 0; step < rule.iterations(); step++) {
      u = stepped(u, units, weights, tolerance);
    }
    return steps.multiply(u, computed(AngleStep.Kind.MEAN, 0, norms));
  }

  private Elements stepped(
      Elements u, List<Elements> units, List<PerLine> weights, double tolerance) {
    // Torch adds up a dot product of BF16 in BF16.
    Reduction dots = rounding == FloatRounding.BF16 ? Reduction.SUM_IN_BF16 : Reduction.SUM;
    List<Elements> ways = new ArrayList<>();
    for (int i = 0; i < units.size(); i++) {
      PerLine sum = new PerLine.Statistic(dots, steps.multiply(u, units.get(i)), lines);
      PerLine dot = number(AngleStep.Kind.CLAMP, 0, sum);
      PerLine factor = number(AngleStep.Kind.KARCHER_FACTOR, tolerance, dot, weights.get(i));
      ways.add(steps.multiply(steps.subtract(units.get(i), steps.multiply(u, dot)), factor));
    }
    Elements tangent = ways.getFirst();
    for (Elements way : ways.subList(1, ways.size())) {
      tangent = steps.add(tangent, way);
    }
    PerLine angle = number(AngleStep.Kind.NORM_F32, 0, squares(tangent));
    Elements direction =
        steps.divide(tangent, number(AngleStep.Kind.STEP_DIVISOR, tolerance, angle));
    Elements moved =
        steps.add(
            steps.multiply(u, number(AngleStep.Kind.STEP_COSINE, tolerance, angle)),
            steps.multiply(direction, number(AngleStep.Kind.STEP_SINE, tolerance, angle)));
    PerLine length = number(AngleStep.Kind.NORM_F32, 0, squares(moved));
    return steps.divide(moved, number(AngleStep.Kind.STEP_LENGTH, tolerance, length, angle));
  }

  // Numbers

  private PerLine number(AngleStep.Kind kind, double parameter, PerLine... x) {
    return computed(kind, parameter, List.of(x));
  }

  private PerLine computed(AngleStep.Kind kind, double parameter, List<PerLine> x) {
    return new PerLine.Computed(new AngleStep(rounding, kind, parameter), x);
  }

  private PerLine norm(Elements x) {
    return number(AngleStep.Kind.NORM_AT_LEAST, 0, squares(x));
  }

  private PerLine squares(Elements x) {
    return sum(new Elements.Binary(Operator.MULTIPLY, x, x));
  }

  private PerLine sum(Elements x) {
    return new PerLine.Statistic(Reduction.SUM, x, lines);
  }
}
