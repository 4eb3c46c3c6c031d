package dev.mokume.recipe.mergekit;

import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.ElementRule;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.TaskVectorMethod;
import dev.mokume.recipe.Vectors;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// mergekit's methods as the expressions that they are.
///
/// What is wrong with a mix is thrown as an [IllegalArgumentException], which says it in words that
/// follow the method's name.
final class MethodWeights {
  /// From this cosine on mergekit's slerp blends linearly.
  private static final double PARALLEL = 0.9995;

  /// Weights that add up to less share alike.
  private static final double NO_WEIGHT = 1e-6;

  private final MergeMethod method;
  private final long seed;

  /// @param seed of methods that draw random numbers
  MethodWeights(MergeMethod method, long seed) {
    this.method = method;
    this.seed = seed;
  }

  /// The weights of tensors of that mix, which has at least one input.
  ///
  /// @throws IllegalArgumentException if the method does not make anything of it
  Weights of(Mix mix) {
    return switch (method) {
      case LINEAR -> linear(mix);
      case PASSTHROUGH -> passthrough(mix);
      case SLERP -> slerp(mix);
      case NUSLERP -> nuslerp(mix);
      case MULTISLERP -> multislerp(mix);
      case KARCHER ->
          new Weights.ByAngle(
              new AngleRule.Karcher(
                  (int) mix.real("max_iter", AngleRule.Karcher.ITERATIONS),
                  mix.real("tol", AngleRule.Karcher.TOLERANCE)),
              weights(mix.inputs()),
              Optional.empty(),
              Vectors.WHOLE);
      case MODEL_STOCK -> stock(mix);
      case NEARSWAP -> onBase(mix, new ElementRule.NearSwap(constant(mix.real("t", 0))));
      case ARCEE_FUSION -> onBase(mix, new ElementRule.Importance());
      case SCE -> onBase(mix, new ElementRule.Variance(mix.real("select_topk", 1)));
      case RAM -> onBase(mix, overlap(mix, 0, ElementRule.Overlap.MOST));
      case RAMPLUS_TL ->
          onBase(
              mix,
              overlap(
                  mix,
                  mix.real("r", ElementRule.Overlap.GAIN),
                  mix.real("alpha", ElementRule.Overlap.MOST)));
      case TASK_ARITHMETIC -> taskVectors(TaskVectorMethod.TASK_ARITHMETIC, mix);
      case TIES -> taskVectors(TaskVectorMethod.TIES, mix);
      case DARE_TIES -> taskVectors(TaskVectorMethod.DARE_TIES, mix);
      case DARE_LINEAR -> taskVectors(TaskVectorMethod.DARE_LINEAR, mix);
      case BREADCRUMBS -> taskVectors(TaskVectorMethod.BREADCRUMBS, mix);
      case BREADCRUMBS_TIES -> taskVectors(TaskVectorMethod.BREADCRUMBS_TIES, mix);
      case DELLA -> taskVectors(TaskVectorMethod.DELLA, mix);
      case DELLA_LINEAR -> taskVectors(TaskVectorMethod.DELLA_LINEAR, mix);
    };
  }

  private static Ratio constant(double value) {
    return new Ratio.Constant(value);
  }

  private static List<Weights> weights(List<Mix.Input> inputs) {
    return inputs.stream().map(Mix.Input::weights).toList();
  }

  private static Weights linear(Mix mix) {
    List<Weights.Term> terms = new ArrayList<>();
    double sum = 0;
    for (Mix.Input input : mix.inputs()) {
      double weight = weight(input);
      sum += weight;
      terms.add(new Weights.Term(input.weights(), constant(weight)));
    }
    boolean normalize = mix.flag("normalize", true);
    if (normalize && sum == 0) {
      throw new IllegalArgumentException(
          "divides by the sum of the weights, which is 0; change them, or say normalize: false");
    }
    return new Weights.Sum(terms, normalize);
  }

  /// A base that is not listed has no weight of its own.
  private static double weight(Mix.Input input) {
    return input.real("weight", 0);
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
        : new Weights.Sum(List.of(new Weights.Term(input.weights(), constant(scale))), false);
  }

