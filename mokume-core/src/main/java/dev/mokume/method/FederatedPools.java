package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Pool;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Pooling;
import dev.mokume.recipe.Quantity;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// The models of several clients made one, with the numbers of the tensor at hand.
final class FederatedPools {
  private final Lowering lowering;

  FederatedPools(Lowering lowering) {
    this.lowering = lowering;
  }

  /// Nothing where a ratio has no number for the tensor.
  ///
  /// @param own what each client has, in their order
  Optional<Elements> of(Weights.Federated node, List<Elements> own) {
    return pool(node).map(pool -> new Elements.Pooled(pool, own));
  }

  /// `base + pool(scale * (own - base))`; nothing where a ratio has no number for the tensor.
  Optional<Elements> ofChanges(Weights.Federated node, Elements base, List<Elements> own) {
    List<Elements> changes = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      OptionalDouble scale = lowering.number(Quantity.SCALE, node.clients().get(i).scale());
      if (scale.isEmpty()) {
        return Optional.empty();
      }
      Elements change = new Elements.Binary(Elements.Operator.SUBTRACT, own.get(i), base);
      changes.add(
          scale.getAsDouble() == 1
              ? change
              : new Elements.WithScalar(
                  Elements.Operator.MULTIPLY, change, Scalar.constant(scale.getAsDouble())));
    }
    return pool(node)
        .map(pool ->
            new Elements.Binary(Elements.Operator.ADD, base, new Elements.Pooled(pool, changes)));
  }

  private Optional<Pool> pool(Weights.Federated node) {
    int clients = node.clients().size();
    return switch (node.pooling()) {
      case Pooling.Mean() -> weightedMean(node);
      case Pooling.Median() -> Optional.of(new Pool.TrimmedMean((clients - 1) / 2));
      case Pooling.TrimmedMean(Ratio ratio) -> {
        OptionalDouble share = lowering.number(Quantity.TRIMMED_MEAN, ratio);
        yield share.isEmpty()
            ? Optional.empty()
            : Optional.of(new Pool.TrimmedMean(cut(share.getAsDouble(), clients)));
      }
    };
  }

  private Optional<Pool> weightedMean(Weights.Federated node) {
    List<Double> examples = new ArrayList<>();
    for (Weights.Client client : node.clients()) {
      OptionalDouble number = lowering.number(Quantity.EXAMPLES, client.examples());
      if (number.isEmpty()) {
        return Optional.empty();
      }
      examples.add(number.getAsDouble());
    }
    return Optional.of(new Pool.WeightedMean(examples));
  }

  /// How many clients are left out at each end. 29 % of 100 are 29, though 0.29 * 100 is not quite.
  private static int cut(double share, int clients) {
    return (int) Math.min((clients - 1) / 2, Math.floor(share * clients * (1 + 1e-12)));
  }
}
