package dev.mokume.cli;

import dev.mokume.architecture.Architecture.Family;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Likeness;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;

/// Turns `--method` and its options into a recipe. Collects everything that is wrong before it
/// complains.
final class MethodRecipes {
  private static final double LARGEST_SCALE = 100;
  private static final String ALPHA = "alpha";

  private final MethodFlags flags;
  private final Method method;
  private final List<Path> inputs;
  private final Function<Path, Detection> headers;
  private final SequencedMap<String, Path> models = new LinkedHashMap<>();
  private final Problems problems = new Problems();
  private final Curves curves;

  private MethodRecipes(
      MethodFlags flags, Method method, List<Path> inputs, Function<Path, Detection> headers) {
    this.flags = flags;
    this.method = method;
    this.inputs = inputs;
    this.headers = headers;
    this.curves = new Curves(flags.curves, usualNumber(method), problems);
  }

  /// The number that curves are of where they name none.
  private static String usualNumber(Method method) {
    return method.options().contains(MethodOption.ALPHA)
        ? ALPHA
        : method.options().contains(MethodOption.LAMBDA) ? "lambda" : "";
  }

  /// @param inputs the models in order, `--base` not among them
  /// @param headers what a checkpoint is; only asked for the first model
  /// @throws MokumeException with every problem of the options
  static Recipe of(MethodFlags flags, List<Path> inputs, Function<Path, Detection> headers) {
    Method method = Method.parse(flags.method.orElse(""));
    return new MethodRecipes(flags, method, inputs, headers).build();
  }

  private Recipe build() {
    checkOptions();
    checkModels();
    if (inputs.isEmpty()) {
      problems.throwIfAny();
    }
    nameModels();
    Optional<Detection> first = firstModel();
    Optional<Weights> expression = expression();
    if (expression.isPresent()) {
      curves.tellOthers(method.id());
    }
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    if (first.isPresent() && expression.isPresent()) {
      targets(first.get()).forEach(component -> components.put(component, expression.get()));
    }
    problems.throwIfAny();
    return Recipe.of(models, Result.Checkpoint.of(components));
  }

  /// In the order given, the base after them; but a base that the result is added to comes first,
  /// since the output takes from the first model what the method does not change.
  private void nameModels() {
    boolean baseFirst =
        switch (method.kind()) {
          case TASK_VECTORS, BY_ANGLE, BY_ELEMENT -> true;
          case WEIGHTED_SUM,
              FISHER,
              REGMEAN,
              ADD_DIFFERENCE,
              PASSTHROUGH,
              INTERPOLATE,
              BY_LIKENESS,
              DARE,
              CLIP_DARE,
              CLIP_SIMPLE,
              MASKED,
              NORMALIZE,
              NOISE ->
              false;
        };
    String baseName = ModelNames.letter(inputs.size());
    if (baseFirst) {
      flags.base.ifPresent(base -> models.put(baseName, base));
    }
    for (int i = 0; i < inputs.size(); i++) {
      models.put(ModelNames.letter(i), inputs.get(i));
    }
    if (!baseFirst) {
      flags.base.ifPresent(base -> models.put(baseName, base));
    }
    StatisticsOptions.name(flags.statistics, models);
  }

  private void checkOptions() {
    for (MethodOption option : flags.given()) {
      if (!method.options().contains(option)) {
        problem(
            option.text()
                + " is not an option of "
                + method.id()
                + "; it belongs to "
                + String.join(", ", option.methods())
                + ".");
      }
    }
    if (method.kind() == Method.Kind.ADD_DIFFERENCE && flags.base.isEmpty()) {
      problem("add-difference adds alpha (B - base) to A: name the base with --base C.");
    }
    if (method.kind() != Method.Kind.ADD_DIFFERENCE && method.needsBase() && flags.base.isEmpty()) {
      problem(
          method.id()
              + " merges the differences from a base: name the model that the others were made from"
              + " with --base C.");
    }
    if (method.options().contains(MethodOption.SPARSE)
        && !method.needsBase()
        && flags.base.isPresent()
        && flags.sparse.isEmpty()) {
      problem(
          "--base goes with --sparse here, which keeps part of what the models changed in it: "
              + method.id()
              + " itself has none.");
    }
    if (method.kind() == Method.Kind.MASKED && flags.mask.isEmpty()) {
      problem(
          "masked needs a mask: name one with --mask FILE; 'mokume mask --help' tells how to make"
              + " one.");
    }
  }