  private Weights slerp(Mix mix) {
    if (mix.inputs().size() == 1) {
      return mix.inputs().getFirst().weights();
    }
    Mix.Input base = base(mix);
    Mix.Input other = other(mix);
    return new Weights.ByAngle(
        new AngleRule.Arc(constant(mix.real("t", 0)), PARALLEL),
        List.of(base.weights(), other.weights()),
        Optional.empty(),
        Vectors.WHOLE);
  }

  private static Weights nuslerp(Mix mix) {
    List<Mix.Input> ends =
        mix.inputs().size() == 3 && mix.base().isPresent() ? mix.others() : mix.inputs();
    if (ends.size() != 2) {
      throw new IllegalArgumentException(
          "goes from one model to another, on a third as base if there is one, but there are "
              + mix.inputs().size());
    }
    double first = weight(ends.getFirst());
    double later = weight(ends.getLast());
    double alpha = Math.abs(first + later) < NO_WEIGHT ? 0.5 : later / (first + later);
    Vectors vectors =
        mix.flag("nuslerp_flatten", true)
            ? Vectors.WHOLE
            : mix.flag("nuslerp_row_wise", false) ? Vectors.COLUMNS : Vectors.ROWS;
    return new Weights.ByAngle(
        new AngleRule.Arc(constant(alpha)),
        weights(ends),
        ends.size() == mix.inputs().size() ? Optional.empty() : mix.base().map(Mix.Input::weights),
        vectors);
  }

  private static Weights multislerp(Mix mix) {
    List<Mix.Input> models = mix.base().isPresent() ? mix.others() : mix.inputs();
    if (models.size() <= 1) {
      return (models.isEmpty() ? mix.inputs() : models).getFirst().weights();
    }
    return new Weights.ByAngle(
        new AngleRule.Mean(
            models.stream().map(model -> constant(weight(model))).toList(),
            mix.flag("normalize_weights", true)),
        weights(models),
        mix.base().map(Mix.Input::weights),
        Vectors.WHOLE);
  }

  private Weights stock(Mix mix) {
    Mix.Input base = base(mix);
    if (mix.others().isEmpty()) {
      return base.weights();
    }
    if (mix.others().size() < 2) {
      throw new IllegalArgumentException(
          "looks at how two or more models differ from the base, but there is one");
    }
    return new Weights.ByAngle(
        new AngleRule.Stock(),
        weights(mix.others()),
        Optional.of(base.weights()),
        mix.flag("filter_wise", false) ? Vectors.ROWS : Vectors.WHOLE);
  }

  private static ElementRule overlap(Mix mix, double gain, double most) {
    return new ElementRule.Overlap(mix.real("epsilon", ElementRule.Overlap.EPSILON), gain, most);
  }

  private Weights onBase(Mix mix, ElementRule rule) {
    Mix.Input base = base(mix);
    if (mix.others().isEmpty()) {
      return base.weights();
    }
    return new Weights.ByElement(rule, base.weights(), weights(mix.others()));
  }

  private Weights taskVectors(TaskVectorMethod named, Mix mix) {
    Mix.Input base = base(mix);
    if (mix.others().isEmpty()) {
      return base.weights();
    }
    String spread = named.keep() == TaskVectorMethod.Keep.OUTLIERS ? "gamma" : "epsilon";
    List<TaskVectorMethod.Part> parts =
        mix.others().stream()
            .map(input ->
                new TaskVectorMethod.Part(
                    input.weights(),
                    constant(weight(input)),
                    constant(input.real("density", 1)),
                    constant(input.real(spread, named.defaultSpread()))))
            .toList();
    // What mergekit calls rescale brings back the sum of magnitudes.
    boolean rescales = mix.flag("rescale", named.rescale() != Rescale.NONE);
    return named.of(
        base.weights(),
        parts,
        mix.flag("normalize", named.normalises()),
        rescales ? Rescale.MATCH_L1 : Rescale.NONE,
        seed,
        constant(mix.real("lambda", 1)));
  }

  private Mix.Input base(Mix mix) {
    return mix.base()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "works on a base model, but base_model is none of "
                    + String.join(", ", mix.inputs().stream().map(Mix.Input::name).toList())
                    + "; name it, and in slices list it among the sources"));
  }

  private static Mix.Input other(Mix mix) {
    if (mix.others().size() != 1) {
      throw new IllegalArgumentException(
          "takes two models, of which one is the base, but there are " + mix.inputs().size());
    }
    return mix.others().getFirst();
  }
}
