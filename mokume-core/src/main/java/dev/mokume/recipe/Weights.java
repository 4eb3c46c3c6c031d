package dev.mokume.recipe;

import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.Models;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// A recipe node whose value is a full set of model weights.
///
/// `alpha` is always the share of the later model. A tensor that `alpha` has no value for, or that
/// the later model lacks, stays as in the first; the plan lists it.
public sealed interface Weights extends RecipeNode {
  @Override
  default List<RecipeNode> parts() {
    Parts parts =
        switch (this) {
          case Source _, Named _ -> Parts.of();
          case Interpolate node -> Parts.of(node.a(), node.b()).and(node.mask()).and(node.alpha());
          case Sum(var terms, _) ->
              Parts.of().and(terms, Term::weights).and(terms, Term::coefficient);
          case AddDelta(var base, var delta, var scale) -> Parts.of(base, delta, scale);
          case Sparse(var model, var sparsify, _) -> Parts.of(model).and(sparsify.ratios());
          case Fisher(var models, _, var minimum) ->
              Parts.of()
                  .and(models, Informed::model)
                  .and(models, Informed::information)
                  .and(models, Informed::coefficient)
                  .and(minimum);
          case RegMean(var models, var offDiagonal) ->
              Parts.of()
                  .and(models, Observed::model)
                  .and(models, Observed::statistics)
                  .and(models, Observed::coefficient)
                  .and(offDiagonal);
          case Dare node ->
              Parts.of(node.a(), node.b())
                  .and(node.mask())
                  .and(node.alpha(), node.update().dropRate(), node.iterations());
          case Normalize node -> Parts.of(node.model(), node.reference());
          case InjectNoise node ->
              Parts.of(node.model()).and(node.mask()).and(node.noise().ratios()).and(node.alpha());
          case Adapted node -> Parts.of(node.model(), node.strength());
          case Applied node ->
              Parts.of().and(node.operands()).and(node.numbers()).and(node.scale());
          case ByAngle node ->
              Parts.of().and(node.base()).and(node.models()).and(node.rule().ratios());
          case ByLikeness node -> Parts.of(node.a(), node.b(), node.alpha());
          case ByElement(var rule, var base, var models) ->
              Parts.of(base).and(models).and(rule.ratios());
          case Federated(var clients, var pooling, var base) ->
              Parts.of()
                  .and(base)
                  .and(clients, Client::weights)
                  .and(clients, Client::examples)
                  .and(clients, Client::scale)
                  .and(pooling.ratios());
          case Except node -> Parts.of(node.first(), node.merged());
          case Rounded(var weights) -> Parts.of(weights);
          case Choice(var cases, var otherwise) -> Parts.of(otherwise).and(cases, Case::weights);
        };
    return parts.list();
  }

  /// A model of the recipe, by its name there.
  record Source(String model) implements Weights {}

  /// A named sub-expression of the recipe.
  record Named(String name) implements Weights {}

  /// `a` and `b` blended by `method`. With a mask, `b` is first replaced by `a` wherever the mask
  /// is clear.
  ///
  /// Source: ComfyUI's ModelMergeSimple (method `LINEAR`), ComfyUI-DareMerge's block and masked
  /// mergers.
  record Interpolate(Interpolation method, Weights a, Weights b, Ratio alpha, Optional<Mask> mask)
      implements Weights {}

  /// The sum of the terms, in order, each product and each sum rounded to f32.
  ///
  /// @param normalise whether each coefficient is divided by the sum of all; a tensor whose
  ///   coefficients add up to 0 is refused then
  record Sum(List<Term> terms, boolean normalise) implements Weights {
    public Sum {
      terms = List.copyOf(terms);
      if (terms.isEmpty()) {
        throw new IllegalArgumentException("a sum needs at least one term");
      }
    }

    /// A sum with its coefficients as they are.
    public Sum(List<Term> terms) {
      this(terms, false);
    }
  }

  /// One term of a [Sum]. A tensor that a coefficient has no number for stays as in the first term.
  record Term(Weights weights, Ratio coefficient) {
    /// A term with the same coefficient for every tensor.
    public Term(Weights weights, double coefficient) {
      this(weights, new Ratio.Constant(coefficient));
    }
  }

  /// `base + scale * delta`. Add-difference, and every method of task vectors. A tensor that has no
  /// delta, or that `scale` has no number for, stays as in the base.
  record AddDelta(Weights base, Delta delta, Ratio scale) implements Weights {}

  /// `model` with some of its elements set to zero, and the rest scaled as `rescale` says. Source:
  /// MergeLM, masks of fine-tuned weights.
  record Sparse(Weights model, Sparsify sparsify, Rescale rescale) implements Weights {}

