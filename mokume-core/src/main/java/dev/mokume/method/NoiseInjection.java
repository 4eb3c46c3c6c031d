package dev.mokume.method;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.TensorSpec;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Adds centred noise to a model's layers. Source: ComfyUI-DareMerge, Inject Noise.
///
/// With torch's generator the j-th tensor of the i-th pattern is seeded `seed + 1000 i + j`, as in
/// the reference.
final class NoiseInjection {
  private static final long SEEDS_PER_PATTERN = 1000;

  private final Sources sources;
  private final Lowering lowering;
  private final MaskLowering masks;
  private final Map<Weights.InjectNoise, List<LayerSelection.Match>> selections =
      new IdentityHashMap<>();

  NoiseInjection(Sources sources, Lowering lowering) {
    this.sources = sources;
    this.lowering = lowering;
    this.masks = new MaskLowering(sources, lowering);
  }

  /// `model` with noise for every pattern that selects the tensor.
  Elements apply(Weights.InjectNoise node, Elements model, TensorSpec target) {
    Elements result = model;
    int pattern = 0;
    for (LayerSelection.Match match : matches(node)) {
      int index = match.names().indexOf(target.name());
      if (index >= 0) {
        result = inject(node, result, target, pattern * SEEDS_PER_PATTERN + index);
      }
      if (!match.names().isEmpty()) {
        pattern++;
      }
    }
    return result;
  }

  private List<LayerSelection.Match> matches(Weights.InjectNoise node) {
    return selections.computeIfAbsent(
        node,
        asked -> {
          LayerSelection selection = LayerSelection.parse(asked.layers(), lowering.compat());
          // Refuses what selects nothing.
          selection.select(sources.order());
          return selection.matches(sources.order());
        });
  }

  private Elements inject(Weights.InjectNoise node, Elements a, TensorSpec target, long offset) {
    Draw draw =
        sources.recipe().rng() == Rng.TORCH_CPU
            ? new Draw.Torch(node.seed() + offset, List.of())
            : new Draw.Stateless(
                node.seed(),
                "noise/" + lowering.place(node) + "/" + offset / SEEDS_PER_PATTERN,
                target.name());
    Elements noisy = new Elements.Binary(Operator.ADD, a, centred(node.noise(), draw, a.count()));
    Optional<Bits> bits = node.mask().flatMap(mask -> masks.lower(mask, target));
    Elements changed = bits.isPresent() ? new Elements.Select(bits.get(), noisy, a) : noisy;
    Shares shares = new Shares(1 - node.alpha(), node.alpha());
    return node.method() == Interpolation.LINEAR
        ? shares.blend(a, changed)
        : Interpolations.blend(
            node.method(), a, changed, shares, target.shape(), lowering.compat());
  }

  private static Elements centred(Noise noise, Draw draw, long count) {
    return switch (noise) {
      case Noise.Uniform() ->
          new Elements.WithScalar(
              Operator.SUBTRACT, new Elements.Uniform(draw, count), Scalar.constant(0.5));
      case Noise.Gaussian(var mean, var deviation) ->
          new Elements.WithScalar(
              Operator.SUBTRACT,
              new Elements.Normal(draw, mean, deviation, count),
              Scalar.constant(mean));
    };
  }
}
