package dev.mokume.recipe;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/// A recipe node whose value is one bit an element: set = selected = may change.
///
/// A mask may say nothing of a tensor; what that means is up to the node that uses it (a merge
/// takes the tensor whole). Where one of its numbers is a ratio that has none for a tensor, it says
/// nothing of that tensor.
public sealed interface Mask extends RecipeNode {
  @Override
  default List<RecipeNode> parts() {
    Parts parts =
        switch (this) {
          case Named _, Stored _ -> Parts.of();
          case Magnitude node -> Parts.of(node.a(), node.b(), node.threshold());
          case Constant(var model, _) -> Parts.of(model);
          case Random(var model, var clearShare, _) -> Parts.of(model, clearShare);
          case Gaussian(var model, var mean, var deviation, _) -> Parts.of(model, mean, deviation);
          case Quarter node -> Parts.of(node.model());
          case Combined(_, var a, var b) -> Parts.of(a, b);
          case Edited(var mask, var fill, _, _) -> Parts.of(mask).and(fill.ratios());
        };
    return parts.list();
  }

  /// A named mask of the recipe.
  record Named(String name) implements Mask {}

  /// A mask file that Mokume wrote, or any safetensors whose tensors are BOOL, or U8/float with
  /// non-zero meaning set.
  record Stored(Path file) implements Mask {}

  /// Elements by the size of `|b - a|` against the quantile `threshold` of the tensor.
  ///
  /// threshold 0 and 1 are exact: below 0 and above 1 select nothing, below 1 and above 0
  /// everything. Else below is `<` and above is `>=`. Source: ComfyUI-DareMerge, Magnitude Masker.
  record Magnitude(Weights a, Weights b, Ratio threshold, Quantile quantile, Select select)
      implements Mask {
    public Magnitude {
      Quantity.THRESHOLD.of(threshold);
    }

    public Magnitude(Weights a, Weights b, double threshold, Quantile quantile, Select select) {
      this(a, b, Quantity.THRESHOLD.of(threshold), quantile, select);
    }
  }

  /// The same value for every element of every tensor of `model`.
  record Constant(Weights model, boolean value) implements Mask {}

  /// Set where a uniform draw in [0, 1) is greater than `clearShare`: that share of the elements is
  /// clear.
  record Random(Weights model, Ratio clearShare, long seed) implements Mask {
    public Random {
      Quantity.CLEAR_SHARE.of(clearShare);
    }

    public Random(Weights model, double clearShare, long seed) {
      this(model, Quantity.CLEAR_SHARE.of(clearShare), seed);
    }
  }

  /// Set where a normal draw of that mean and deviation is greater than the mean.
  record Gaussian(Weights model, Ratio mean, Ratio deviation, long seed) implements Mask {
    public Gaussian {
      Quantity.MEAN.of(mean);
      Quantity.DEVIATION.of(deviation);
    }

    public Gaussian(Weights model, double mean, double deviation, long seed) {
      this(model, Quantity.MEAN.of(mean), Quantity.DEVIATION.of(deviation), seed);
    }
  }

  /// One of four disjoint random masks that cover every tensor; `quarter` 0..3.
  ///
  /// @param before only for torch's generator under the profile `daremerge`: what it was seeded
  ///   with before the node ran, since the node draws its first tensor before it seeds
  record Quarter(Weights model, int quarter, long seed, OptionalLong before) implements Mask {
    public Quarter {
      if (quarter < 0 || quarter > 3) {
        throw new IllegalArgumentException("quarter must be in 0..3 but was " + quarter);
      }
    }
  }

  /// A set operation. A tensor that only one mask knows: union and difference keep `a`'s, xor keeps
  /// either, intersect drops it; union keeps `b`'s too, where the node pack drops it.
  record Combined(SetOperation operation, Mask a, Mask b) implements Mask {}

  /// `mask` with the layers that `layers` selects replaced by what `fill` gives.
  record Edited(Mask mask, Fill fill, String layers, long seed) implements Mask {}

  /// What an edit fills a layer with; as the masks of the same names.
  sealed interface Fill {
    /// The ratios that it has.
    default List<Ratio> ratios() {
      return switch (this) {
        case Constant _ -> List.of();
        case Random(var clearShare) -> List.of(clearShare);
        case Gaussian(var mean, var deviation) -> List.of(mean, deviation);
      };
    }

    record Constant(boolean value) implements Fill {}

    record Random(Ratio clearShare) implements Fill {
      public Random {
        Quantity.CLEAR_SHARE.of(clearShare);
      }

      public Random(double clearShare) {
        this(Quantity.CLEAR_SHARE.of(clearShare));
      }
    }

    record Gaussian(Ratio mean, Ratio deviation) implements Fill {
      public Gaussian {
        Quantity.MEAN.of(mean);
        Quantity.DEVIATION.of(deviation);
      }

      public Gaussian(double mean, double deviation) {
        this(Quantity.MEAN.of(mean), Quantity.DEVIATION.of(deviation));
      }
    }
  }

  enum Select {
    ABOVE,
    BELOW
  }

  enum SetOperation {
    UNION,
    INTERSECT,
    DIFFERENCE,
    XOR
  }

  /// How the threshold is found.
  ///
  /// @param rule how chunks count
  /// @param chunk elements a chunk; not used by `EXACT`
  record Quantile(Rule rule, long chunk) {
    /// The node pack's chunk.
    public static final long REFERENCE_CHUNK = 10_000_000;

    public Quantile {
      if (chunk < 1) {
        throw new IllegalArgumentException(
            "a chunk has at least one element but was to have " + chunk);
      }
    }

    /// The quantile of the whole tensor.
    public static final Quantile EXACT = new Quantile(Rule.EXACT, REFERENCE_CHUNK);

    public enum Rule {
      /// The lower median of the chunks' quantiles.
      MEDIAN,
      /// The chunks' quantiles sorted, at index `(int) (threshold * chunks)`.
      QUANTILE,
      /// One quantile over the whole tensor, in f64.
      EXACT
    }
  }
}