  /// The mean of the models, element by element, weighted by how much the data says about each:
  /// `sum of l (f + minimum) w / sum of l (f + minimum)`, with `f` a model's Fisher information and
  /// `l` its coefficient. Source: arXiv:2111.09832, MergeLM.
  ///
  /// @param normalise whether a model's coefficient is divided by the norm of all its information
  ///   over the whole model, so that none outweighs the others by its scale
  /// @param minimum what is added to every information, at least 0
  record Fisher(List<Informed> models, boolean normalise, Ratio minimum) implements Weights {
    /// MergeLM's minimum.
    public static final double MINIMUM = 1e-6;

    public Fisher {
      models = List.copyOf(models);
      Quantity.MINIMUM.of(minimum);
      if (models.isEmpty()) {
        throw new IllegalArgumentException("no models have no weighted mean");
      }
    }

    /// With the same minimum for every tensor.
    public Fisher(List<Informed> models, boolean normalise, double minimum) {
      this(models, normalise, Quantity.MINIMUM.of(minimum));
    }
  }

  /// A model of [Fisher].
  ///
  /// @param information the diagonal of its Fisher information: a checkpoint of the same tensors
  record Informed(Weights model, Weights information, Ratio coefficient) {}

  /// The models' linear layers solved by the Gram matrices of their inputs: the weight that comes
  /// nearest, in the least squares, to what each model's own makes of its own inputs, `(sum of l W
  /// G) (sum of l G)^-1`, with `G` the Gram matrix `X' X` of the inputs and `l` the model's
  /// coefficient. Of a tensor without Gram matrices, the mean by the coefficients. Source: RegMean,
  /// arXiv:2212.09849, as MergeLM has it.
  ///
  /// @param offDiagonal what the numbers of a Gram matrix beside its diagonal are multiplied by, in
  ///   [0, 1]
  record RegMean(List<Observed> models, Ratio offDiagonal) implements Weights {
    public RegMean {
      models = List.copyOf(models);
      Quantity.OFF_DIAGONAL.of(offDiagonal);
      if (models.isEmpty()) {
        throw new IllegalArgumentException("no models cannot be solved for");
      }
    }

    /// With the same factor for every tensor.
    public RegMean(List<Observed> models, double offDiagonal) {
      this(models, Quantity.OFF_DIAGONAL.of(offDiagonal));
    }
  }

  /// A model of [RegMean].
  ///
  /// @param statistics the model of the recipe whose tensors are the Gram matrices: a checkpoint
  ///   with one for each linear layer, named after the layer's weight
  /// @param coefficient not negative
  record Observed(Weights model, Source statistics, Ratio coefficient) {}

  /// The DARE-TIES merge of ComfyUI-DareMerge: `iterations` times a random share of `b - a` is
  /// taken over into `a`, see [SparseUpdate]; then `a` and what came out are blended.
  ///
  /// `method` LINEAR: the result is `(1 - alpha) * a + alpha * x`. Any other method is applied in
  /// every iteration instead.
  record Dare(
      Weights a,
      Weights b,
      Ratio alpha,
      SparseUpdate update,
      Ratio iterations,
      Interpolation method,
      Optional<Mask> mask)
      implements Weights {
    public Dare {
      Quantity.ITERATIONS.of(iterations);
    }

    /// With as many iterations for every tensor.
    public Dare(
        Weights a,
        Weights b,
        Ratio alpha,
        SparseUpdate update,
        int iterations,
        Interpolation method,
        Optional<Mask> mask) {
      this(a, b, alpha, update, Quantity.ITERATIONS.of(iterations), method, mask);
    }
  }

  /// `model` with its parameters scaled to the norms of `reference`. Source: ComfyUI-DareMerge,
  /// Normalize Model.
  record Normalize(Weights model, Weights reference, Normalization method, boolean magnify)
      implements Weights {}

  /// `model` blended with itself plus centred noise, in the layers that `layers` selects. Source:
  /// ComfyUI-DareMerge, Inject Noise.
  record InjectNoise(
      Weights model,
      Noise noise,
      Ratio alpha,
      long seed,
      String layers,
      Interpolation method,
      Optional<Mask> mask)
      implements Weights {
    /// With the same alpha for every tensor.
    public InjectNoise(
        Weights model,
        Noise noise,
        double alpha,
        long seed,
        String layers,
        Interpolation method,
        Optional<Mask> mask) {
      this(model, noise, Quantity.NOISE.of(alpha), seed, layers, method, mask);
    }
  }

