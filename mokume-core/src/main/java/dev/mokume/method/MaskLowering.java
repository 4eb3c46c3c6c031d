package dev.mokume.method;

import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Bits.Comparison;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.QuantileRule;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Quantity;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;

/// Turns a recipe's masks into the bits of one tensor. Source: ComfyUI-DareMerge, its maskers and
/// Mask Operations.
///
/// With torch's generator the seeds are the reference's: `seed + index` for random masks, by the
/// tensor's place in the model; one stream for a whole edit. Set operations keep tensors that only
/// the second mask knows, where the reference drops them from unions ([Quirk#FIRST_MASK_UNION]).
final class MaskLowering {
  /// The reference draws the four masks of a tensor and seeds for the next one only then.
  private static final long QUARTERS = 4;

  private final Sources sources;
  private final Lowering lowering;
  private final Names<Mask> names;
  private final Map<Mask, Integer> places;
  private final Map<String, Integer> positions;
  private final Map<Mask.Edited, Selection> selections = new IdentityHashMap<>();

  /// The tensors that an edit selects, in the order in which they draw.
  ///
  /// @param last the last place of each, since patterns may select one twice
  /// @param words what is drawn, one word an element, before each place
  private record Selection(List<String> names, Map<String, Integer> last, long[] words) {}

  MaskLowering(Sources sources, Lowering lowering) {
    this.sources = sources;
    this.lowering = lowering;
    this.names = new Names<>("mask", sources.recipe().masks());
    this.places = Places.ofMasks(sources.recipe());
    this.positions = positions(sources.order());
  }

  /// The last place of each name.
  private static Map<String, Integer> positions(List<String> names) {
    Map<String, Integer> positions = HashMap.newHashMap(names.size());
    for (int i = 0; i < names.size(); i++) {
      positions.put(names.get(i), i);
    }
    return positions;
  }

  private int position(TensorSpec target) {
    return Objects.requireNonNull(positions.get(target.name()), "only targets are lowered");
  }

  /// The mask's bits for the tensor; nothing if it does not know the tensor.
  Optional<Bits> lower(Mask mask, TensorSpec target) {
    Map<Mask, Optional<Bits>> known = lowering.masksHere();
    Optional<Bits> bits = known.get(mask);
    if (bits == null) {
      bits = lowerAnew(mask, target);
      known.put(mask, bits);
    }
    return bits;
  }

  private Optional<Bits> lowerAnew(Mask mask, TensorSpec target) {
    long count = target.elementCount();
    return switch (mask) {
      case Mask.Named(var name) -> names.with(name, named -> lower(named, target));
      case Mask.Stored(var file) -> stored(file, target);
      case Mask.Magnitude node -> magnitude(node);
      case Mask.Constant(var model, var value) -> ofModel(model, new Bits.Constant(value, count));
      case Mask.Random(var model, var clearShare, var seed) ->
          random(draw(mask, seed, target), clearShare, count).flatMap(bits -> ofModel(model, bits));
      case Mask.Gaussian(var model, var mean, var deviation, var seed) ->
          gaussian(draw(mask, seed, target), mean, deviation, count)
              .flatMap(bits -> ofModel(model, bits));
      case Mask.Quarter node ->
          ofModel(node.model(), new Bits.Quarter(quarterDraw(node, target), node.quarter(), count));
      case Mask.Combined node -> combined(node, target);
      case Mask.Edited node -> edited(node, target);
    };
  }

  private Optional<Bits> ofModel(Weights model, Bits bits) {
    return lowering.here(model).map(_ -> bits);
  }

  private Optional<Bits> stored(Path file, TensorSpec target) {
    MaskFile mask =
        Objects.requireNonNull(sources.masks().get(file), "the planner opens every mask");
    Optional<StoredTensor> found = mask.bits(target.name());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    StoredTensor bits = found.get();
    Shape shape = mask.shape(bits);
    if (!shape.equals(target.shape())) {
      lowering.problem(
          ErrorCode.MISMATCHED_INPUTS,
          mask.name()
              + ": the mask of tensor '"
              + target.name()
              + "' is for shape "
              + shape
              + ", but the model has "
              + target.shape()
              + ". This mask is of another model; make one from the models that are merged.");
      return Optional.empty();
    }
    return Optional.of(Bits.of(mask, bits));
  }

  private Optional<Bits> magnitude(Mask.Magnitude node) {
    Optional<Elements> a = lowering.here(node.a());
    Optional<Elements> b = lowering.here(node.b());
    OptionalDouble given = lowering.quietNumber(Quantity.THRESHOLD, node.threshold());
    if (a.isEmpty() || b.isEmpty() || given.isEmpty()) {
      return Optional.empty();
    }
    double threshold = given.getAsDouble();
    boolean below = node.select() == Mask.Select.BELOW;
    if (threshold == 0 || threshold == 1) {
      return Optional.of(new Bits.Constant(below == (threshold == 1), a.get().count()));
    }
    Elements magnitude =
        new Elements.Magnitude(new Elements.Binary(Operator.SUBTRACT, b.get(), a.get()));
    Scalar quantile =
        new Scalar.Quantile(magnitude, threshold, rule(node.quantile()), node.quantile().chunk());
    return Optional.of(
        new Bits.Compare(below ? Comparison.LESS : Comparison.AT_LEAST, magnitude, quantile));
  }

