package dev.mokume.method;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Scalar;
import dev.mokume.lora.AdapterFit;
import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Quantity;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeNode;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Turns a recipe's weights into the arithmetic of one tensor after the other: the place where
/// every merge method is looked up.
///
/// A tensor that a method cannot change (the other model lacks it, the ratio has no number for it)
/// stays as in the first model; [#reasons()] then says why. What is wrong is collected, and not
/// thrown, so that all of it can be told at once.
public final class Lowering {
  private final Sources sources;
  private final Compat compat;
  private final MaskLowering masks;
  private final NoiseInjection noise;
  private final NormMatching norms;
  private final AppliedMethods applied;
  private final DeltaLowering deltas;
  private final AngleLowering angles;
  private final ElementRuleLowering elementRules;
  private final FisherMeans fisher;
  private final LikenessBlend likenesses;
  private final RegressionMeans regressions;
  private final Names<Weights> names;
  private final Choices choices = new Choices();
  private final Map<String, StoredElements> stored = new HashMap<>();
  private final Map<Ratio, LayerRatios> ratios = new IdentityHashMap<>();
  private final Map<Double, LayerRatios> constants = new HashMap<>();
  private final Places places;
  private final SequencedSet<Problem> problems = new LinkedHashSet<>();
  private final List<String> reasons = new ArrayList<>();
  private final Set<Object> refused = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Interpolation, SequencedSet<String>> fallbacks = new HashMap<>();
  private final Result.Mismatch mismatch;

  /// What stored elements are rounded to, if the profile does so.
  private final Optional<DType> castTo;

  private TensorSpec target;

  /// The expression of the component that the tensor at hand belongs to.
  private @Nullable Weights root;

  /// Whether a model has the tensor at hand in another shape, and it is therefore to stay as it is.
  private boolean misfit;

  private Map<Weights, Lowered> lowered = new IdentityHashMap<>();
  private Map<Mask, Optional<Bits>> loweredMasks = new IdentityHashMap<>();

  /// A tensor of a model, looked up once.
  private record StoredElements(Map<String, Elements.Stored> byTensor) {}

  /// What became of an expression: elements, or none because the model lacks the tensor or has it
  /// in another shape.
  private record Lowered(@Nullable Elements elements, boolean otherShape) {
    static final Lowered ABSENT = new Lowered(null, false);

    static Lowered of(Elements elements) {
      return new Lowered(elements, false);
    }
  }

  public Lowering(Sources sources) {
    this.sources = sources;
    this.compat = sources.recipe().compat();
    this.places = Places.of(sources.recipe());
    this.names = new Names<>("weights", sources.recipe().weights());
    this.masks = new MaskLowering(sources, this);
    this.noise = new NoiseInjection(sources, this);
    this.deltas = new DeltaLowering(this);
    this.angles = new AngleLowering(this);
    this.elementRules = new ElementRuleLowering(this);
    this.fisher = new FisherMeans(this);
    this.likenesses = new LikenessBlend(this);
    this.regressions = new RegressionMeans(this);
    this.norms = new NormMatching(this::elementsOf, compat);
    this.applied = new AppliedMethods(this);
    this.mismatch =
        sources.recipe().result() instanceof Result.Checkpoint result
            ? result.untouched().mismatch()
            : Result.Mismatch.ERROR;
    this.castTo = sources.recipe().castTo();
    this.target = new TensorSpec("", DType.F32, Shape.of(0));
  }

  /// What `weights` makes of the tensor `spec` of the output; nothing if its first model has no
  /// such tensor.
  public Optional<Elements> weights(Weights weights, TensorSpec spec) {
    turnTo(spec);
    root = weights;
    if (refused.contains(weights)) {
      return Optional.empty();
    }
    Optional<Elements> elements =
        attempt(weights, () -> Optional.ofNullable(lower(weights).elements()));
    return misfit ? Optional.empty() : elements;
  }

  /// The bits of `mask` for the tensor `spec`; nothing if the mask does not know the tensor.
  public Optional<Bits> mask(Mask mask, TensorSpec spec) {
    turnTo(spec);
    return refused.contains(mask) ? Optional.empty() : attempt(mask, () -> masks.lower(mask, spec));
  }