  /// `model` with what an adapter (LoRA and its kin) does to it, in ComfyUI's order: later adapters
  /// build on what earlier ones left. A tensor that `strength` has no number for stays as it is.
  ///
  /// @param file the adapter's file, or PEFT's folder
  /// @param strength by tensor; may be negative
  /// @param strict whether what of the adapter finds no home is a problem, and not only told
  /// @param trainedOn the model that the adapter is for, where `model` is a [Stack]: what the stack
  ///   has of that model is changed, whatever its layers' numbers are now. Nothing if the adapter
  ///   has the names of `model` itself
  record Adapted(
      Weights model, Path file, Ratio strength, boolean strict, Optional<String> trainedOn)
      implements Weights {
    public Adapted {
      if (trainedOn.isPresent() && !(model instanceof Source)) {
        throw new IllegalArgumentException("only a stack has layers of a model under other names");
      }
    }

    /// An adapter that has the names of `model` itself.
    public Adapted(Weights model, Path file, Ratio strength, boolean strict) {
      this(model, file, strength, strict, Optional.empty());
    }

    /// The file, and whose names it is read by.
    public AdapterUse use() {
      return new AdapterUse(
          file,
          model instanceof Source(var stack)
              ? trainedOn.map(name -> new AdapterUse.Origin(stack, name))
              : Optional.empty());
    }
  }

  /// What a method of [dev.mokume.plugin] makes of models. A tensor that a later model lacks, or
  /// that a number of the arguments has no value for, stays as in the first: as in the base, if the
  /// method works on task vectors.
  ///
  /// @param models in the method's order
  /// @param base what is subtracted from each model and to which the result is added, if the method
  ///   works on task vectors
  /// @param scale of what is added to the base; 1 without one
  /// @param arguments a value for each of the method's parameters
  record Applied(
      MergeMethod method,
      List<Weights> models,
      Optional<Weights> base,
      Ratio scale,
      SequencedMap<String, Argument> arguments)
      implements Weights {
    public Applied {
      models = List.copyOf(models);
      arguments = Argument.complete(method.info(), arguments);
      Models wanted = method.info().models();
      if (!wanted.allows(models.size()) || wanted.onDeltas() != base.isPresent()) {
        throw new IllegalArgumentException(
            "%s takes %s %s and %s base"
                .formatted(
                    method.info().name(),
                    wanted.least(),
                    wanted.names().isEmpty() ? "models or more" : "models",
                    wanted.onDeltas() ? "a" : "no"));
      }
    }

    /// With the defaults of all parameters.
    public static Applied of(MergeMethod method, List<Weights> models) {
      return new Applied(
          method, models, Optional.empty(), new Ratio.Constant(1), new LinkedHashMap<>());
    }

    /// The same with an argument.
    public Applied with(String parameter, Argument value) {
      SequencedMap<String, Argument> all = new LinkedHashMap<>(arguments);
      all.put(parameter, value);
      return new Applied(method, models, base, scale, all);
    }

    /// Every model, the base last.
    public List<Weights> operands() {
      List<Weights> operands = new ArrayList<>(models);
      base.ifPresent(operands::add);
      return operands;
    }

    /// The ratios among the arguments.
    private List<Ratio> numbers() {
      List<Ratio> numbers = new ArrayList<>();
      for (Argument argument : arguments.values()) {
        if (argument instanceof Argument.Real(var ratio)) {
          numbers.add(ratio);
        }
      }
      return numbers;
    }

    /// The model whose tensors stay where the method cannot be applied.
    public Weights first() {
      return base.orElse(models.getFirst());
    }
  }

  /// A linear combination of the models that `rule` finds from their lengths and angles, vector by
  /// vector: as f64 arithmetic on the vectors' dot products, which one pass measures. With a base,
  /// it is `base` plus such a combination of the models' differences from it.
  ///
  /// A tensor that one of the models lacks stays as in the base, or without one in the first model.
  record ByAngle(AngleRule rule, List<Weights> models, Optional<Weights> base, Vectors vectors)
      implements Weights {
    public ByAngle {
      models = List.copyOf(models);
      int count = models.size();
      String problem =
          switch (rule) {
            case AngleRule.Arc _ -> count == 2 ? "" : "an arc has two ends";
            case AngleRule.Mean(var weights, _) ->
                count == weights.size() ? "" : weights.size() + " weights do not fit";
            case AngleRule.Stock _ ->
                count < 2
                    ? "a stock takes two or more"
                    : base.isPresent() ? "" : "a stock needs a base";
            case AngleRule.Karcher _ -> "";
          };
      if (count < 1 || count > MOST_MODELS) {
        problem = "there must be 1 to " + MOST_MODELS;
      }
      if (!problem.isEmpty()) {
        throw new IllegalArgumentException(count + " models: " + problem);
      }
    }

    /// The model whose tensors stay where there is nothing to combine.
    public Weights first() {
      return base.orElse(models.getFirst());
    }
  }

