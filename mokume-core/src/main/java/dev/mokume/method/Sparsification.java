package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Bits.Comparison;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Elements.RowRanks.Order;
import dev.mokume.expression.Function;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.expression.Survey;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.RecipeNode;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Sparsify;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Keeps part of a delta or of a model, and scales it to make up for the rest.
final class Sparsification {
  /// Elements that are sorted to find out which of equal ones a tool's sort puts first.
  private static final long SORTED = 1 << 20;

  private final Lowering lowering;
  private final StepRounding rounding;

  /// Of what keeps part by the magnitudes of a whole model, for each model that it is asked of.
  private final Map<Object, Map<Object, Optional<Scalar>>> limits = new IdentityHashMap<>();

  Sparsification(Lowering lowering, StepRounding rounding) {
    this.lowering = lowering;
    this.rounding = rounding;
  }

  /// What keeps part of a delta or of a model.
  ///
  /// @param node the delta or the weights
  /// @param whole of what a part is kept, for whichever tensor is at hand
  record Part(
      RecipeNode node, Sparsify sparsify, Rescale rescale, Supplier<Optional<Elements>> whole) {}

  /// The elements of `whole` that are kept, and zeros; null where a ratio has no number for the
  /// tensor at hand.
  ///
  /// @param before what was drawn from torch's generator for the tensor so far; what is drawn here
  ///   is added
  @Nullable Elements of(Part node, Elements whole, List<Draw.Prior> before) {
    OptionalDouble given = density(node.sparsify());
    if (given.isEmpty()) {
      return null;
    }
    double density = given.getAsDouble();
    if (density >= 1 || whole.count() == 0) {
      return whole;
    }
    if (density == 0) {
      return new Elements.Constant(0, whole.count());
    }
    return switch (node.sparsify()) {
      case Sparsify.Magnitude _ -> magnitude(node, whole, density);
      case Sparsify.Above(var dropRate) -> {
        // Not 1 - density, which may differ in the last place and drop another number of elements.
        OptionalDouble rate = lowering.number(dropRate);
        long dropped = rate.isEmpty() ? 0 : (long) (rate.getAsDouble() * whole.count());
        yield dropped == 0 ? whole : above(node, whole, density, dropped);
      }
      case Sparsify.OfModel(var dropRate) -> ofModel(node, whole, density, dropRate);
      case Sparsify.Outliers(_, var gamma) -> {
        OptionalDouble outliers = share("gamma", gamma);
        yield outliers.isEmpty()
            ? null
            : withoutOutliers(node, whole, density, outliers.getAsDouble());
      }
      case Sparsify.Random(_, var seed) -> {
        double probability =
            rounding.isOnForParts() ? Function.ROUND_BF16.apply(new double[] {density}) : density;
        Draw draw = drawFor(node.node(), seed, before, whole);
        Bits kept =
            lowering.compat().has(Quirk.MODEL_SEQUENCES)
                ? new Bits.Binary(
                    Bits.Operator.AND_NOT,
                    new Bits.Constant(true, whole.count()),
                    new Bits.Keep(draw, 1 - density, whole.count()))
                : new Bits.Keep(draw, probability, whole.count());
        yield rescaled(node.rescale(), whole, kept(kept, whole), density);
      }
      case Sparsify.Ranked(_, var epsilon, var seed) -> {
        OptionalDouble range = lowering.number(epsilon);
        yield range.isEmpty()
            ? null
            : byRank(
                node,
                whole,
                density,
                range.getAsDouble(),
                drawFor(node.node(), seed, before, whole));
      }
    };
  }

  private OptionalDouble density(Sparsify sparsify) {
    return switch (sparsify) {
      case Sparsify.Above(var dropRate) -> {
        OptionalDouble rate = share("drop rate", dropRate);
        yield rate.isEmpty() ? rate : OptionalDouble.of(1 - rate.getAsDouble());
      }
      case Sparsify.OfModel(var dropRate) -> OptionalDouble.of(1 - dropRate);
      case Sparsify.Magnitude(var density) -> share("density", density);
      case Sparsify.Outliers(var density, _) -> share("density", density);
      case Sparsify.Random(var density, _) -> share("density", density);
      case Sparsify.Ranked(var density, _, _) -> share("density", density);
    };
  }

