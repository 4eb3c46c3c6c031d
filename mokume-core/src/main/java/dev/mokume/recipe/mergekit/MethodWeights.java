package dev.mokume.recipe.mergekit;

import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.List;

/// mergekit's methods as the expressions that they are.
///
/// What is wrong with a mix is thrown as an [IllegalArgumentException], which says it in words that
/// follow the method's name.
final class MethodWeights {
  private final MergeMethod method;

  MethodWeights(MergeMethod method) {
    this.method = method;
  }

  /// The weights of tensors of that mix, which has at least one input.
  ///
  /// @throws IllegalArgumentException if the method does not make anything of it
  Weights of(Mix mix) {
    return switch (method) {
      case LINEAR -> linear(mix);
      case PASSTHROUGH -> passthrough(mix);
      default -> throw new IllegalArgumentException("is not known to Mokume yet");
    };
  }

  private static Weights linear(Mix mix) {
    double sum = mix.inputs().stream().mapToDouble(input -> input.real("weight", 0)).sum();
    boolean normalize = mix.flag("normalize", true);
    if (normalize && sum == 0) {
      throw new IllegalArgumentException(
          "divides by the sum of the weights, which is 0; change them, or say normalize: false");
    }
    List<Weights.Term> terms = new ArrayList<>();
    for (Mix.Input input : mix.inputs()) {
      double weight = input.real("weight", 0);
      terms.add(new Weights.Term(input.weights(), normalize ? weight / sum : weight));
    }
    return new Weights.Sum(terms);
  }

  private static Weights passthrough(Mix mix) {
    if (mix.inputs().size() != 1) {
      throw new IllegalArgumentException(
          "takes each tensor from one model, but there are " + mix.inputs().size());
    }
    Mix.Input input = mix.inputs().getFirst();
    double scale = input.real("scale", 1);
    return scale == 1
        ? input.weights()
        : new Weights.Sum(List.of(new Weights.Term(input.weights(), scale)));
  }
}
