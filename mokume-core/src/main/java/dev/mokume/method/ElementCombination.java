package dev.mokume.method;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Bits.Comparison;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Elected;
import dev.mokume.expression.Elements.ElementFunction;
import dev.mokume.expression.Formula;
import dev.mokume.expression.Function;
import dev.mokume.expression.Lines;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.PerLine.Reduction;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Vectors;
import dev.mokume.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// An [ElementRule] at work on tensors: a base, plus what the rule lets through of the models'
/// differences from it.
///
/// Under [Quirk#STEPWISE_ROUNDING] every step on half types is rounded to them.
final class ElementCombination {
  /// Numbers of mergekit that keep its divisors from 0.
  private static final double LEAST_WEIGHT = 1e-6;

  private static final double LEAST_DISTANCE = 1e-6;
  private static final double LEAST_PROBABILITY = 1e-8;

  private final Elements base;
  private final List<Elements> models;
  private final Shape shape;
  private final Compat compat;
  private final Steps steps;
  private final long count;

  ElementCombination(Elements base, List<Elements> models, Shape shape, Compat compat) {
    this.base = base;
    this.models = models;
    this.shape = shape;
    this.compat = compat;
    this.count = base.count();
    List<Elements> all = new ArrayList<>(models);
    all.add(base);
    this.steps = compat.has(Quirk.STEPWISE_ROUNDING) ? Steps.of(all) : Steps.F32;
  }

  private List<Elements> differences() {
    return models.stream().map(model -> steps.subtract(model, base)).toList();
  }

  private Elements constant(double value) {
    return new Elements.Constant((float) value, count);
  }

  private static Bits greater(Elements a, double limit) {
    return new Bits.Compare(Comparison.GREATER, a, Scalar.constant(limit));
  }

  private Elements orZero(Bits chosen, Elements a) {
    return new Elements.Select(chosen, a, constant(0));
  }

  /// Towards the model by at most `reach`.
  Elements nearSwap(double reach) {
    Elements model = models.getFirst();
    Elements difference = steps.subtract(model, base);
    Elements distance = new Elements.Magnitude(difference);
    if (steps.areHalf()) {
      double least = steps.number(LEAST_DISTANCE);
      Bits apart = new Bits.Compare(Comparison.AT_LEAST, distance, Scalar.constant(least));
      Elements quotient =
          steps.divide(
              constant(steps.number(reach)), new Elements.Select(apart, distance, constant(least)));
      Elements share = new Elements.Select(greater(quotient, 1), constant(1), quotient);
      Elements rest = steps.subtract(constant(1), share);
      return steps.add(steps.multiply(model, share), steps.multiply(base, rest));
    }
    Elements moved =
        new Elements.Select(
            greater(difference, 0), steps.add(base, reach), steps.add(base, -reach));
    return new Elements.Select(greater(distance, reach), moved, model);
  }

  /// The mean of the differences that are greater than `least`; see [ElementRule.Overlap].
  Elements overlap(double least, double gain, double most) {
    List<Elements> differences = differences();
    double epsilon = steps.number(least);
    List<Bits> changed =
        differences.stream()
            .map(difference -> greater(new Elements.Magnitude(difference), epsilon))
            .toList();
    Elements times =
        Steps.F32.sum(changed.stream().map(bits -> orZero(bits, constant(1))).toList());
    Bits alone = new Bits.Binary(Bits.Operator.AND_NOT, greater(times, 0), greater(times, 1));
    List<Elements> terms = new ArrayList<>();
    for (int i = 0; i < changed.size(); i++) {
      Elements kept = orZero(changed.get(i), differences.get(i));
      if (gain > 0) {
        Bits lone = new Bits.Binary(Bits.Operator.AND, changed.get(i), alone);
        Scalar factor =
            new Scalar.Computed(
                new LoneFactor(least, gain, most),
                List.of(new Scalar.Count(changed.get(i)), new Scalar.Count(lone)));
        kept = new Elements.Select(lone, Steps.F32.multiply(kept, factor), kept);
      }
      terms.add(kept);
    }
    Elements mean = Steps.F32.divide(Steps.F32.sum(terms), times);
    return new Elements.Select(greater(times, 0), Steps.F32.add(base, mean), base);
  }

