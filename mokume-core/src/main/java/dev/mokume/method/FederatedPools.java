package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Pool;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Pooling;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.List;

/// The models of several clients made one.
final class FederatedPools {
  private FederatedPools() {}

  /// @param own what each client has, in their order
  static Elements of(Weights.Federated node, List<Elements> own) {
    return new Elements.Pooled(pool(node), own);
  }

  /// `base + pool(scale * (own - base))`
  static Elements ofChanges(Weights.Federated node, Elements base, List<Elements> own) {
    List<Elements> changes = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      double scale = node.clients().get(i).scale();
      Elements change = new Elements.Binary(Elements.Operator.SUBTRACT, own.get(i), base);
      changes.add(
          scale == 1
              ? change
              : new Elements.WithScalar(
                  Elements.Operator.MULTIPLY, change, Scalar.constant(scale)));
    }
    return new Elements.Binary(
        Elements.Operator.ADD, base, new Elements.Pooled(pool(node), changes));
  }

  private static Pool pool(Weights.Federated node) {
    int clients = node.clients().size();
    return switch (node.pooling()) {
      case Pooling.Mean() ->
          new Pool.WeightedMean(node.clients().stream().map(Weights.Client::examples).toList());
      case Pooling.Median() -> new Pool.TrimmedMean((clients - 1) / 2);
      case Pooling.TrimmedMean(double share) -> new Pool.TrimmedMean(cut(share, clients));
    };
  }

  /// How many clients are left out at each end. 29 % of 100 are 29, though 0.29 * 100 is not quite.
  private static int cut(double share, int clients) {
    return (int) Math.min((clients - 1) / 2, Math.floor(share * clients * (1 + 1e-12)));
  }
}
