package dev.mokume.method;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.recipe.SparseUpdate;

/// The element step of DARE-TIES: a random share of `b - a`, all of one sign, is added to `a`.
/// Source: ComfyUI-DareMerge, `dare_ties_sparsification`.
final class SparseUpdates {
  private SparseUpdates() {}

  /// `keep ? a + d : a` with `d = b - a`, divided by the keep rate if the update rescales.
  ///
  /// @param dropRate of the tensor at hand
  static Elements apply(SparseUpdate update, double dropRate, Elements a, Elements b, Draw draw) {
    double keepRate = 1.0 - dropRate;
    if (keepRate == 0) {
      return a;
    }
    Elements delta = new Elements.Binary(Operator.SUBTRACT, b, a);
    if (update.rescale() && keepRate != 1) {
      delta = new Elements.WithScalar(Operator.DIVIDE, delta, Scalar.constant(keepRate));
    }
    Bits keep = keep(update, keepRate, delta, draw);
    Elements moved = new Elements.Binary(Operator.ADD, a, delta);
    return keep instanceof Bits.Constant ? moved : new Elements.Select(keep, moved, a);
  }

  private static Bits keep(SparseUpdate update, double keepRate, Elements delta, Draw draw) {
    Bits drawn =
        keepRate == 1
            ? new Bits.Constant(true, delta.count())
            : new Bits.Keep(draw, keepRate, delta.count());
    return switch (update.vote()) {
      case OFF -> drawn;
      case SUM -> elected(drawn, delta, Reduction.SUM);
      case COUNT -> elected(drawn, delta, Reduction.SUM_OF_SIGNS);
    };
  }

  private static Bits elected(Bits drawn, Elements delta, Reduction vote) {
    Bits sign = new Bits.HasSign(delta, new Scalar.Statistic(vote, delta));
    return drawn instanceof Bits.Constant ? sign : new Bits.Binary(Bits.Operator.AND, drawn, sign);
  }
}