  /// `(1 - k) b + k a`, with a k for each column: how alike the two are there, where that lies
  /// between the least and the greatest likeness of the whole model, less the magnitude of `alpha`,
  /// and at least 0. Of all columns of the model a hundredth at either end is left out. The VAE
  /// stays as in `a` and does not count.
  record ByLikeness(Weights a, Weights b, Ratio alpha, Likeness likeness) implements Weights {}

  /// `base` plus those of the models' differences from it that `rule` lets through. A tensor that
  /// one of the models lacks stays as in the base.
  record ByElement(ElementRule rule, Weights base, List<Weights> models) implements Weights {
    public ByElement {
      models = List.copyOf(models);
      boolean one =
          switch (rule) {
            case ElementRule.NearSwap _, ElementRule.Importance _ -> true;
            case ElementRule.Overlap _, ElementRule.Variance _ -> false;
          };
      if (models.isEmpty() || models.size() > (one ? 1 : MOST_MODELS)) {
        throw new IllegalArgumentException(
            models.size() + " models, but the rule takes 1" + (one ? "" : " to " + MOST_MODELS));
      }
    }
  }

  /// The models of several clients made one, element by element.
  ///
  /// Where a client has a scale other than 1, what is pooled is what each client changed in `base`,
  /// times its scale, and `base` plus that comes out; else the clients' own numbers are pooled.
  ///
  /// @param clients at least one
  /// @param base what the clients trained from; there is one if any client has a scale
  record Federated(List<Client> clients, Pooling pooling, Optional<Weights> base)
      implements Weights {
    public Federated {
      clients = List.copyOf(clients);
      if (clients.isEmpty()) {
        throw new IllegalArgumentException("federated averaging needs at least one client");
      }
      if (base.isEmpty() && clients.stream().anyMatch(Client::isScaled)) {
        throw new IllegalArgumentException("a client's scale needs the base that it trained from");
      }
    }

    /// Whether what is pooled is what the clients changed.
    public boolean isOfChanges() {
      return clients.stream().anyMatch(Client::isScaled);
    }
  }

  /// One client of [Federated].
  ///
  /// @param examples that it trained on: its weight in a mean; more than 0
  /// @param scale of what it changed, below 1 where that was too much
  record Client(Weights weights, Ratio examples, Ratio scale) {
    public Client {
      Quantity.EXAMPLES.of(examples);
      Quantity.SCALE.of(scale);
    }

    /// With the same numbers for every tensor.
    public Client(Weights weights, double examples, double scale) {
      this(weights, Quantity.EXAMPLES.of(examples), Quantity.SCALE.of(scale));
    }

    /// Whether its scale is another than 1, for one tensor at least.
    public boolean isScaled() {
      return !scale.equals(new Ratio.Constant(1));
    }
  }

  /// `merged`, but for the tensors whose name ends with one of `suffixes`: those are `first`'s,
  /// untouched. Source: ComfyUI's CLIPMergeSimple, which leaves out [#CLIP_BUFFERS].
  record Except(Weights first, Weights merged, List<String> suffixes) implements Weights {
    public Except {
      suffixes = List.copyOf(suffixes);
    }
  }

  /// `weights` as if stored in the dtype that the first model has the tensor in, and loaded again.
  /// Source: ComfyUI, which stores the result of every merge so before the next begins.
  record Rounded(Weights weights) implements Weights {}

  /// For each tensor the weights of the case that names it, else `otherwise`.
  record Choice(List<Case> cases, Weights otherwise) implements Weights {
    public Choice {
      cases = List.copyOf(cases);
    }
  }

  /// A case of a [Choice].
  ///
  /// @param tensors names, or beginnings of names in whole segments: `model.layers.3`. Of two cases
  ///   that name a tensor the one that says more segments counts
  record Case(List<String> tensors, Weights weights) {
    public Case {
      tensors = List.copyOf(tensors);
    }
  }

  /// The endings of what a merge of text encoders leaves alone: index buffers and the logit scale.
  List<String> CLIP_BUFFERS = List.of(".position_ids", ".logit_scale");

  /// How many models one expression may combine that looks at all of them together: dot products
  /// grow with the square of that.
  int MOST_MODELS = 64;
}