  /// What is wrong with a whole expression is wrong for every tensor, and told once.
  private <T> Optional<T> attempt(Object expression, Supplier<Optional<T>> lowering) {
    try {
      return lowering.get();
    } catch (MokumeException e) {
      problems.addAll(e.problems());
      refused.add(expression);
      return Optional.empty();
    }
  }

  /// The tensor as methods see it.
  private TensorSpec cast(TensorSpec spec) {
    return castTo.isPresent() && spec.dtype().isBlendable()
        ? new TensorSpec(spec.name(), castTo.get(), spec.shape())
        : spec;
  }

  private Elements cast(Elements stored, DType dtype) {
    return castTo.isEmpty() || castTo.get().equals(dtype)
        ? stored
        : new Elements.Rounded(stored, castTo.get());
  }

  private void turnTo(TensorSpec stored) {
    TensorSpec spec = cast(stored);
    if (!spec.equals(target)) {
      target = spec;
      lowered = new IdentityHashMap<>();
      loweredMasks = new IdentityHashMap<>();
      misfit = false;
    }
    reasons.clear();
  }

  /// Why the tensor that was lowered last was left alone, in part or whole; empty if it was not.
  public List<String> reasons() {
    return List.copyOf(reasons);
  }

  /// Everything found to be wrong so far.
  public List<Problem> problems() {
    return List.copyOf(problems);
  }

  /// What the user should know, as sentences.
  public List<String> notes() {
    List<String> notes = new ArrayList<>();
    fallbacks.forEach((method, tensors) ->
        notes.add(
            "The interpolation "
                + method.id()
                + " does not fit the shape of "
                + tensors.size()
                + (tensors.size() == 1 ? " tensor, which is" : " tensors, which are")
                + " blended linearly: "
                + tensors.getFirst()
                + (tensors.size() == 1 ? "." : " and others.")));
    ratios.values().forEach(resolved -> notes.addAll(resolved.notes()));
    notes.addAll(regressions.notes());
    return notes;
  }

  /// The later model's share of a tensor where one number says it.
  public OptionalDouble alpha(Weights weights, String tensor) {
    return switch (weights) {
      case Weights.Interpolate node -> share(node.alpha(), tensor);
      case Weights.Dare node -> share(node.alpha(), tensor);
      case Weights.AddDelta node -> share(node.scale(), tensor);
      case Weights.Except node ->
          isExcepted(node, tensor) ? OptionalDouble.empty() : alpha(node.merged(), tensor);
      case Weights.Choice node -> alpha(choices.of(node, tensor), tensor);
      case Weights.Rounded(var inner) -> alpha(inner, tensor);
      case Weights.Sparse _, Weights.Fisher _, Weights.RegMean _ -> OptionalDouble.empty();
      case Weights.Named(var name) -> names.with(name, named -> alpha(named, tensor));
      case Weights.InjectNoise node -> share(node.alpha(), tensor);
      case Weights.Sum(var terms, var normalise) ->
          terms.size() == 2 && !normalise
              ? share(terms.get(1).coefficient(), tensor)
              : OptionalDouble.empty();
      case Weights.Applied node -> applied.alpha(node, tensor);
      case Weights.Adapted node ->
          changes(node, tensor).isEmpty() ? OptionalDouble.empty() : share(node.strength(), tensor);
      case Weights.ByAngle(AngleRule.Arc(var alpha, _), _, _, _) -> share(alpha, tensor);
      case Weights.Source _,
          Weights.ByLikeness _,
          Weights.Normalize _,
          Weights.Federated _,
          Weights.ByAngle _,
          Weights.ByElement _ ->
          OptionalDouble.empty();
    };
  }

  /// The number that a ratio has for a tensor.
  OptionalDouble share(Ratio ratio, String tensor) {
    return ratios(ratio).laterShare(tensor);
  }

  Compat compat() {
    return compat;
  }

  void problem(ErrorCode code, String message) {
    problems.add(new Problem(code, message));
  }

  void reason(String reason) {
    if (!reasons.contains(reason)) {
      reasons.add(reason);
    }
  }

  /// The elements of an expression for the tensor at hand, for methods that are made of others.
  Optional<Elements> here(Weights weights) {
    return Optional.ofNullable(lower(weights).elements());
  }

  /// The bits that masks have for the tensor at hand, as far as they were looked up.
  Map<Mask, Optional<Bits>> masksHere() {
    return loweredMasks;
  }

