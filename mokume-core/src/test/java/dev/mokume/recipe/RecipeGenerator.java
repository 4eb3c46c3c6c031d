package dev.mokume.recipe;

import dev.mokume.architecture.Component;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import dev.mokume.tensor.DType;
import dev.mokume.tokenizer.TokenRule;
import dev.mokume.tokenizer.TokenSource;
import dev.mokume.tokenizer.TokenizerSource;
import dev.mokume.tokenizer.TokenizerSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/// Valid recipes of every shape, the same ones for the same seed.
final class RecipeGenerator {
  private static final List<String> WORDS =
      List.of(
          "photo",
          "5",
          "true",
          "null",
          "~",
          "a b",
          "x: y",
          "# no",
          "ümlaut",
          "😀",
          "\"q\"",
          "back\\slash",
          "-",
          "0.5");
  private static final List<String> LAYERS =
      List.of("*.to_v*", "a, b", "out\ninput_blocks.{1,2}", "\ttab", "0x1", "\u0085");

  private final SplittableRandom random;
  private final List<String> models = new ArrayList<>();
  private final List<String> weights = new ArrayList<>();
  private final List<String> masks = new ArrayList<>();
  private final List<String> ratios = new ArrayList<>();

  RecipeGenerator(long seed) {
    random = new SplittableRandom(seed);
  }

