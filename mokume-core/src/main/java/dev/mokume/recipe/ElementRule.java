package dev.mokume.recipe;

import java.util.List;

/// Which of the models' differences from a base reach the result, and how much of them; see
/// [Weights.ByElement].
public sealed interface ElementRule {
  /// The method's name in recipes.
  default String method() {
    return switch (this) {
      case NearSwap _ -> "nearswap";
      case Overlap(_, var gain, var most)
          when gain.equals(new Ratio.Constant(0))
              && most.equals(new Ratio.Constant(Overlap.MOST)) ->
          "ram";
      case Overlap _ -> "ramplus_tl";
      case Variance _ -> "sce";
      case Importance _ -> "arcee_fusion";
    };
  }

  /// The ratios that it has.
  default List<Ratio> ratios() {
    return switch (this) {
      case NearSwap(var reach) -> List.of(reach);
      case Overlap(var epsilon, var gain, var most) -> List.of(epsilon, gain, most);
      case Variance(var density) -> List.of(density);
      case Importance _ -> List.of();
    };
  }

  /// Each element of the base moves towards the model's by at most `reach`: what is nearer is taken
  /// over. One model. Source: mergekit's nearswap.
  record NearSwap(Ratio reach) implements ElementRule {}

  /// The mean of those differences that are greater than `epsilon`, as if the other models had no
  /// say. Where one model alone differs, its difference is multiplied by `1 + gain * min(s, most)`,
  /// where s is how many elements of that model others changed too, divided by how many it changed
  /// alone. Source: "Behavior Knowledge Merge in Reinforced Agentic Models" (arXiv:2601.13572);
  /// mergekit's ram (gain 0) and ramplus_tl.
  record Overlap(Ratio epsilon, Ratio gain, Ratio most) implements ElementRule {
    public static final double EPSILON = 1e-5;
    public static final double GAIN = 0.1;
    public static final double MOST = 0.2;

    public Overlap {
      Quantity.EPSILON.of(epsilon);
      Quantity.GAIN.of(gain);
      Quantity.MOST.of(most);
    }

    public Overlap(double epsilon, double gain, double most) {
      this(Quantity.EPSILON.of(epsilon), Quantity.GAIN.of(gain), Quantity.MOST.of(most));
    }
  }

  /// The elements in which the models differ from one another the most; there, of the differences
  /// that have the sign of their sum, the mean weighted by the models' mean squares. Source: Wan et
  /// al., "FuseChat" (arXiv:2408.07990), SCE; mergekit's sce.
  ///
  /// @param density the share of the elements that vary at all which takes part, 0 to 1
  record Variance(Ratio density) implements ElementRule {
    public Variance {
      Quantity.DENSITY.of(density);
    }

    public Variance(double density) {
      this(Quantity.DENSITY.of(density));
    }
  }

  /// The differences that matter: `|d|` times the divergence of the model's row from the base's,
  /// both as the softmax makes distributions of them, is far above what is usual in the tensor. One
  /// model. Source: mergekit's arcee_fusion.
  record Importance() implements ElementRule {}
}