  /// The elements of all expressions for the tensor at hand; none if one of them has none.
  Optional<List<Elements>> allHere(List<Weights> weights) {
    List<Elements> all = new ArrayList<>();
    for (Weights each : weights) {
      here(each).ifPresent(all::add);
    }
    return all.size() < weights.size() ? Optional.empty() : Optional.of(all);
  }

  /// The elements of an expression for another tensor than the one at hand.
  private Optional<Elements> elementsOf(Weights weights, String tensor) {
    TensorSpec other = sources.targets().get(tensor);
    if (other == null || !other.dtype().isBlendable()) {
      return Optional.empty();
    }
    if (tensor.equals(target.name())) {
      return here(weights);
    }
    return elsewhere(other, () -> here(weights));
  }

  /// Does something for another tensor than the one at hand.
  <R> R elsewhere(TensorSpec spec, Supplier<R> what) {
    TensorSpec before = target;
    Map<Weights, Lowered> loweredBefore = lowered;
    Map<Mask, Optional<Bits>> loweredMasksBefore = loweredMasks;
    boolean misfitBefore = misfit;
    target = cast(spec);
    lowered = new IdentityHashMap<>();
    loweredMasks = new IdentityHashMap<>();
    try {
      return what.get();
    } finally {
      target = before;
      lowered = loweredBefore;
      loweredMasks = loweredMasksBefore;
      misfit = misfitBefore;
    }
  }

  private Lowered lower(Weights weights) {
    Lowered known = lowered.get(weights);
    if (known == null) {
      known = lowerAnew(weights);
      lowered.put(weights, known);
    }
    return known;
  }

  private Lowered lowerAnew(Weights weights) {
    return switch (weights) {
      case Weights.Source(var model) -> source(model);
      case Weights.Named(var name) -> names.with(name, this::lower);
      case Weights.Interpolate node -> interpolate(node);
      case Weights.Sum node -> sum(node);
      case Weights.AddDelta node -> addDelta(node);
      case Weights.Dare node -> dare(node);
      case Weights.ByAngle node -> lowerFirst(node.first(), first -> angles.lower(node, first));
      case Weights.ByElement node ->
          lowerFirst(node.base(), base -> elementRules.lower(node, base));
      case Weights.ByLikeness node -> byLikeness(node);
      case Weights.Normalize node -> normalize(node);
      case Weights.InjectNoise node -> lowerFirst(node.model(), a -> noise.apply(node, a, target));
      case Weights.Except node ->
          lower(isExcepted(node, target.name()) ? node.first() : node.merged());
      case Weights.Choice node -> lower(choices.of(node, target.name()));
      case Weights.Rounded(var inner) -> lowerFirst(inner, this::rounded);
      case Weights.Federated node -> federated(node);
      case Weights.Fisher node -> fisher.lower(node).map(Lowered::of).orElse(Lowered.ABSENT);
      case Weights.RegMean node -> regressions.lower(node).map(Lowered::of).orElse(Lowered.ABSENT);
      case Weights.Sparse node ->
          lowerFirst(node.model(), model -> deltas.lower(node, model).orElse(model));
      case Weights.Adapted node -> lowerFirst(node.model(), model -> adapted(node, model));
      case Weights.Applied node ->
          lowerFirst(node.first(), first -> applied.apply(node, first, target));
    };
  }

  private static boolean isExcepted(Weights.Except node, String tensor) {
    // In a file of one text encoder nothing stands before `logit_scale`.
    return node.suffixes().stream().anyMatch(("." + tensor)::endsWith);
  }