  Recipe recipe() {
    SequencedMap<String, Path> paths = new LinkedHashMap<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      String name = word() + i;
      models.add(name);
      paths.put(name, Path.of("models", "m" + i + ".safetensors"));
    }
    // A part may use the parts before it only, or the recipe would have rings.
    SequencedMap<String, Weights> namedWeights = new LinkedHashMap<>();
    SequencedMap<String, Mask> namedMasks = new LinkedHashMap<>();
    SequencedMap<String, Ratio> namedRatios = new LinkedHashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      namedRatios.put("r" + i, ratio(3));
      ratios.add("r" + i);
      namedMasks.put("m" + i, mask(3));
      masks.add("m" + i);
      namedWeights.put("w" + i, weights(3));
      weights.add("w" + i);
    }
    Recipe recipe =
        new Recipe(
            paths,
            namedWeights,
            namedMasks,
            namedRatios,
            result(),
            one(Compat.values()),
            one(Rng.values()));
    if (random.nextInt(4) == 0) {
      recipe = recipe.withArithmetic(one(DType.F16, DType.BF16, DType.F32));
    }
    return random.nextInt(4) == 0 ? recipe.withTokenizer(tokenizer()) : recipe;
  }

  private TokenizerSpec tokenizer() {
    TokenizerSource source =
        switch (random.nextInt(3)) {
          case 0 -> new TokenizerSource.Base();
          case 1 -> new TokenizerSource.Union();
          default -> new TokenizerSource.OfModel(one(models));
        };
    SequencedMap<String, TokenRule> rules = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      rules.put(word() + i, new TokenRule(row(), random.nextBoolean()));
    }
    TokenizerSpec spec = TokenizerSpec.of(source).withTokens(rules);
    return random.nextBoolean() ? spec.paddedTo(1 + random.nextInt(100)) : spec;
  }

  private Optional<TokenSource> row() {
    return switch (random.nextInt(5)) {
      case 0 -> Optional.of(new TokenSource.Zero());
      case 1 -> Optional.of(new TokenSource.OfModel(one(models)));
      case 2 -> Optional.of(new TokenSource.OfToken(one(models), word()));
      case 3 -> Optional.of(new TokenSource.OfId(one(models), random.nextInt(100)));
      default -> Optional.empty();
    };
  }

  private Result result() {
    if (random.nextInt(4) == 0) {
      return new Result.MaskFile(mask(3), only());
    }
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    Map<Component, DType> dtypes = new EnumMap<>(Component.class);
    Weights same = weights(2);
    boolean all = random.nextInt(4) == 0;
    boolean encoders = random.nextInt(3) == 0;
    for (Component component : Component.values()) {
      if (all || (encoders && component.isTextEncoder())) {
        components.put(component, same);
      } else if (random.nextInt(3) == 0) {
        components.put(component, weights(3));
      }
      if (random.nextInt(4) == 0) {
        dtypes.put(
            component,
            one(DType.F16, DType.BF16, DType.F32, DType.F64, DType.F8_E4M3, DType.F8_E5M2));
      }
    }
    Map<String, String> metadata = new HashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      metadata.put("k" + word(), word());
    }
    return new Result.Checkpoint(
        components,
        dtypes,
        one(Result.Ema.values()),
        metadata,
        only(),
        one(Result.Names.values()),
        new Result.Untouched(
            one(Result.Mismatch.values()),
            random.nextBoolean() ? List.of() : list(() -> one(LAYERS))),
        new Encoding(
            EnumSet.of(one(Component.values()), Component.UNET),
            one(Encoding.Scales.values()),
            random.nextBoolean() ? Rounding.nearest() : new Rounding.Stochastic(random.nextLong())),
        one(Result.PositionIds.values()),
        one(Result.Tensors.values()));
  }

  private Set<Component> only() {
    Set<Component> only = EnumSet.noneOf(Component.class);
    for (int i = random.nextInt(3); i > 0; i--) {
      only.add(one(Component.values()));
    }
    return only;
  }

  private Weights weights(int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return !weights.isEmpty() && random.nextBoolean()
          ? new Weights.Named(one(weights))
          : new Weights.Source(one(models));
    }
    int d = depth - 1;
    return switch (random.nextInt(19)) {
      case 13 ->
          new Weights.Adapted(
              weights(d),
              Path.of("loras", word() + ".safetensors"),
              ratio(d),
              random.nextBoolean());
      case 17 -> new Weights.ByLikeness(weights(d), weights(d), ratio(d), one(Likeness.values()));
      case 9 ->
          new Weights.Fisher(
              list(() -> new Weights.Informed(weights(d), weights(d), ratio(d))),
              random.nextBoolean(),
              amount(d, share()));
      case 16 ->
          new Weights.RegMean(
              list(() ->
                  new Weights.Observed(weights(d), new Weights.Source(one(models)), ratio(d))),
              amount(d, share()));
      case 12 -> new Weights.Sparse(weights(d), sparsify(d), one(Rescale.values()));
      case 10 -> byAngle(d);
      case 11 -> byElement(d);
      case 14 -> applied(d);
      case 0 ->
          new Weights.Interpolate(
              one(Interpolation.values()), weights(d), weights(d), ratio(d), maybeMask(d));
      case 1 ->
          new Weights.Sum(list(() -> new Weights.Term(weights(d), ratio(d))), random.nextBoolean());
      case 2 -> new Weights.AddDelta(weights(d), delta(d), ratio(d));
      case 3 ->
          new Weights.Dare(
              weights(d),
              weights(d),
              ratio(d),
              new SparseUpdate(
                  amount(d, share()),
                  one(SparseUpdate.Vote.values()),
                  random.nextBoolean(),
                  random.nextLong()),
              amount(d, 1 + random.nextInt(100)),
              one(Interpolation.values()),
              maybeMask(d));
      case 4 ->
          new Weights.Normalize(
              weights(d), weights(d), one(Normalization.values()), random.nextBoolean());
      case 5 ->
          new Weights.InjectNoise(
              weights(d),
              random.nextBoolean()
                  ? new Noise.Uniform()
                  : new Noise.Gaussian(amount(d, number()), amount(d, share())),
              amount(d, number()),
              random.nextLong(),
              one(LAYERS),
              one(Interpolation.values()),
              maybeMask(d));
      case 6 -> new Weights.Except(weights(d), weights(d), list(() -> "." + word()));
      case 7 -> new Weights.Rounded(weights(d));
      case 8 ->
          new Weights.Federated(
              list(() ->
                  new Weights.Client(weights(d), amount(d, 1 + share()), amount(d, number()))),
              one(
                  new Pooling.Mean(),
                  new Pooling.Median(),
                  new Pooling.TrimmedMean(amount(d, share() / 3))),
              Optional.of(weights(d)));
      case 15 ->
          new Weights.Choice(
              list(() -> new Weights.Case(list(this::word), weights(d))), weights(d));
      default -> new Weights.Except(weights(d), weights(d), Weights.CLIP_BUFFERS);
    };
  }

  private Weights applied(int depth) {
    MergeMethod method = one(MergeMethods.installed().own().toArray(MergeMethod[]::new));
    MethodInfo info = method.info();
    List<Weights> sources = new ArrayList<>();
    for (int i = 0; i < info.models().least(); i++) {
      sources.add(weights(depth));
    }
    SequencedMap<String, Argument> arguments = new LinkedHashMap<>();
    for (Parameter parameter : info.parameters()) {
      switch (parameter) {
        case Parameter.Real _ -> arguments.put(parameter.name(), new Argument.Real(named(depth)));
        case Parameter.Whole whole
            when !whole.name().equals(Parameter.SEED) && random.nextBoolean() ->
            arguments.put(whole.name(), new Argument.Real(named(depth)));
        case Parameter.Whole whole ->
            arguments.put(
                whole.name(),
                new Argument.Whole(
                    random.nextLong(whole.least(), Math.max(whole.least() + 1, whole.most()))));
        case Parameter.Flag flag ->
            arguments.put(flag.name(), new Argument.Flag(random.nextBoolean()));
        case Parameter.Choice choice ->
            arguments.put(
                choice.name(), new Argument.Choice(one(choice.values().toArray(String[]::new))));
      }
    }
    boolean onDeltas = info.models().onDeltas();
    return new Weights.Applied(
        method,
        sources,
        onDeltas ? Optional.of(weights(depth)) : Optional.empty(),
        onDeltas ? ratio(depth) : new Ratio.Constant(1),
        arguments);
  }

  /// A number that is allowed, or a ratio that is no number.
  private Ratio amount(int depth, double allowed) {
    return random.nextBoolean() ? new Ratio.Constant(allowed) : named(depth);
  }

  /// No constant, since a parameter takes only some.
  private Ratio named(int depth) {
    return new Ratio.Complement(ratio(depth));
  }

  private Weights byAngle(int d) {
    List<Weights> models = list(() -> weights(d));
    List<Weights> two = List.of(weights(d), weights(d));
    Optional<Weights> base = random.nextBoolean() ? Optional.of(weights(d)) : Optional.empty();
    Vectors vectors = one(Vectors.values());
    return switch (random.nextInt(4)) {
      case 0 ->
          new Weights.ByAngle(new AngleRule.Arc(ratio(d), amount(d, 0.9995)), two, base, vectors);
      case 1 -> {
        List<Ratio> shares = models.stream().map(_ -> ratio(d)).toList();
        AngleRule rule = new AngleRule.Mean(shares, random.nextBoolean());
        yield new Weights.ByAngle(rule, models, base, vectors);
      }
      case 2 -> {
        AngleRule rule =
            new AngleRule.Karcher(amount(d, 1 + random.nextInt(1000)), amount(d, 1e-9 + share()));
        yield new Weights.ByAngle(rule, models, base, vectors);
      }
      default -> new Weights.ByAngle(new AngleRule.Stock(), two, Optional.of(weights(d)), vectors);
    };
  }

  private Weights byElement(int d) {
    ElementRule rule =
        switch (random.nextInt(5)) {
          case 0 -> new ElementRule.NearSwap(amount(d, share()));
          case 1 ->
              new ElementRule.Overlap(
                  amount(d, share()),
                  new Ratio.Constant(0),
                  new Ratio.Constant(ElementRule.Overlap.MOST));
          case 2 ->
              new ElementRule.Overlap(amount(d, share()), amount(d, share()), amount(d, share()));
          case 3 -> new ElementRule.Variance(amount(d, share()));
          default -> new ElementRule.Importance();
        };
    boolean one = rule instanceof ElementRule.NearSwap || rule instanceof ElementRule.Importance;
    return new Weights.ByElement(
        rule, weights(d), one ? List.of(weights(d)) : list(() -> weights(d)));
  }

  private Delta delta(int depth) {
    int d = Math.max(0, depth - 1);
    return switch (depth == 0 ? 0 : random.nextInt(3)) {
      case 0 -> new Delta.Difference(weights(d), weights(d));
      case 1 -> new Delta.Sparse(delta(d), sparsify(d), one(Rescale.values()));
      default ->
          new Delta.Combined(
              list(() -> new Delta.Term(delta(d), ratio(d))),
              one(Delta.Election.values()),
              random.nextBoolean());
    };
  }

  private Sparsify sparsify(int depth) {
    return switch (random.nextInt(6)) {
      case 4 -> new Sparsify.Above(ratio(depth));
      case 5 -> new Sparsify.OfModel(share());
      case 0 -> new Sparsify.Magnitude(ratio(depth));
      case 1 -> new Sparsify.Outliers(ratio(depth), ratio(depth));
      case 2 -> new Sparsify.Random(ratio(depth), random.nextLong());
      default -> new Sparsify.Ranked(ratio(depth), ratio(depth), random.nextLong());
    };
  }

  private Optional<Mask> maybeMask(int depth) {
    return random.nextBoolean() ? Optional.of(mask(depth)) : Optional.empty();
  }

  private Mask mask(int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return !masks.isEmpty() && random.nextBoolean()
          ? new Mask.Named(one(masks))
          : new Mask.Stored(Path.of("masks", "m.safetensors"));
    }
    int d = depth - 1;
    return switch (random.nextInt(7)) {
      case 0 ->
          new Mask.Magnitude(
              weights(d),
              weights(d),
              amount(d, share()),
              new Mask.Quantile(one(Mask.Quantile.Rule.values()), 1 + random.nextLong(1L << 40)),
              one(Mask.Select.values()));
      case 1 -> new Mask.Constant(weights(d), random.nextBoolean());
      case 2 -> new Mask.Random(weights(d), amount(d, share()), random.nextLong());
      case 3 ->
          new Mask.Gaussian(weights(d), amount(d, number()), amount(d, share()), random.nextLong());
      case 4 ->
          new Mask.Quarter(
              weights(d),
              random.nextInt(4),
              random.nextLong(),
              random.nextBoolean() ? OptionalLong.of(random.nextLong()) : OptionalLong.empty());
      case 5 -> new Mask.Combined(one(Mask.SetOperation.values()), mask(d), mask(d));
      default ->
          new Mask.Edited(
              mask(d),
              one(
                  new Mask.Fill.Constant(random.nextBoolean()),
                  new Mask.Fill.Random(amount(d, share())),
                  new Mask.Fill.Gaussian(amount(d, number()), amount(d, share()))),
              one(LAYERS),
              random.nextLong());
    };
  }

  private Ratio ratio(int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return !ratios.isEmpty() && random.nextBoolean()
          ? new Ratio.Named(one(ratios))
          : new Ratio.Constant(number());
    }
    int d = depth - 1;
    return switch (random.nextInt(14)) {
      case 12 ->
          new Ratio.Elemental(
              "OUT05:attn2:0.5\n:NOT ff:1",
              random.nextBoolean() ? Optional.of(ratio(d)) : Optional.empty());
      case 0 -> new Ratio.Complement(ratio(d));
      case 1 -> new Ratio.ByBlock("BASE=0.5, IN04=1", number());
      case 2 -> new Ratio.ByGroup(number(), number(), number(), number(), number(), number());
      case 3 -> new Ratio.ByUnetBlock(numbers());
      case 4 -> new Ratio.ByShell(number(), number(), number());
      case 5 -> new Ratio.ByAttention(maybe(), maybe(), maybe());
      case 6 -> new Ratio.ByPrefix(numbers(), number());
      case 7 -> new Ratio.ByName(numbers());
      case 8 -> new Ratio.ByDepth(List.of(number(), number()));
      case 9 -> {
        SequencedMap<Component, Ratio> ratios = new LinkedHashMap<>();
        ratios.put(Component.UNET, ratio(d));
        ratios.put(Component.CLIP_L, ratio(d));
        yield new Ratio.ByComponent(ratios);
      }
      case 10 -> {
        SequencedMap<String, Ratio> ratios = new LinkedHashMap<>();
        ratios.put(one(LAYERS), ratio(d));
        ratios.put("*", ratio(d));
        yield new Ratio.ByPattern(ratios);
      }
      case 11 ->
          new Ratio.Combined(
              one(Ratio.Operation.values()), one(Ratio.Join.values()), ratio(d), ratio(d));
      default -> new Ratio.Edited(ratio(d), one(Ratio.Edit.values()), number(), one(LAYERS));
    };
  }

  private OptionalDouble maybe() {
    return random.nextBoolean() ? OptionalDouble.of(number()) : OptionalDouble.empty();
  }

  private SequencedMap<String, Double> numbers() {
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      numbers.put(word() + i, number());
    }
    return numbers;
  }

  private double number() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextInt(-2, 3);
      case 1 -> random.nextDouble();
      case 2 -> -0.0;
      case 3 -> Double.longBitsToDouble(random.nextLong() & 0xBFFF_FFFF_FFFF_FFFFL);
      default -> random.nextInt(100) / 100.0;
    };
  }

  private double share() {
    return random.nextInt(101) / 100.0;
  }

  private String word() {
    return one(WORDS);
  }

  private <T> List<T> list(Supplier<T> item) {
    List<T> list = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      list.add(item.get());
    }
    return list;
  }

  @SafeVarargs
  private <T> T one(T... values) {
    return values[random.nextInt(values.length)];
  }

  private <T> T one(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }
}