  private OptionalDouble share(String what, Ratio ratio) {
    OptionalDouble share = lowering.number(ratio);
    if (share.isPresent() && !(share.getAsDouble() >= 0 && share.getAsDouble() <= 1)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "a task vector is given a %s of %s for tensor '%s', but it must be in [0, 1]: it is a share of the elements."
              .formatted(what, share.getAsDouble(), lowering.target().name()));
    }
    return share;
  }

  /// `floor(share * count)`, and at least one.
  private static long part(double share, long count) {
    return Math.max(1, (long) (share * count));
  }

  private Elements magnitude(Part node, Elements whole, double density) {
    long count = whole.count();
    long kept = part(density, count);
    Scalar least = new Scalar.Ranked(whole, count - kept);
    if (!lowering.compat().has(Quirk.UNSTABLE_SORTS)) {
      return rescaled(node.rescale(), whole, new Elements.Trimmed(whole, least), density);
    }
    if (count <= SORTED) {
      Elements ranks = ranks(whole, Order.UNSTABLE_DESCENDING);
      Bits first = new Bits.Compare(Comparison.LESS, ranks, border(kept, count));
      return rescaled(node.rescale(), whole, kept(first, whole), density);
    }
    Elements magnitude = new Elements.Magnitude(whole);
    Bits greater = new Bits.Compare(Comparison.GREATER, magnitude, least);
    Bits exactly =
        new Bits.Binary(
            Bits.Operator.OR,
            greater,
            new Bits.First(equal(magnitude, least), difference(kept, greater)));
    return rescaled(node.rescale(), whole, kept(exactly, whole), density);
  }

  private Elements above(Part node, Elements whole, double density, long dropped) {
    Elements magnitude = new Elements.Magnitude(whole);
    Scalar greatest = new Scalar.Ranked(whole, dropped - 1);
    Bits kept = new Bits.Compare(Comparison.GREATER, magnitude, greatest);
    return rescaled(node.rescale(), whole, kept(kept, whole), density);
  }

  private Elements ofModel(Part node, Elements whole, double density, double dropRate) {
    Map<Object, Optional<Scalar>> ofModel =
        limits.computeIfAbsent(lowering.root(), _ -> new IdentityHashMap<>());
    Optional<Scalar> least = ofModel.get(node.node());
    if (least == null) {
      least = limit(node, dropRate);
      ofModel.put(node.node(), least);
    }
    if (least.isEmpty()) {
      return whole;
    }
    return rescaled(node.rescale(), whole, new Elements.Trimmed(whole, least.get()), density);
  }

  /// The least magnitude of a whole model that is kept; nothing if all are.
  private Optional<Scalar> limit(Part node, double dropRate) {
    List<Elements> parts = new ArrayList<>();
    long elements = 0;
    for (TensorSpec spec : lowering.model()) {
      Optional<Elements> part = lowering.aside(spec, node.whole());
      if (part.isPresent() && part.get().count() > 0) {
        parts.add(part.get());
        elements += part.get().count();
        Survey survey = new Survey(part.get().count());
        survey.visit(part.get());
        if (!survey.foreign().isEmpty()) {
          throw new MokumeException(
              ErrorCode.INVALID_RECIPE,
              "the limit over a whole model is asked of deltas that need numbers of other tensors"
                  + " themselves; write those deltas' models into checkpoints first.");
        }
      }
    }
    long rank = (long) (dropRate * elements);
    return rank == 0 ? Optional.empty() : Optional.of(new Scalar.RankedAmong(parts, rank - 1));
  }

  private Elements withoutOutliers(Part node, Elements whole, double density, double gamma) {
    long count = whole.count();
    long kept = part(density, count);
    long outliers = Math.min((long) (gamma * count), count - kept);
    if (outliers == 0 && lowering.compat().has(Quirk.EMPTY_BREADCRUMBS)) {
      return new Elements.Constant(0, count);
    }
    long small = count - outliers - kept;
    Elements magnitude = new Elements.Magnitude(whole);
    Scalar greatest = new Scalar.Ranked(whole, count - outliers - 1);
    Scalar least = new Scalar.Ranked(whole, small);
    Bits less = new Bits.Compare(Comparison.LESS, magnitude, least);
    if (!lowering.compat().has(Quirk.UNSTABLE_SORTS)) {
      Bits dropped =
          new Bits.Binary(
              Bits.Operator.OR, less, new Bits.Compare(Comparison.GREATER, magnitude, greatest));
      return rescaled(node.rescale(), whole, dropped(dropped, whole), density);
    }
    if (count <= SORTED) {
      Elements ranks = ranks(whole, Order.UNSTABLE_ASCENDING);
      Bits between =
          new Bits.Binary(
              Bits.Operator.AND,
              new Bits.Compare(Comparison.GREATER, ranks, border(small, count)),
              new Bits.Compare(Comparison.LESS, ranks, border(small + kept, count)));
      return rescaled(node.rescale(), whole, kept(between, whole), density);
    }
    // In ascending order, of equals the first come first: they go with the small ones that are
    // dropped, and stay before the outliers.
    Bits lower = new Bits.Compare(Comparison.LESS, magnitude, greatest);
    Bits below =
        new Bits.Binary(
            Bits.Operator.OR,
            less,
            new Bits.First(equal(magnitude, least), difference(small, less)));
    Bits upTo =
        new Bits.Binary(
            Bits.Operator.OR,
            lower,
            new Bits.First(equal(magnitude, greatest), difference(small + kept, lower)));
    Bits exactly = new Bits.Binary(Bits.Operator.AND_NOT, upTo, below);
    return rescaled(node.rescale(), whole, kept(exactly, whole), density);
  }

  private static Elements ranks(Elements whole, Order order) {
    return new Elements.RowRanks(whole, (int) whole.count(), 1, order);
  }

  /// A normalised rank between that of the `position`-th of so many and the one before.
  private static Scalar border(long position, long count) {
    return Scalar.constant((position - 0.5) / (count - 1));
  }

  private static Bits equal(Elements magnitude, Scalar to) {
    return new Bits.Binary(
        Bits.Operator.AND_NOT,
        new Bits.Compare(Comparison.AT_LEAST, magnitude, to),
        new Bits.Compare(Comparison.GREATER, magnitude, to));
  }

  private static Scalar difference(long number, Bits counted) {
    return new Scalar.Computed(
        Function.SUBTRACT, List.of(Scalar.constant(number), new Scalar.Count(counted)));
  }

  private Elements byRank(Part node, Elements whole, double density, double epsilon, Draw draw) {
    if (!(density - epsilon > 0 && density + epsilon < 1)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "DELLA keeps elements with probabilities from density - epsilon to density + epsilon, both inside (0, 1), but for tensor '%s' the density is %s and epsilon %s; choose a smaller epsilon."
              .formatted(lowering.target().name(), density, epsilon));
    }
    Shape shape = lowering.target().shape();
    long length = shape.rank() < 2 ? whole.count() : shape.dimension(1);
    long inner = 1;
    for (int i = 2; i < shape.rank(); i++) {
      inner *= shape.dimension(i);
    }
    if (length * inner > Integer.MAX_VALUE / 4) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "DELLA ranks the magnitudes of whole rows, but the rows of tensor '%s' have %s elements, which is more than can be sorted at once; leave it out with exclude."
              .formatted(lowering.target().name(), length));
    }
    boolean unstable = lowering.compat().has(Quirk.UNSTABLE_SORTS) && length <= SORTED;
    Elements ranks =
        new Elements.RowRanks(
            whole,
            (int) length,
            (int) inner,
            unstable ? Order.UNSTABLE_ASCENDING : Order.ASCENDING);
    Elements spread =
        new Elements.WithScalar(
            Operator.MULTIPLY,
            rounding.partStep(ranks),
            twice(rounding.partStep(Scalar.constant(epsilon))));
    Elements probabilities =
        rounding.partStep(
            new Elements.WithScalar(
                Operator.ADD,
                rounding.partStep(spread),
                rounding.partStep(Scalar.constant(density - epsilon))));
    Elements drawn =
        new Elements.Binary(
            Operator.SUBTRACT, new Elements.Uniform(draw, whole.count()), probabilities);
    Elements kept = kept(new Bits.Compare(Comparison.LESS, drawn, Scalar.constant(0)), whole);
    return node.rescale() == Rescale.INVERSE_DENSITY
        ? rounding.step(new Elements.Binary(Operator.DIVIDE, kept, probabilities))
        : rescaled(node.rescale(), whole, kept, density);
  }

  private static Elements kept(Bits kept, Elements whole) {
    return new Elements.Select(kept, whole, new Elements.Constant(0, whole.count()));
  }

  private static Elements dropped(Bits dropped, Elements whole) {
    return new Elements.Select(dropped, new Elements.Constant(0, whole.count()), whole);
  }

  private static Scalar twice(Scalar number) {
    return new Scalar.Computed(Function.ADD, List.of(number, number));
  }

  private Elements rescaled(Rescale rescale, Elements whole, Elements kept, double density) {
    return switch (rescale) {
      case NONE -> kept;
      case INVERSE_DENSITY ->
          rounding.step(new Elements.WithScalar(Operator.DIVIDE, kept, rounding.step(density)));
      case MATCH_L1 -> matched(kept, l1(whole), l1(kept));
      case MATCH_L2 -> matched(kept, Scalar.norm(whole), Scalar.norm(kept));
      case MATCH_MAX -> matched(kept, greatest(whole), greatest(kept));
    };
  }

  private static Scalar l1(Elements of) {
    return new Scalar.Statistic(Reduction.SUM_OF_MAGNITUDES, of);
  }

  private static Scalar greatest(Elements of) {
    return new Scalar.Statistic(Reduction.MAX, new Elements.Magnitude(of));
  }

  private Elements matched(Elements kept, Scalar was, Scalar is) {
    Scalar factor =
        new Scalar.Computed(
            Function.MATCHED_NORM, List.of(rounding.partStep(was), rounding.partStep(is)));
    return rounding.step(
        new Elements.WithScalar(Operator.MULTIPLY, kept, rounding.partStep(factor)));
  }

  /// torch's generator is seeded anew for each tensor; the deltas of a sum draw one after the
  /// other.
  private Draw drawFor(RecipeNode node, long seed, List<Draw.Prior> before, Elements whole) {
    Draw draw = lowering.draw(node, seed, before);
    before.add(new Draw.Prior(Draw.Kind.WORDS, whole.count()));
    return draw;
  }
}