  private Lowered source(String model) {
    Checkpoint checkpoint = sources.models().get(model);
    if (checkpoint == null) {
      return new Names<>("model", sources.models()).with(model, _ -> Lowered.ABSENT);
    }
    StoredTensor tensor = checkpoint.tensors().get(target.name());
    if (tensor == null) {
      reason(model + " has no such tensor");
      return Lowered.ABSENT;
    }
    if (!tensor.spec().dtype().isBlendable()) {
      reason(model + " stores it as " + tensor.spec().dtype() + ", which is not blended");
      return Lowered.ABSENT;
    }
    if (!tensor.spec().shape().equals(target.shape())) {
      Optional<StoredTensor> cut = Embeddings.cut(tensor, target);
      if (mismatch == Result.Mismatch.SKIP && cut.isPresent()) {
        reason(model + " has more of it, " + tensor.spec().shape() + ", which is cut");
        return Lowered.of(cast(stored(model, cut.get()), cut.get().spec().dtype()));
      }
      if (mismatch != Result.Mismatch.ERROR) {
        misfit |= mismatch == Result.Mismatch.KEEP;
        reason(model + " has another shape, " + tensor.spec().shape());
        return Lowered.ABSENT;
      }
      if (!compat.has(Quirk.MULTIPLIED_MISFITS)) {
        problem(
            ErrorCode.MISMATCHED_INPUTS,
            ShapeMismatch.message(sources, checkpoint, tensor.spec(), target));
      }
      return new Lowered(null, true);
    }
    return Lowered.of(cast(stored(model, tensor), tensor.spec().dtype()));
  }

  private Elements stored(String model, StoredTensor tensor) {
    return stored
        .computeIfAbsent(model, _ -> new StoredElements(new HashMap<>()))
        .byTensor
        .computeIfAbsent(target.name(), _ -> new Elements.Stored(tensor));
  }

  private Lowered lowerFirst(Weights first, UnaryOperator<Elements> then) {
    Lowered a = lower(first);
    return a.elements() == null ? a : Lowered.of(then.apply(a.elements()));
  }

  /// The shares that a ratio has for the tensor at hand.
  Optional<Shares> shares(Ratio ratio) {
    LayerRatios resolved = ratios(ratio);
    OptionalDouble later = resolved.laterShare(target.name());
    OptionalDouble first = resolved.firstShare(target.name());
    if (later.isEmpty() || first.isEmpty()) {
      reason("the ratio has no number for it");
      return Optional.empty();
    }
    return Optional.of(new Shares(first.getAsDouble(), later.getAsDouble()));
  }

  private LayerRatios ratios(Ratio ratio) {
    // A thousand merges at one share have one table of numbers.
    return ratio instanceof Ratio.Constant(var value)
        ? constants.computeIfAbsent(value, _ -> LayerRatios.resolve(ratio, sources.ratios()))
        : ratios.computeIfAbsent(ratio, asked -> LayerRatios.resolve(asked, sources.ratios()));
  }

  private Lowered interpolate(Weights.Interpolate node) {
    Lowered a = lower(node.a());
    if (a.elements() == null) {
      return a;
    }
    Optional<Shares> shares = sharesOf(node);
    Lowered b = lower(node.b());
    if (shares.isEmpty()) {
      return a;
    }
    if (b.elements() == null) {
      // ComfyUI multiplies the weight before it notices that the patch does not fit.
      return b.otherShape() && compat.has(Quirk.MULTIPLIED_MISFITS)
          ? Lowered.of(scaled(a.elements(), shares.get().first()))
          : a;
    }
    Elements first = a.elements();
    Elements later = rounded(node.b(), b.elements());
    if (node.method() != Interpolation.LINEAR) {
      first = rounded(node.a(), first);
    }
    return Lowered.of(blend(node.method(), first, masked(node.mask(), first, later), shares.get()));
  }

  /// The 2024-01 generation's masked merger has an input for the label embedding and ignores it.
  private Optional<Shares> sharesOf(Weights.Interpolate node) {
    boolean ignored =
        compat.has(Quirk.INVERTED_MASKS)
            && node.mask().isPresent()
            && target.name().contains("label_emb");
    return ignored ? Optional.empty() : shares(node.alpha());
  }

  private Elements blend(Interpolation method, Elements a, Elements b, Shares shares) {
    if (Interpolations.fallsBack(method, target.shape(), shares.later())) {
      fallbacks.computeIfAbsent(method, _ -> new LinkedHashSet<>()).add(target.name());
    }
    return Interpolations.blend(method, a, b, shares, target.shape(), compat);
  }

  /// `later` where the mask is set, else `first`; all of `later` where the mask does not know the
  /// tensor.
  private Elements masked(Optional<Mask> mask, Elements first, Elements later) {
    Optional<Bits> bits = mask.flatMap(node -> masks.lower(node, target));
    if (bits.isEmpty()) {
      return later;
    }
    return compat.has(Quirk.INVERTED_MASKS)
        ? new Elements.Select(bits.get(), first, later)
        : new Elements.Select(bits.get(), later, first);
  }