  private void checkModels() {
    int count = inputs.size();
    if (count < method.fewestModels() || count > method.mostModels()) {
      String wanted =
          method.fewestModels() == method.mostModels()
              ? counted(method.fewestModels())
              : counted(method.fewestModels()) + " or more";
      problem(
          method.id()
              + " takes "
              + wanted
              + " but "
              + counted(count)
              + (count == 1 ? " was" : " were")
              + " given.");
    }
  }

  private Optional<Detection> firstModel() {
    Path first = models.firstEntry().getValue();
    return problems.collect(Optional.empty(), () -> Optional.of(headers.apply(first)));
  }

  /// The components of a model that hold weights.
  static List<Component> weightsOf(Detection model) {
    return model.components().keySet().stream().filter(part -> isWeights(part, model)).toList();
  }

  private Set<Component> targets(Detection first) {
    List<Component> all = List.copyOf(first.components().keySet());
    List<Component> targets =
        switch (method.kind()) {
          case WEIGHTED_SUM,
              ADD_DIFFERENCE,
              TASK_VECTORS,
              FISHER,
              REGMEAN,
              BY_ANGLE,
              BY_ELEMENT,
              PASSTHROUGH,
              INTERPOLATE ->
              weightsOf(first);
          case BY_LIKENESS ->
              weightsOf(first).stream().filter(part -> part != Component.VAE).toList();
          case CLIP_DARE, CLIP_SIMPLE -> all.stream().filter(Component::isTextEncoder).toList();
          case DARE, MASKED, NORMALIZE, NOISE ->
              all.stream().filter(first.mainComponents()::contains).toList();
        };
    if (targets.isEmpty()) {
      problems.add(
          ErrorCode.MISMATCHED_INPUTS,
          models.firstEntry().getValue()
              + ": "
              + method.id()
              + " changes "
              + method.reach()
              + ", and there is nothing of that in it;"
              + " 'mokume inspect' shows what it holds.");
    }
    return new LinkedHashSet<>(targets);
  }

  /// The averaged copy is what `--ema` is about, and an image model's other tensors are its noise
  /// schedule.
  private static boolean isWeights(Component component, Detection first) {
    Family family = first.architecture().family();
    boolean imageModel = family == Family.IMAGE_UNET || family == Family.IMAGE_TRANSFORMER;
    return component != Component.EMA && !(component == Component.OTHER && imageModel);
  }

  private Optional<Weights> expression() {
    SparseOptions sparse = new SparseOptions(flags, inputs.size(), curves, problems);
    Weights a = sparse.model(0);
    Weights b = sparse.model(1);
    Ratio alpha = alpha();
    Optional<Mask> mask = flags.mask.map(Mask.Stored::new);
    Interpolation blend = blend();
    return switch (method.kind()) {
      case WEIGHTED_SUM -> weightedSum(a, b, alpha, sparse);
      case FISHER -> Optional.of(statistics(sparse).fisher());
      case REGMEAN -> Optional.of(statistics(sparse).regmean());
      case ADD_DIFFERENCE -> {
        Weights base = new Weights.Source(ModelNames.letter(inputs.size()));
        yield Optional.of(new Weights.AddDelta(a, new Delta.Difference(b, base), alpha));
      }
      case TASK_VECTORS ->
          Optional.of(
              new TaskVectorOptions(flags, method, inputs.size(), sparse, curves, problems)
                  .expression(mask));
      case BY_ANGLE -> combination().byAngle(alpha, mask);
      case BY_ELEMENT -> combination().byElement(mask);
      case PASSTHROUGH -> passthrough(a);
      case INTERPOLATE, MASKED -> Optional.of(new Weights.Interpolate(blend, a, b, alpha, mask));
      case BY_LIKENESS -> Optional.of(byLikeness(a, b, alpha));
      case CLIP_SIMPLE ->
          Optional.of(butBuffers(a, new Weights.Interpolate(blend, a, b, alpha, mask)));
      case DARE -> Optional.of(dare(a, b, alpha, blend, mask));
      case CLIP_DARE -> Optional.of(butBuffers(a, dare(a, b, alpha, blend, mask)));
      case NORMALIZE -> Optional.of(new Weights.Normalize(a, b, normalization(), flags.magnify));
      case NOISE -> noise(a, alpha, blend, mask);
    };
  }

