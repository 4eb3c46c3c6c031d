package dev.mokume.method;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Quantity;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.TensorSpec;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// Adds centred noise to a model's layers. Source: ComfyUI-DareMerge, Inject Noise.
///
/// With torch's generator the j-th tensor of the i-th pattern is seeded `seed + 1000 i + j`, as in
/// the reference.
final class NoiseInjection {
  private static final long SEEDS_PER_PATTERN = 1000;

  private final Sources sources;
  private final Lowering lowering;
  private final MaskLowering masks;

  /// For each pattern that selects anything, the place of each tensor among those that it selects.
  private final Map<Weights.InjectNoise, List<Map<String, Integer>>> selections =
      new IdentityHashMap<>();

  NoiseInjection(Sources sources, Lowering lowering) {
    this.sources = sources;
    this.lowering = lowering;
    this.masks = new MaskLowering(sources, lowering);
  }

  /// `model` with noise for every pattern that selects the tensor.
  Elements apply(Weights.InjectNoise node, Elements model, TensorSpec target) {
    Elements result = model;
    List<Map<String, Integer>> patterns = patterns(node);
    for (int pattern = 0; pattern < patterns.size(); pattern++) {
      Integer index = patterns.get(pattern).get(target.name());
      if (index != null) {
        // The reference makes each pattern's patch from the model as it came.
        Elements original = lowering.compat().has(Quirk.SEPARATE_NOISE) ? model : result;
        result = inject(node, original, result, target, draw(node, target, pattern, index));
      }
    }
    return result;
  }

  private List<Map<String, Integer>> patterns(Weights.InjectNoise node) {
    return selections.computeIfAbsent(
        node,
        asked -> {
          LayerSelection selection = LayerSelection.parse(asked.layers(), lowering.compat());
          // Refuses what selects nothing.
          selection.select(sources.order());
          return selection.matches(sources.order()).stream()
              .filter(match -> !match.names().isEmpty())
              .map(match -> places(match.names()))
              .toList();
        });
  }

  /// The first place of each name.
  private static Map<String, Integer> places(List<String> names) {
    Map<String, Integer> places = HashMap.newHashMap(names.size());
    for (int i = 0; i < names.size(); i++) {
      places.putIfAbsent(names.get(i), i);
    }
    return places;
  }

  private Draw draw(Weights.InjectNoise node, TensorSpec target, int pattern, int index) {
    return sources.recipe().rng() == Rng.TORCH_CPU
        ? new Draw.Torch(node.seed() + pattern * SEEDS_PER_PATTERN + index, List.of())
        : new Draw.Stateless(
            node.seed(), "noise/" + lowering.place(node) + "/" + pattern, target.name());
  }

  /// `changed` blended with `a` plus noise; every method but the linear one replaces it instead.
  private Elements inject(
      Weights.InjectNoise node, Elements a, Elements changed, TensorSpec target, Draw draw) {
    OptionalDouble alpha = lowering.number(Quantity.NOISE, node.alpha());
    Optional<Elements> noise = centred(node.noise(), draw, a.count());
    if (alpha.isEmpty() || noise.isEmpty()) {
      return changed;
    }
    Elements noisy = new Elements.Binary(Operator.ADD, a, noise.get());
    Optional<Bits> bits = node.mask().flatMap(mask -> masks.lower(mask, target));
    Elements masked = bits.isPresent() ? new Elements.Select(bits.get(), noisy, a) : noisy;
    Shares shares = new Shares(1 - alpha.getAsDouble(), alpha.getAsDouble());
    return node.method() == Interpolation.LINEAR
        ? shares.blend(changed, masked)
        : Interpolations.blend(node.method(), a, masked, shares, target.shape(), lowering.compat());
  }

  private Optional<Elements> centred(Noise noise, Draw draw, long count) {
    return switch (noise) {
      case Noise.Uniform() ->
          Optional.of(
              new Elements.WithScalar(
                  Operator.SUBTRACT, new Elements.Uniform(draw, count), Scalar.constant(0.5)));
      case Noise.Gaussian(var mean, var deviation) -> {
        OptionalDouble centre = lowering.number(Quantity.MEAN, mean);
        OptionalDouble spread = lowering.number(Quantity.DEVIATION, deviation);
        yield centre.isEmpty() || spread.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Elements.WithScalar(
                    Operator.SUBTRACT,
                    new Elements.Normal(draw, centre.getAsDouble(), spread.getAsDouble(), count),
                    Scalar.constant(centre.getAsDouble())));
      }
    };
  }
}