  /// The reference resolves a model's earlier patches and rounds them to its dtype before it
  /// merges.
  private Elements rounded(Weights of, Elements elements) {
    return compat.has(Quirk.ROUNDED_MERGES) && !(of instanceof Weights.Source)
        ? new Elements.Rounded(elements, target.dtype())
        : elements;
  }

  /// As if stored in the first model's dtype; what is stored in it already stays the same object.
  private Elements rounded(Elements elements) {
    boolean already =
        switch (elements) {
          case Elements.Stored(var tensor) -> tensor.spec().dtype().equals(target.dtype());
          case Elements.Rounded(_, var dtype) -> dtype.equals(target.dtype());
          case Elements.Blend _,
              Elements.Binary _,
              Elements.WithScalar _,
              Elements.Magnitude _,
              Elements.Trimmed _,
              Elements.Select _,
              Elements.OfLine _,
              Elements.Applied _ ->
              false;
          case Elements.Constant _, Elements.Elected _, Elements.RowRanks _ -> false;
          case Elements.Product _,
              Elements.Kronecker _,
              Elements.Spread _,
              Elements.Pooled _,
              Elements.Norms _,
              Elements.MixedRows _,
              Elements.MixedColumns _,
              Elements.Mapped _,
              Elements.Whole _,
              Elements.Regressed _ ->
              false;
          case Elements.RoundedAtRandom _,
              Elements.ByColumn _,
              Elements.ShiftFirstChannel _,
              Elements.Uniform _,
              Elements.Normal _ ->
              false;
        };
    return already ? elements : new Elements.Rounded(elements, target.dtype());
  }

  private static Elements scaled(Elements elements, double factor) {
    return factor == 1
        ? elements
        : new Elements.WithScalar(Operator.MULTIPLY, elements, Scalar.constant(factor));
  }

  private Lowered sum(Weights.Sum node) {
    Weights.Term head = node.terms().getFirst();
    Lowered first = lower(head.weights());
    if (first.elements() == null) {
      return first;
    }
    Optional<List<Double>> numbers = coefficients(node);
    if (numbers.isEmpty()) {
      return first;
    }
    List<Double> coefficients = numbers.get();
    List<Elements> others = new ArrayList<>();
    boolean otherShape = false;
    for (Weights.Term term : node.terms().subList(1, node.terms().size())) {
      Lowered other = lower(term.weights());
      if (other.elements() == null && !other.otherShape()) {
        return first;
      }
      otherShape |= other.elements() == null;
      others.add(other.elements() == null ? first.elements() : other.elements());
    }
    if (otherShape) {
      return Lowered.of(scaled(first.elements(), coefficients.getFirst()));
    }
    if (deltas.roundsSteps()) {
      List<Elements> all = new ArrayList<>(List.of(first.elements()));
      all.addAll(others);
      return Lowered.of(deltas.sum(all, given(node).orElseThrow(), node.normalise()));
    }
    Elements sum = scaled(first.elements(), coefficients.getFirst());
    for (int i = 0; i < others.size(); i++) {
      double coefficient = coefficients.get(i + 1);
      sum =
          i == 0
              ? new Shares(coefficients.getFirst(), coefficient)
                  .blend(first.elements(), others.get(i))
              : new Shares(1, coefficient).blend(sum, others.get(i));
    }
    return Lowered.of(sum);
  }

  private Lowered federated(Weights.Federated node) {
    List<Elements> all = new ArrayList<>();
    for (Weights.Client client : node.clients()) {
      Lowered own = lower(client.weights());
      if (own.elements() == null) {
        return own;
      }
      all.add(own.elements());
    }
    FederatedPools pools = new FederatedPools(this);
    if (!node.isOfChanges()) {
      return Lowered.of(pools.of(node, all).orElse(all.getFirst()));
    }
    return lowerFirst(
        node.base().orElseThrow(), base -> pools.ofChanges(node, base, all).orElse(base));
  }

  /// A sum's coefficients for the tensor at hand, as the recipe gives them; none if one of them has
  /// no number.
  private Optional<List<Double>> given(Weights.Sum node) {
    List<Double> coefficients = new ArrayList<>();
    for (Weights.Term term : node.terms()) {
      OptionalDouble coefficient = number(term.coefficient());
      if (coefficient.isEmpty()) {
        return Optional.empty();
      }
      coefficients.add(coefficient.getAsDouble());
    }
    return Optional.of(coefficients);
  }