  private Weights byLikeness(Weights a, Weights b, Ratio alpha) {
    Likeness likeness = method.id().equals("cosine-a") ? Likeness.DIRECTIONS : Likeness.TENSORS;
    return new Weights.ByLikeness(a, b, alpha, likeness);
  }

  private CombinationOptions combination() {
    return new CombinationOptions(flags, method, inputs.size(), curves, problems);
  }

  private Optional<Weights> passthrough(Weights a) {
    if (flags.weights.isEmpty() && curves.isEmpty()) {
      return Optional.of(a);
    }
    List<Double> factor = Numbers.reals("--weights", flags.weights.orElse("1"), 1, problems);
    return factor.size() == 1
        ? Optional.of(new Weights.Sum(List.of(term(0, a, factor.getFirst())), false))
        : Optional.empty();
  }

  private StatisticsOptions statistics(SparseOptions sparse) {
    return new StatisticsOptions(flags, method, inputs.size(), sparse, curves, problems);
  }

  private Optional<Weights> weightedSum(Weights a, Weights b, Ratio alpha, SparseOptions sparse) {
    boolean normalise = TaskVectorOptions.normalises(flags, false, problems);
    if (flags.weights.isEmpty()) {
      if (normalise) {
        problem("--normalize on divides by the sum of --weights, which are missing.");
      }
      if (inputs.size() > 2) {
        problem(
            "weighted-sum of "
                + inputs.size()
                + " models needs a factor for each: --weights w1,w2,.. ; --alpha blends two.");
      }
      return Optional.of(
          new Weights.Interpolate(Interpolation.LINEAR, a, b, alpha, Optional.empty()));
    }
    if (flags.alpha.isPresent()) {
      problem("--weights gives every model its factor, so --alpha does not go with it.");
    }
    List<Double> factors = Numbers.reals("--weights", flags.weights.get(), inputs.size(), problems);
    if (factors.size() != inputs.size()) {
      return Optional.empty();
    }
    List<Weights.Term> terms = new ArrayList<>();
    for (int i = 0; i < factors.size(); i++) {
      terms.add(term(i, sparse.model(i), factors.get(i)));
    }
    return Optional.of(new Weights.Sum(terms, normalise));
  }

  private Weights.Term term(int number, Weights model, double factor) {
    return new Weights.Term(model, TaskVectorOptions.weight(flags, curves, number, factor));
  }

  private Weights dare(
      Weights a, Weights b, Ratio alpha, Interpolation blend, Optional<Mask> mask) {
    double dropRate = flags.dropRate.orElse(0.9);
    if (!(dropRate >= 0 && dropRate <= 1)) {
      problem(
          "--drop-rate must be in [0, 1] but was "
              + dropRate
              + "; 0 keeps every difference, 1 drops all.");
      dropRate = 0;
    }
    int iterations = flags.iterations.orElse(1);
    if (iterations < 1 || iterations > 100) {
      problem("--iterations must be in 1..100 but was " + iterations + ".");
      iterations = 1;
    }
    long seed = flags.seed.orElse(method.kind() == Method.Kind.CLIP_DARE ? 42L : 1L);
    SparseUpdate update =
        new SparseUpdate(
            curves.of("drop-rate", dropRate, flags.dropRate.isPresent()), vote(), rescales(), seed);
    Ratio times = curves.of("iterations", iterations, flags.iterations.isPresent());
    return new Weights.Dare(a, b, alpha, update, times, blend, mask);
  }