  private static QuantileRule rule(Mask.Quantile quantile) {
    return switch (quantile.rule()) {
      case MEDIAN -> QuantileRule.MEDIAN;
      case QUANTILE -> QuantileRule.QUANTILE;
      case EXACT -> QuantileRule.EXACT;
    };
  }

  /// Nothing for a tensor that the ratio has no number for.
  private Optional<Bits> random(Draw draw, Ratio clearShare, long count) {
    OptionalDouble share = lowering.quietNumber(Quantity.CLEAR_SHARE, clearShare);
    return share.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Bits.Compare(
                Comparison.GREATER,
                new Elements.Uniform(draw, count),
                Scalar.constant(share.getAsDouble())));
  }

  /// Nothing for a tensor that one of the ratios has no number for.
  private Optional<Bits> gaussian(Draw draw, Ratio mean, Ratio deviation, long count) {
    OptionalDouble centre = lowering.quietNumber(Quantity.MEAN, mean);
    OptionalDouble spread = lowering.quietNumber(Quantity.DEVIATION, deviation);
    return centre.isEmpty() || spread.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Bits.Compare(
                Comparison.GREATER,
                new Elements.Normal(draw, centre.getAsDouble(), spread.getAsDouble(), count),
                Scalar.constant(centre.getAsDouble())));
  }

  private Draw draw(Mask node, long seed, TensorSpec target) {
    return isTorch()
        ? new Draw.Torch(seed + position(target), List.of())
        : new Draw.Stateless(seed, "mask/" + place(node), target.name());
  }

  private Draw quarterDraw(Mask.Quarter node, TensorSpec target) {
    if (!isTorch()) {
      // All four quarters of one seed draw alike, so that they are disjoint and cover the tensor.
      return new Draw.Stateless(node.seed(), "mask/quarter", target.name());
    }
    long index = position(target);
    return new Draw.Torch(
        index == 0
            ? node.before().orElse(node.seed())
            : node.seed() + (index - 1) * QUARTERS + QUARTERS - 1,
        List.of());
  }

  private boolean isTorch() {
    return sources.recipe().rng() == Rng.TORCH_CPU;
  }

  private int place(Mask node) {
    return Objects.requireNonNullElse(places.get(node), 0);
  }

  private Optional<Bits> combined(Mask.Combined node, TensorSpec target) {
    Optional<Bits> a = lower(node.a(), target);
    Optional<Bits> b = lower(node.b(), target);
    if (a.isPresent() && b.isPresent()) {
      Bits.Operator operator =
          switch (node.operation()) {
            case UNION -> Bits.Operator.OR;
            case INTERSECT -> Bits.Operator.AND;
            case DIFFERENCE -> Bits.Operator.AND_NOT;
            case XOR -> Bits.Operator.XOR;
          };
      return Optional.of(new Bits.Binary(operator, a.get(), b.get()));
    }
    return switch (node.operation()) {
      case UNION -> a.isPresent() || lowering.compat().has(Quirk.FIRST_MASK_UNION) ? a : b;
      case DIFFERENCE -> a;
      case INTERSECT -> Optional.empty();
      case XOR -> a.or(() -> b);
    };
  }

  private Optional<Bits> edited(Mask.Edited node, TensorSpec target) {
    Optional<Bits> before = lower(node.mask(), target);
    Selection selected = selected(node);
    Integer index = selected.last.get(target.name());
    if (before.isEmpty() || index == null) {
      return before;
    }
    Draw draw =
        isTorch()
            ? new Draw.Torch(node.seed(), priors(node.fill(), selected, index))
            : new Draw.Stateless(node.seed(), "mask/" + place(node), target.name());
    long count = target.elementCount();
    Optional<Bits> filled =
        switch (node.fill()) {
          case Mask.Fill.Constant(var value) -> Optional.of(new Bits.Constant(value, count));
          case Mask.Fill.Random(var clearShare) -> random(draw, clearShare, count);
          case Mask.Fill.Gaussian(var mean, var deviation) ->
              gaussian(draw, mean, deviation, count);
        };
    return filled.isPresent() ? filled : before;
  }

  /// What the edit draws before place `index`. Words add up; normal deviates come in groups, each
  /// tensor's for itself.
  private List<Draw.Prior> priors(Mask.Fill fill, Selection selected, int index) {
    return fill instanceof Mask.Fill.Gaussian
        ? selected.names.subList(0, index).stream()
            .map(name -> new Draw.Prior(Draw.Kind.NORMAL, spec(name).elementCount()))
            .toList()
        : List.of(new Draw.Prior(Draw.Kind.WORDS, selected.words[index]));
  }

  private TensorSpec spec(String tensor) {
    return Objects.requireNonNull(sources.targets().get(tensor));
  }

  /// The tensors that an edit selects among those that its mask knows.
  private Selection selected(Mask.Edited node) {
    Selection known = selections.get(node);
    if (known == null) {
      List<String> masked = new ArrayList<>();
      for (String tensor : sources.order()) {
        TensorSpec spec = spec(tensor);
        if (lowering.elsewhere(spec, () -> lower(node.mask(), spec)).isPresent()) {
          masked.add(tensor);
        }
      }
      List<String> names = LayerSelection.parse(node.layers(), lowering.compat()).select(masked);
      long[] words = new long[names.size()];
      for (int i = 1; i < words.length; i++) {
        words[i] = words[i - 1] + spec(names.get(i - 1)).elementCount();
      }
      known = new Selection(names, positions(names), words);
      selections.put(node, known);
    }
    return known;
  }
}