  /// The coefficients, each divided by the sum of all if they are normalised.
  private Optional<List<Double>> coefficients(Weights.Sum node) {
    Optional<List<Double>> given = given(node);
    if (given.isEmpty() || !node.normalise()) {
      return given;
    }
    double sum = given.get().stream().mapToDouble(Double::doubleValue).sum();
    if (sum == 0) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the weights of a normalised sum add up to 0 for tensor '%s', so that they cannot be divided by their sum; change them, or do not normalise."
              .formatted(target.name()));
    }
    return Optional.of(given.get().stream().map(x -> x / sum).toList());
  }

  private Lowered addDelta(Weights.AddDelta node) {
    Lowered base = lower(node.base());
    if (base.elements() == null) {
      return base;
    }
    Optional<Elements> delta = deltas.lower(node.delta());
    Optional<Shares> shares = shares(node.scale());
    if (delta.isEmpty() || shares.isEmpty() || shares.get().later() == 0) {
      return base;
    }
    return Lowered.of(deltas.added(base.elements(), delta.get(), shares.get().later()));
  }

  /// A ratio's number for the tensor at hand.
  OptionalDouble number(Ratio ratio) {
    OptionalDouble number = ratios(ratio).laterShare(target.name());
    if (number.isEmpty()) {
      reason("the ratio has no number for it");
    }
    return number;
  }

  /// A quantity's number for the tensor at hand.
  OptionalDouble number(Quantity quantity, Ratio ratio) {
    OptionalDouble number = quietNumber(quantity, ratio);
    if (number.isEmpty()) {
      reason("the ratio has no number for it");
    }
    return number;
  }

  /// The same, where none does not leave the tensor as it is.
  OptionalDouble quietNumber(Quantity quantity, Ratio ratio) {
    OptionalDouble number =
        ratio instanceof Ratio.Constant(var value)
            ? OptionalDouble.of(value)
            : share(ratio, target.name());
    number.ifPresent(value -> quantity.check(value, target.name()));
    return number;
  }

  /// The tensor at hand.
  TensorSpec target() {
    return target;
  }

  /// What is drawn for the tensor at hand to keep part of a delta or of a model.
  ///
  /// @param node the delta or the weights
  /// @param before what was drawn before from torch's generator with that seed
  Draw draw(RecipeNode node, long seed, List<Draw.Prior> before) {
    if (sources.recipe().rng() != Rng.TORCH_CPU) {
      return new Draw.Stateless(seed, "sparse/" + places.ofSparse(node), target.name());
    }
    return compat.has(Quirk.MODEL_SEQUENCES)
        ? new Draw.Torch(seed, List.of(new Draw.Prior(Draw.Kind.WORDS, drawnBefore(node))))
        : new Draw.Torch(seed, before);
  }

  /// Elements of all models before this one, and of its tensors before the one at hand.
  private long drawnBefore(RecipeNode node) {
    List<TensorSpec> model = model();
    long ofModel = model.stream().mapToLong(TensorSpec::elementCount).sum();
    long drawn = Math.multiplyExact(ofModel, places.ofSparse(node));
    for (TensorSpec spec : model) {
      if (spec.name().equals(target.name())) {
        break;
      }
      drawn += spec.elementCount();
    }
    return drawn;
  }

  /// The expression of the model that the tensor at hand belongs to; this where there is none.
  Object root() {
    return root == null ? this : root;
  }

  /// The tensors that are computed by the expression that the tensor at hand is computed by.
  List<TensorSpec> model() {
    return sources.targets().values().stream()
        .filter(spec -> spec.dtype().isBlendable())
        .filter(spec ->
            sources
                .component()
                .apply(spec.name())
                .filter(component -> isComputedAlike(component))
                .isPresent())
        .toList();
  }

  private boolean isComputedAlike(Component component) {
    return !(sources.recipe().result() instanceof Result.Checkpoint result)
        || root == null
        || root == result.components().get(component);
  }

  /// The opened checkpoints by the recipe's names for them.
  Map<String, Checkpoint> models() {
    return sources.models();
  }

  /// Whether the output has a tensor of that name, merged or not.
  boolean isTarget(String tensor) {
    return sources.targets().containsKey(tensor);
  }

  /// Does something for another tensor than the one at hand, of which nothing is told.
  <R> R aside(TensorSpec spec, Supplier<R> what) {
    List<String> told = List.copyOf(reasons);
    R result = elsewhere(spec, what);
    reasons.clear();
    reasons.addAll(told);
    return result;
  }

  private Lowered dare(Weights.Dare node) {
    Lowered a = lower(node.a());
    if (a.elements() == null) {
      return a;
    }
    Optional<Shares> shares = shares(node.alpha());
    OptionalDouble dropRate = number(Quantity.DROP_RATE, node.update().dropRate());
    OptionalDouble iterations = number(Quantity.ITERATIONS, node.iterations());
    Lowered b = lower(node.b());
    if (shares.isEmpty() || dropRate.isEmpty() || iterations.isEmpty() || b.elements() == null) {
      return a;
    }
    if (shares.get().later() == 0 && !compat.has(Quirk.DARE_AT_ZERO)) {
      return a;
    }
    Elements first = rounded(node.a(), a.elements());
    Elements later = rounded(node.b(), b.elements());
    Elements x = first;
    for (int i = 0; i < iterations.getAsDouble(); i++) {
      Elements updated =
          SparseUpdates.apply(node.update(), dropRate.getAsDouble(), x, later, draw(node, i));
      if (compat.has(Quirk.ROUNDED_ITERATIONS)) {
        updated = new Elements.Rounded(updated, target.dtype());
      }
      Optional<Bits> bits = node.mask().flatMap(mask -> masks.lower(mask, target));
      if (bits.isPresent()) {
        updated = new Elements.Select(bits.get(), updated, x);
      }
      x =
          node.method() == Interpolation.LINEAR
              ? updated
              : blend(node.method(), x, updated, shares.get());
    }
    return Lowered.of(
        node.method() == Interpolation.LINEAR ? shares.get().blend(a.elements(), x) : x);
  }

  private Draw draw(Weights.Dare node, int iteration) {
    long seed = node.update().seed();
    return sources.recipe().rng() == Rng.TORCH_CPU
        ? new Draw.Torch(seed + iteration, List.of())
        : new Draw.Stateless(seed, "dare/" + place(node) + "/" + iteration, target.name());
  }

  /// A node's number among the recipe's nodes, so that two of them never draw the same numbers by
  /// accident.
  int place(Weights node) {
    return places.of(node);
  }

  private Elements adapted(Weights.Adapted node, Elements model) {
    List<AdapterFit.Placed> changes = changes(node, target.name());
    if (changes.isEmpty()) {
      return model;
    }
    OptionalDouble strength = ratios(node.strength()).laterShare(target.name());
    if (strength.isEmpty()) {
      reason("the strength has no number for it");
      return model;
    }
    Elements adapted = model;
    for (AdapterFit.Placed change : changes) {
      adapted = AdapterLowering.apply(adapted, change, target, strength.getAsDouble(), compat);
    }
    return strength.getAsDouble() == 0 ? model : adapted;
  }

  private List<AdapterFit.Placed> changes(Weights.Adapted node, String tensor) {
    return Optional.ofNullable(sources.adapters().get(node.use()))
        .map(fit -> fit.at(tensor))
        .orElse(List.of());
  }

  private Lowered byLikeness(Weights.ByLikeness node) {
    Lowered a = lower(node.a());
    if (a.elements() == null || a.elements().count() == 0) {
      return a;
    }
    if (!isBlendedByLikeness()) {
      reason(node.likeness().method() + " leaves the VAE as it is");
      return a;
    }
    OptionalDouble alpha = number(node.alpha());
    Lowered b = lower(node.b());
    if (b.elements() == null || alpha.isEmpty()) {
      return a;
    }
    return Lowered.of(likenesses.of(node, a.elements(), b.elements(), alpha.getAsDouble()));
  }

  /// Whether the tensor at hand is of a part that a blend by likeness changes.
  boolean isBlendedByLikeness() {
    return sources
        .component()
        .apply(target.name())
        .filter(component -> component == Component.VAE)
        .isEmpty();
  }

  private Lowered normalize(Weights.Normalize node) {
    return lowerFirst(node.model(), a -> norms.apply(node, target.name(), a));
  }

  /// The recipe that is lowered.
  Recipe recipe() {
    return sources.recipe();
  }
}