  private boolean rescales() {
    Rescale rescale =
        flags
            .rescale
            .map(text -> problems.oneOf("--rescale", text, Rescale.values()))
            .orElse(Rescale.NONE);
    if (rescale != Rescale.NONE && rescale != Rescale.INVERSE_DENSITY) {
      problem(
          method.id() + " divides by the share that is kept or not at all: --rescale, or without.");
    }
    return rescale == Rescale.INVERSE_DENSITY;
  }

  private static Weights butBuffers(Weights first, Weights merged) {
    return new Weights.Except(first, merged, Weights.CLIP_BUFFERS);
  }

  private Optional<Weights> noise(
      Weights a, Ratio alpha, Interpolation blend, Optional<Mask> mask) {
    String kind = flags.noise.orElse("gaussian");
    Noise noise;
    switch (kind.toLowerCase(Locale.ROOT)) {
      case "gaussian" ->
          noise =
              new Noise.Gaussian(
                  curves.of("mean", flags.mean.orElse(0.05), flags.mean.isPresent()),
                  curves.of(
                      "deviation", flags.deviation.orElse(0.01), flags.deviation.isPresent()));
      case "uniform" -> {
        noise = new Noise.Uniform();
        if (flags.mean.isPresent() || flags.deviation.isPresent()) {
          problem(
              "--mean and --deviation are for gaussian noise; uniform noise is always in [-0.5,"
                  + " 0.5).");
        }
      }
      default -> {
        problem(Problems.unknown("--noise: there is no", kind, List.of("gaussian", "uniform")));
        return Optional.empty();
      }
    }
    return Optional.of(
        new Weights.InjectNoise(
            a, noise, alpha, flags.seed.orElse(1L), flags.layers.orElse("*.to_v*"), blend, mask));
  }

  private Ratio alpha() {
    double value = number("--alpha", flags.alpha.orElse(defaultAlpha()));
    // With --weights a sum has no alpha.
    return method.options().contains(MethodOption.ALPHA) && flags.weights.isEmpty()
        ? curves.of(ALPHA, value, flags.alpha.isPresent(), number -> number("--gradient", number))
        : new Ratio.Constant(value);
  }

  private double defaultAlpha() {
    return switch (method.kind()) {
      case WEIGHTED_SUM, INTERPOLATE, BY_ANGLE, BY_LIKENESS -> 0.5;
      case BY_ELEMENT, PASSTHROUGH, FISHER, REGMEAN -> 1;
      case TASK_VECTORS, ADD_DIFFERENCE, DARE, CLIP_DARE, CLIP_SIMPLE, MASKED, NORMALIZE -> 1;
      case NOISE -> 0.02;
    };
  }

  /// A share must be one; a factor may be anything that is not a slip.
  private double number(String option, double alpha) {
    if (method.kind() == Method.Kind.ADD_DIFFERENCE) {
      if (Math.abs(alpha) > LARGEST_SCALE) {
        problem(option + " must be in [-100, 100] for add-difference but was " + alpha + ".");
      }
    } else if (!(alpha >= 0 && alpha <= 1)) {
      problem(
          option
              + " must be in [0, 1] but was "
              + alpha
              + "; 0 keeps the first model, 1 takes the second.");
    }
    return alpha;
  }

  private Interpolation blend() {
    return flags
        .interpolation
        .map(text ->
            problems.collect(
                "--interpolation", Interpolation.LINEAR, () -> Interpolation.parse(text)))
        .orElse(method.interpolation());
  }

  private Vote vote() {
    return flags.vote.map(text -> problems.oneOf("--vote", text, Vote.values())).orElse(Vote.SUM);
  }

  private Normalization normalization() {
    return flags
        .normalize
        .map(text -> problems.oneOf("--normalize", text, Normalization.values()))
        .orElse(Normalization.ATTN_ONLY);
  }

  private static String counted(int models) {
    return models == 0
        ? "no model"
        : models == 1 ? "one model" : models == 2 ? "two models" : models + " models";
  }

  private void problem(String message) {
    problems.add(message);
  }
}