  /// What a difference is multiplied by that one model alone has, of (how many elements it changed,
  /// how many of them alone).
  private record LoneFactor(double least, double gain, double most) implements Formula {
    @Override
    public double apply(double[] x) {
      double shared = (x[0] - x[1]) / Math.max(x[1], least);
      return 1 + gain * Math.clamp(x[0] == x[1] ? 0 : shared, 0, most);
    }
  }

  /// Where the models differ most from one another, the weighted mean of the elected differences.
  Elements variance(double density) {
    if (density == 0 || count == 0) {
      return base;
    }
    List<Elements> differences = differences();
    if (density < 1) {
      Bits selected = mostVarying(differences, density);
      differences = differences.stream().map(all -> orZero(selected, all)).toList();
    }
    List<Scalar> weights = weights(differences);
    Bits positive =
        new Bits.Compare(Comparison.AT_LEAST, steps.sum(differences), Scalar.constant(0));
    List<Elements> terms = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      Elements difference = differences.get(i);
      Bits plus = new Bits.Binary(Bits.Operator.AND, greater(difference, 0), positive);
      Bits less = new Bits.Compare(Comparison.LESS, difference, Scalar.constant(0));
      Bits minus = new Bits.Binary(Bits.Operator.AND_NOT, less, positive);
      Bits counts = new Bits.Binary(Bits.Operator.OR, plus, minus);
      terms.add(orZero(counts, steps.multiply(difference, weights.get(i))));
    }
    Elements sum = steps.sum(terms);
    Elements weight =
        steps.rounded(
            new Elected(
                differences, weights, Elected.Vote.SUM, Scalar.constant(0), Elected.Take.WEIGHT));
    if (compat.has(Quirk.FLAT_SCE)) {
      double least = steps.number(LEAST_WEIGHT);
      Bits enough = new Bits.Compare(Comparison.AT_LEAST, weight, Scalar.constant(least));
      weight = new Elements.Select(enough, weight, constant(least));
    }
    return steps.add(base, steps.divide(sum, weight));
  }

  /// The elements of the greatest variance over the models, as many as `density` of those that vary
  /// at all; all that are equal to the least of them.
  private Bits mostVarying(List<Elements> differences, double density) {
    int n = differences.size();
    Scalar models = Scalar.constant(n);
    Elements mean =
        new Elements.WithScalar(Elements.Operator.DIVIDE, Steps.F32.sum(differences), models);
    List<Elements> squares =
        differences.stream()
            .map(difference -> Steps.F32.subtract(difference, mean))
            .map(apart -> Steps.F32.multiply(apart, apart))
            .toList();
    Elements variance =
        steps.rounded(
            new Elements.WithScalar(Elements.Operator.DIVIDE, Steps.F32.sum(squares), models));
    Scalar least = new Scalar.Greatest(variance, density);
    Bits atLeast = new Bits.Compare(Comparison.AT_LEAST, variance, least);
    if (!compat.has(Quirk.UNSTABLE_SORTS)) {
      return atLeast;
    }
    Bits above = new Bits.Compare(Comparison.GREATER, variance, least);
    Bits equal = new Bits.Binary(Bits.Operator.AND_NOT, atLeast, above);
    Scalar room =
        new Scalar.Computed(
            new Room(density),
            List.of(new Scalar.Count(greater(variance, 0)), new Scalar.Count(above)));
    return new Bits.Binary(Bits.Operator.OR, above, new Bits.First(equal, room));
  }

  /// How many of the equals are still wanted, of (how many vary, how many are above the equals).
  private record Room(double density) implements Formula {
    @Override
    public double apply(double[] x) {
      return Math.floor(density * x[0]) - x[1];
    }
  }

  /// A model's mean square, as a share of the sum of all.
  private List<Scalar> weights(List<Elements> differences) {
    List<Scalar> squares =
        differences.stream()
            .map(difference -> steps.multiply(difference, difference))
            .<Scalar>map(products -> new Scalar.Statistic(Scalar.Reduction.SUM, products))
            .toList();
    double least = compat.has(Quirk.FLAT_SCE) ? LEAST_WEIGHT : Double.MIN_VALUE;
    List<Scalar> weights = new ArrayList<>();
    for (Scalar own : squares) {
      List<Scalar> ownFirst = new ArrayList<>(List.of(own));
      ownFirst.addAll(squares);
      weights.add(new Scalar.Computed(new ShareOfSquares(steps, count, least), ownFirst));
    }
    return weights;
  }

  /// Of (own sum of squares, all of them), as means over `count` elements: the own one's share, or
  /// the same for each if they come to less than `least`.
  private record ShareOfSquares(Steps steps, long count, double least) implements Formula {
    @Override
    public double apply(double[] x) {
      double sum = 0;
      for (int i = 1; i < x.length; i++) {
        sum += steps.number(x[i] / count);
      }
      sum = steps.number(sum);
      return steps.number(sum < least ? 1.0 / (x.length - 1) : steps.number(x[0] / count) / sum);
    }
  }

  /// The differences whose importance is far above what is usual.
  Elements importance() {
    if (count == 0) {
      return base;
    }
    Elements model = models.getFirst();
    Elements difference = steps.subtract(model, base);
    Elements importance =
        steps.multiply(new Elements.Magnitude(difference), divergence(model, difference));
    Scalar limit =
        new Scalar.Computed(
            new Limit(steps),
            List.of(ranked(importance, 0.25), ranked(importance, 0.5), ranked(importance, 0.75)));
    Bits kept = new Bits.Compare(Comparison.AT_LEAST, importance, limit);
    return new Elements.Select(kept, Steps.F32.add(base, difference), base);
  }

  /// The importance of that share of ranks. None is less than 0 but for what rounding makes of
  /// divergences in half types.
  private Scalar ranked(Elements of, double share) {
    long rank = (long) (share * (count - 1));
    if (!steps.areHalf()) {
      return new Scalar.Ranked(of, rank);
    }
    // One of the two is 0: the elements above 0 and below it, each by magnitude.
    Elements zero = constant(0);
    Bits less = new Bits.Compare(Comparison.LESS, of, Scalar.constant(0));
    Scalar above = new Scalar.Ranked(new Elements.Select(greater(of, 0), of, zero), rank);
    Scalar below = new Scalar.Ranked(new Elements.Select(less, of, zero), count - 1 - rank);
    return new Scalar.Computed(Function.SUBTRACT, List.of(above, below));
  }

  /// The median and one and a half times the distance of the quartiles, of (lower quartile, median,
  /// upper quartile).
  private record Limit(Steps steps) implements Formula {
    @Override
    public double apply(double[] x) {
      double distance = steps.number(x[2] - x[0]);
      return steps.number(x[1] + steps.number(1.5 * distance));
    }
  }

  /// The Kullback-Leibler divergence of the model's softmax from the base's, row by row.
  ///
  /// It is the sum of `p (ln p - ln q)`, and `ln p - ln q` is the difference of the elements minus
  /// the difference of the rows' log-sums, so that nothing small is lost between large logarithms.
  private PerLine divergence(Elements model, Elements difference) {
    Lines rows = AngleCombination.lines(Vectors.ROWS, shape).orElseGet(() -> Lines.whole(count));
    PerLine ofModel = new PerLine.Statistic(Reduction.LOG_SUM_EXP, model, rows);
    PerLine ofBase = new PerLine.Statistic(Reduction.LOG_SUM_EXP, base, rows);
    Elements p = softmax(model, ofModel);
    if (steps.areHalf()) {
      Elements inModel = steps.add(steps.rounded(p), LEAST_PROBABILITY);
      Elements inBase = steps.add(steps.rounded(softmax(base, ofBase)), LEAST_PROBABILITY);
      Elements logarithm =
          steps.rounded(
              new Elements.Applied(ElementFunction.LOGARITHM, steps.divide(inModel, inBase)));
      PerLine sum = new PerLine.Statistic(Reduction.SUM, steps.multiply(inModel, logarithm), rows);
      return new PerLine.Computed(
          new AngleStep(steps.rounding(), AngleStep.Kind.ROUND, 0), List.of(sum));
    }
    PerLine moved = new PerLine.Computed(Function.SUBTRACT, List.of(ofModel, ofBase));
    Elements ratio = steps.subtract(difference, new Elements.OfLine(moved));
    return new PerLine.Statistic(Reduction.SUM, steps.multiply(p, ratio), rows);
  }

  private static Elements softmax(Elements a, PerLine logSum) {
    return new Elements.Applied(
        ElementFunction.EXPONENTIAL, Steps.F32.subtract(a, new Elements.OfLine(logSum)));
  }
}
