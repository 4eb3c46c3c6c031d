package dev.mokume.recipe;

import dev.mokume.architecture.Component;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;

/// A recipe node whose value is one number a tensor, or none: layer gradients, block weights, and
/// their algebra.
///
/// Where a merge asks for `alpha`, the number is the share of the later model. The nodes of ComfyUI
/// and DareMerge speak of the first model's share; [Complement] turns one into the other.
public sealed interface Ratio extends RecipeNode {
  @Override
  default List<RecipeNode> parts() {
    Parts parts =
        switch (this) {
          case Complement(var ratio) -> Parts.of(ratio);
          case ByComponent(var ratios) -> Parts.of().and(ratios.values());
          case ByPattern(var ratios) -> Parts.of().and(ratios.values());
          case Combined(_, _, var a, var b) -> Parts.of(a, b);
          case Edited node -> Parts.of(node.ratio());
          case Elemental(_, var otherwise) -> Parts.of().and(otherwise);
          case Constant _,
              Named _,
              ByBlock _,
              ByDepth _,
              ByGroup _,
              ByUnetBlock _,
              ByShell _,
              ByAttention _,
              ByPrefix _,
              ByName _ ->
              Parts.of();
        };
    return parts.list();
  }

  /// The same for every tensor.
  record Constant(double value) implements Ratio {}

  /// A named ratio of the recipe.
  record Named(String name) implements Ratio {}

  /// `1 - ratio`: the later model's share where `ratio` is the first's, which then is exactly
  /// `ratio`.
  record Complement(Ratio ratio) implements Ratio {}

  /// By block, for any architecture that has blocks; MBW.
  ///
  /// @param weights as people write them: a row of numbers whose length the first model's
  ///   architecture gives, or `name=value` pairs, `BASE=0.5,IN04=0.35`; read when the recipe is
  ///   planned
  /// @param otherwise the number of all that `weights` does not name
  record ByBlock(String weights, double otherwise) implements Ratio {}

  /// By depth, for any architecture that has layers: the first number at a component's first layer,
  /// the last at its last, the others evenly spaced between, and straight lines from one to the
  /// next. What lies in no layer (embeddings, the last norm, the head) has the first number.
  /// Source: mergekit's gradients.
  ///
  /// @param numbers at least one
  record ByDepth(List<Double> numbers) implements Ratio {
    public ByDepth {
      numbers = List.copyOf(numbers);
      if (numbers.isEmpty()) {
        throw new IllegalArgumentException("a ratio by depth needs at least one number");
      }
    }

    /// @param depth from 0 to 1
    public double at(double depth) {
      int last = numbers.size() - 1;
      double place = depth * last;
      int before = (int) place;
      double share = place - before;
      return share == 0
          ? numbers.get(before)
          : (1 - share) * numbers.get(before) + share * numbers.get(before + 1);
    }
  }

  /// By part of the model; a part that is not named has no value.
  record ByComponent(SequencedMap<Component, Ratio> ratios) implements Ratio {
    public ByComponent {
      ratios = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(ratios));
    }
  }

  /// By name pattern, as layer selections have them: the first pattern that selects a tensor gives
  /// the ratio that its number comes from. What none selects has no value.
  record ByPattern(SequencedMap<String, Ratio> ratios) implements Ratio {
    public ByPattern {
      ratios = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(ratios));
    }
  }

  /// By group of a U-Net's blocks; other tensors have no value. Source: DareMerge, Block Gradient.
  record ByGroup(double time, double label, double input, double middle, double output, double out)
      implements Ratio {}

  /// By each block of a U-Net, under the node's own names (`time`, `label`, `input_blocks.0`,
  /// `middle_block.2`, `out`); a block that is not named has no value. Source: DareMerge, MBW
  /// Gradient.
  record ByUnetBlock(SequencedMap<String, Double> values) implements Ratio {
    public ByUnetBlock {
      values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
    }
  }

  /// By distance from the middle of a U-Net. Source: DareMerge, Shell Gradient.
  record ByShell(double exterior, double interior, double core) implements Ratio {}

  /// By part of a transformer block; a part that is empty has no value. Source: DareMerge,
  /// Attention Gradient.
  record ByAttention(OptionalDouble norm, OptionalDouble attention, OptionalDouble feedForward)
      implements Ratio {}

  /// By the longest name prefix, `otherwise` where none fits. Prefixes are of the name within the
  /// diffusion model. Source: ComfyUI, ModelMergeBlocks.
  record ByPrefix(SequencedMap<String, Double> prefixes, double otherwise) implements Ratio {
    public ByPrefix {
      prefixes = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(prefixes));
    }
  }

  /// By the tensor's name as it is in the first model's file, or as ComfyUI has it in memory
  /// (`diffusion_model.out.0.weight`); others have no value.
  record ByName(SequencedMap<String, Double> values) implements Ratio {
    public ByName {
      values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
    }
  }

  /// Two ratios combined tensor by tensor. Source: DareMerge, Gradient Operations.
  record Combined(Operation operation, Join join, Ratio a, Ratio b) implements Ratio {}

  /// `ratio` with the tensors that `layers` selects changed by `value`. Source: DareMerge, Gradient
  /// Edit.
  record Edited(Ratio ratio, Edit edit, double value, String layers) implements Ratio {}

  /// By rules of blocks and parts of names, which are read when the recipe is planned:
  /// `OUT05:attn2:0.5`. What no rule selects has the number that it has in `otherwise`, or none.
  /// Source: supermerger, elemental merge.
  record Elemental(String rules, Optional<Ratio> otherwise) implements Ratio {}

  enum Operation {
    MEAN,
    MIN,
    MAX,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE;

    /// Whether it is one of any number of ratios, taken from left to right.
    public boolean isOfMany() {
      return switch (this) {
        case MIN, MAX, ADD, MULTIPLY -> true;
        case MEAN, SUBTRACT, DIVIDE -> false;
      };
    }
  }

  /// What becomes of a tensor that only one side has a value for.
  enum Join {
    /// It has none.
    INNER,
    /// It keeps that value.
    OUTER
  }

  enum Edit {
    SET,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE
  }
}
