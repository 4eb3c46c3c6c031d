package dev.mokume.recipe;

import dev.mokume.architecture.Component;
import dev.mokume.error.Quoted;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.MethodInfo;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/// A recipe's canonical text: one line of JSON, which [RecipeReader] reads as the same recipe.
/// Every default is written out, so that the text keeps its meaning when a default changes.
public final class RecipeWriter {
  private final UnaryOperator<Path> paths;

  private RecipeWriter(UnaryOperator<Path> paths) {
    this.paths = paths;
  }

  /// The recipe with its paths as they are.
  public static String write(Recipe recipe) {
    return new RecipeWriter(path -> path).text(recipe);
  }

  /// The recipe with every path reduced to the file's name, as it goes into an output's metadata:
  /// folders say something about a person's machine and nothing about the merge.
  public static String provenance(Recipe recipe) {
    return new RecipeWriter(path -> Objects.requireNonNullElse(path.getFileName(), path))
        .text(recipe);
  }

  /// The recipe with its paths as they are, laid out over lines as people write them.
  public static String yaml(Recipe recipe) {
    DumpSettings settings =
        DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).setWidth(100).build();
    return new Dump(settings, new Representer(settings))
        .dumpToString(new RecipeWriter(path -> path).tree(recipe));
  }

  /// Puts into double quotes what is not shown as it is where text is printed ([Quoted]), so that
  /// what stands in its place is read as the same.
  private static final class Representer extends StandardRepresenter {
    Representer(DumpSettings settings) {
      super(settings);
    }

    @Override
    protected Node representScalar(Tag tag, String value, ScalarStyle style) {
      boolean plain = Quoted.printableLines(value).equals(value);
      return super.representScalar(tag, value, plain ? style : ScalarStyle.DOUBLE_QUOTED);
    }
  }

  /// The tree that the recipe's text is made of, with its paths as they are.
  static SequencedMap<String, Object> treeOf(Recipe recipe) {
    return new RecipeWriter(path -> path).tree(recipe);
  }

  private String text(Recipe recipe) {
    return JsonText.of(tree(recipe));
  }

  private SequencedMap<String, Object> tree(Recipe recipe) {
    SequencedMap<String, Object> root = new LinkedHashMap<>();
    root.put("mokume", RecipeBody.VERSION);
    root.put("models", mapped(recipe.models(), path -> paths.apply(path).toString()));
    putUnlessEmpty(root, "stacks", mapped(recipe.stacks(), RecipeWriter::stack));
    recipe
        .tokenizer()
        .filter(spec -> spec.source().isPresent())
        .ifPresent(spec -> root.put("tokenizer", TokenizerReader.tree(spec)));
    putUnlessEmpty(root, "weights", mapped(recipe.weights(), this::weights));
    putUnlessEmpty(root, "masks", mapped(recipe.masks(), this::mask));
    putUnlessEmpty(root, "ratios", mapped(recipe.ratios(), RatioTree::of));
    root.put("compat", recipe.compat().id());
    recipe
        .arithmetic()
        .ifPresent(dtype -> root.put("arithmetic", dtype.name().toLowerCase(Locale.ROOT)));
    root.put("rng", recipe.rng().id());
    switch (recipe.result()) {
      case Result.MaskFile(Mask mask, _) -> {
        root.put("mask", mask(mask));
        putOnly(root, recipe.result());
      }
      case Result.Checkpoint checkpoint -> {
        root.put("output", components(mapped(checkpoint.components(), this::weights)));
        putUnlessEmpty(root, "dtype", components(dtypes(checkpoint)));
        root.put("scales", Reading.id(checkpoint.encoding().scales()));
        root.put("rounding", rounding(checkpoint.encoding().rounding()));
        root.put("ema", Reading.id(checkpoint.ema()));
        root.put("position_ids", Reading.id(checkpoint.positionIds()));
        root.put("mismatch", Reading.id(checkpoint.untouched().mismatch()));
        if (!checkpoint.untouched().exclude().isEmpty()) {
          root.put("exclude", checkpoint.untouched().exclude());
        }
        putUnlessEmpty(root, "metadata", new TreeMap<>(checkpoint.metadata()));
        putOnly(root, checkpoint);
        root.put("names", Reading.id(checkpoint.names()));
        if (checkpoint.tensors() != Result.Tensors.FIRST) {
          root.put("tensors", Reading.id(checkpoint.tensors()));
        }
      }
    }
    return root;
  }

  private static void putOnly(Map<String, Object> root, Result result) {
    if (!result.only().isEmpty()) {
      root.put("only", result.only().stream().sorted().map(Component::id).toList());
    }
  }

  private static SequencedMap<Component, Object> dtypes(Result.Checkpoint checkpoint) {
    SequencedMap<Component, Object> dtypes = new LinkedHashMap<>();
    checkpoint
        .dtypes()
        .forEach((component, dtype) ->
            dtypes.put(
                component,
                dtype.name().toLowerCase(Locale.ROOT)
                    + (checkpoint.encoding().scaled().contains(component)
                        ? RecipeBody.SCALED
                        : "")));
    return dtypes;
  }

  private static Object rounding(Rounding rounding) {
    return switch (rounding) {
      case Rounding.Nearest() -> Rounding.NEAREST;
      case Rounding.Stochastic(long seed) -> one(Rounding.STOCHASTIC, seed);
    };
  }

  /// In the order of the components; what is the same for all, or for all text encoders, is said
  /// once.
  private static SequencedMap<String, Object> components(Map<Component, Object> values) {
    SequencedMap<String, Object> result = new LinkedHashMap<>();
    if (values.keySet().containsAll(List.of(Component.values()))
        && values.values().stream().distinct().count() == 1) {
      result.put(ComponentKeys.ALL, values.values().iterator().next());
      return result;
    }
    List<Component> encoders =
        List.of(Component.values()).stream().filter(Component::isTextEncoder).toList();
    boolean alike =
        values.keySet().containsAll(encoders)
            && encoders.stream().map(values::get).distinct().count() == 1;
    for (Component component : Component.values()) {
      Object value = values.get(component);
      if (value != null) {
        result.put(
            alike && component.isTextEncoder() ? ComponentKeys.TEXT_ENCODERS : component.id(),
            value);
      }
    }
    return result;
  }

  private Object weights(Weights weights) {
    return switch (weights) {
      case Weights.Source(String model) -> model;
      case Weights.Named(String name) -> name;
      case Weights.Interpolate interpolate -> interpolate(interpolate);
      case Weights.Sum(List<Weights.Term> terms, boolean normalise) -> {
        List<Object> written = terms.stream().map(this::term).toList();
        yield normalise
            ? one("linear", fields("models", written, "normalize", true))
            : one("sum", written);
      }
      case Weights.AddDelta(
              Weights base,
              Delta.Difference(Weights finetuned, Weights from),
              Ratio scale) ->
          one(
              "add_difference",
              fields(
                  "a",
                  weights(base),
                  "b",
                  weights(finetuned),
                  "base",
                  weights(from),
                  "alpha",
                  RatioTree.of(scale)));
      case Weights.AddDelta(Weights base, Delta delta, Ratio scale) ->
          one(
              "add_delta",
              fields("base", weights(base), "delta", delta(delta), "scale", RatioTree.of(scale)));
      case Weights.Fisher(List<Weights.Informed> models, boolean normalise, Ratio minimum) ->
          one(
              "fisher",
              fields(
                  "models",
                  models.stream().map(this::informed).toList(),
                  "normalize",
                  normalise,
                  "minimum",
                  RatioTree.of(minimum)));
      case Weights.RegMean(List<Weights.Observed> models, Ratio offDiagonal) ->
          one(
              "regmean",
              fields(
                  "models",
                  models.stream().map(this::observed).toList(),
                  "off_diagonal",
                  RatioTree.of(offDiagonal)));
      case Weights.Sparse(Weights model, Sparsify sparsify, Rescale rescale) ->
          one(
              "sparse",
              fields(
                  "model", weights(model), "keep", keep(sparsify), "rescale", Reading.id(rescale)));
      case Weights.Dare dare -> one("dare", dare(dare));
      case Weights.ByAngle node -> new CombinationTree(this::weights).of(node);
      case Weights.ByElement node -> new CombinationTree(this::weights).of(node);
      case Weights.ByLikeness(Weights a, Weights b, Ratio alpha, Likeness likeness) ->
          one(
              likeness.method(),
              fields("a", weights(a), "b", weights(b), "alpha", RatioTree.of(alpha)));
      case Weights.Normalize(
              Weights model,
              Weights reference,
              Normalization method,
              boolean magnify) ->
          one(
              "normalize",
              fields(
                  "model",
                  weights(model),
                  "reference",
                  weights(reference),
                  "method",
                  method.id(),
                  "magnify",
                  magnify));
      case Weights.InjectNoise noise -> one("noise", noise(noise));
      case Weights.Except(Weights first, Weights merged, List<String> suffixes) ->
          one(
              "except",
              fields("first", weights(first), "merged", weights(merged), "suffixes", suffixes));
      case Weights.Choice(List<Weights.Case> cases, Weights otherwise) ->
          one(
              "choice",
              fields(
                  "cases",
                  cases.stream().map(this::one).toList(),
                  "otherwise",
                  weights(otherwise)));
      case Weights.Rounded(Weights inner) -> one("rounded", weights(inner));
      case Weights.Federated federated -> one("federated", federated(federated));
      case Weights.Applied applied -> applied(applied);
      case Weights.Adapted adapted -> one("lora", adapted(adapted));
    };
  }

  private Object adapted(Weights.Adapted adapted) {
    SequencedMap<String, Object> fields =
        fields(
            "model",
            weights(adapted.model()),
            "file",
            paths.apply(adapted.file()).toString(),
            "strength",
            RatioTree.of(adapted.strength()),
            "strict",
            adapted.strict());
    adapted.trainedOn().ifPresent(model -> fields.put("trained_on", model));
    return fields;
  }

  private Object federated(Weights.Federated federated) {
    SequencedMap<String, Object> fields =
        fields("clients", federated.clients().stream().map(this::client).toList());
    fields.put(
        "method",
        switch (federated.pooling()) {
          case Pooling.Mean() -> FederatedReader.MEAN;
          case Pooling.Median() -> FederatedReader.MEDIAN;
          case Pooling.TrimmedMean(Ratio share) ->
              one(FederatedReader.TRIMMED_MEAN, RatioTree.of(share));
        });
    federated.base().ifPresent(base -> fields.put("base", weights(base)));
    return fields;
  }

  private Object client(Weights.Client client) {
    SequencedMap<String, Object> fields =
        fields("of", weights(client.weights()), "examples", RatioTree.of(client.examples()));
    if (client.isScaled()) {
      fields.put("scale", RatioTree.of(client.scale()));
    }
    return fields;
  }

  private Object applied(Weights.Applied applied) {
    MethodInfo info = applied.method().info();
    boolean own = MergeMethods.isOwn(applied.method());
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    if (!own) {
      fields.put(AppliedReader.NAME, info.name());
    }
    List<Object> models = applied.models().stream().map(this::weights).toList();
    if (info.models().names().isEmpty()) {
      fields.put(AppliedReader.MODELS, models);
    }
    for (int i = 0; i < info.models().names().size(); i++) {
      fields.put(info.models().names().get(i), models.get(i));
    }
    applied
        .base()
        .ifPresent(base -> {
          fields.put(AppliedReader.BASE, weights(base));
          fields.put(AppliedReader.SCALE, RatioTree.of(applied.scale()));
        });
    applied
        .arguments()
        .forEach((name, argument) ->
            fields.put(
                name,
                switch (argument) {
                  case Argument.Real(Ratio value) -> RatioTree.of(value);
                  case Argument.Whole(long value) -> value;
                  case Argument.Flag(boolean value) -> value;
                  case Argument.Choice(String value) -> value;
                }));
    return one(own ? info.name() : AppliedReader.PLUGIN, fields);
  }

  private Object one(Weights.Case one) {
    return fields("tensors", one.tensors(), "weights", weights(one.weights()));
  }

  private static Object stack(Stack stack) {
    SequencedMap<String, Object> parts =
        mapped(
            stack.rows(),
            slices ->
                slices.stream()
                    .map(slice ->
                        fields("of", slice.model(), "layers", List.of(slice.from(), slice.end())))
                    .toList());
    stack.head().ifPresent(name -> parts.put(RecipeBody.HEAD, name));
    return parts;
  }

  private Object term(Weights.Term term) {
    return fields("of", weights(term.weights()), "weight", RatioTree.of(term.coefficient()));
  }

  private Object informed(Weights.Informed model) {
    return fields(
        "of",
        weights(model.model()),
        "information",
        weights(model.information()),
        "weight",
        RatioTree.of(model.coefficient()));
  }

  private Object observed(Weights.Observed model) {
    return fields(
        "of",
        weights(model.model()),
        "statistics",
        weights(model.statistics()),
        "weight",
        RatioTree.of(model.coefficient()));
  }

  private Object delta(Delta delta) {
    return switch (delta) {
      case Delta.Difference(Weights finetuned, Weights base) ->
          one("difference", fields("of", weights(finetuned), "base", weights(base)));
      case Delta.Sparse(Delta inner, Sparsify sparsify, Rescale rescale) ->
          one(
              "sparse",
              fields(
                  "delta", delta(inner), "keep", keep(sparsify), "rescale", Reading.id(rescale)));
      case Delta.Combined(List<Delta.Term> terms, Delta.Election election, boolean normalise) -> {
        List<Object> written =
            terms.stream()
                .<Object>map(term ->
                    fields(
                        "delta", delta(term.delta()), "weight", RatioTree.of(term.coefficient())))
                .toList();
        yield one(
            "combined",
            fields("terms", written, "election", Reading.id(election), "normalize", normalise));
      }
    };
  }

  private static Object keep(Sparsify sparsify) {
    SequencedMap<String, Object> fields = fields("density", RatioTree.of(sparsify.density()));
    return switch (sparsify) {
      case Sparsify.Above(Ratio dropRate) ->
          one("above", fields("drop_rate", RatioTree.of(dropRate)));
      case Sparsify.OfModel(double dropRate) -> one("of_model", fields("drop_rate", dropRate));
      case Sparsify.Magnitude _ -> one("magnitude", fields);
      case Sparsify.Outliers(_, Ratio gamma) -> {
        fields.put("gamma", RatioTree.of(gamma));
        yield one("outliers", fields);
      }
      case Sparsify.Random(_, long seed) -> {
        fields.put("seed", seed);
        yield one("random", fields);
      }
      case Sparsify.Ranked(_, Ratio epsilon, long seed) -> {
        fields.put("epsilon", RatioTree.of(epsilon));
        fields.put("seed", seed);
        yield one("ranked", fields);
      }
    };
  }

  private Object interpolate(Weights.Interpolate blend) {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    if (blend.method() != Interpolation.LINEAR) {
      fields.put("method", blend.method().id());
    }
    fields.putAll(
        fields(
            "a",
            weights(blend.a()),
            "b",
            weights(blend.b()),
            "alpha",
            RatioTree.of(blend.alpha())));
    blend.mask().ifPresent(mask -> fields.put("mask", mask(mask)));
    return one(blend.method() == Interpolation.LINEAR ? "weighted_sum" : "interpolate", fields);
  }

  private Object dare(Weights.Dare dare) {
    SparseUpdate update = dare.update();
    SequencedMap<String, Object> fields =
        fields("a", weights(dare.a()), "b", weights(dare.b()), "alpha", RatioTree.of(dare.alpha()));
    fields.putAll(
        fields(
            "drop_rate",
            RatioTree.of(update.dropRate()),
            "vote",
            Reading.id(update.vote()),
            "rescale",
            update.rescale()));
    fields.putAll(
        fields(
            "seed",
            update.seed(),
            "iterations",
            RatioTree.of(dare.iterations()),
            "method",
            dare.method().id()));
    dare.mask().ifPresent(mask -> fields.put("mask", mask(mask)));
    return fields;
  }

  private Object noise(Weights.InjectNoise noise) {
    SequencedMap<String, Object> fields = fields("model", weights(noise.model()));
    switch (noise.noise()) {
      case Noise.Gaussian(Ratio mean, Ratio deviation) ->
          fields.putAll(
              fields(
                  "kind",
                  "gaussian",
                  "mean",
                  RatioTree.of(mean),
                  "deviation",
                  RatioTree.of(deviation)));
      case Noise.Uniform() -> fields.put("kind", "uniform");
    }
    fields.putAll(
        fields(
            "alpha", RatioTree.of(noise.alpha()), "seed", noise.seed(), "layers", noise.layers()));
    fields.put("method", noise.method().id());
    noise.mask().ifPresent(mask -> fields.put("mask", mask(mask)));
    return fields;
  }

  private Object mask(Mask mask) {
    return switch (mask) {
      case Mask.Named(String name) -> name;
      case Mask.Stored(Path file) -> one("file", paths.apply(file).toString());
      case Mask.Magnitude magnitude -> one("magnitude", magnitude(magnitude));
      case Mask.Constant(Weights model, boolean value) ->
          one("constant", fields("model", weights(model), "value", value));
      case Mask.Random(Weights model, Ratio clearShare, long seed) ->
          one(
              "random",
              fields(
                  "model", weights(model), "clear_share", RatioTree.of(clearShare), "seed", seed));
      case Mask.Gaussian(Weights model, Ratio mean, Ratio deviation, long seed) ->
          one(
              "gaussian",
              fields(
                  "model",
                  weights(model),
                  "mean",
                  RatioTree.of(mean),
                  "deviation",
                  RatioTree.of(deviation),
                  "seed",
                  seed));
      case Mask.Quarter quarter -> one("quarter", quarter(quarter));
      case Mask.Combined(Mask.SetOperation operation, Mask a, Mask b) ->
          one(Reading.id(operation), List.of(mask(a), mask(b)));
      case Mask.Edited(Mask inner, Mask.Fill fill, String layers, long seed) ->
          one(
              "edit",
              fields("mask", mask(inner), "layers", layers, "fill", fill(fill), "seed", seed));
    };
  }

  private Object magnitude(Mask.Magnitude mask) {
    SequencedMap<String, Object> fields = fields("a", weights(mask.a()), "b", weights(mask.b()));
    fields.putAll(
        fields(
            "threshold",
            RatioTree.of(mask.threshold()),
            "quantile",
            Reading.id(mask.quantile().rule())));
    fields.putAll(fields("chunk", mask.quantile().chunk(), "select", Reading.id(mask.select())));
    return fields;
  }

  private Object quarter(Mask.Quarter mask) {
    SequencedMap<String, Object> fields =
        fields("model", weights(mask.model()), "quarter", mask.quarter(), "seed", mask.seed());
    mask.before().ifPresent(seed -> fields.put("before", seed));
    return fields;
  }

  private static Object fill(Mask.Fill fill) {
    return switch (fill) {
      case Mask.Fill.Constant(boolean value) -> one("constant", value);
      case Mask.Fill.Random(Ratio clearShare) ->
          one("random", fields("clear_share", RatioTree.of(clearShare)));
      case Mask.Fill.Gaussian(Ratio mean, Ratio deviation) ->
          one("gaussian", fields("mean", RatioTree.of(mean), "deviation", RatioTree.of(deviation)));
    };
  }

  static SequencedMap<String, Object> one(String key, Object value) {
    return fields(key, value);
  }

  /// Keys and values in turn.
  static SequencedMap<String, Object> fields(Object... keysAndValues) {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      fields.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return fields;
  }

  private static <K, V> SequencedMap<K, Object> mapped(
      SequencedMap<K, V> map, Function<V, Object> tree) {
    SequencedMap<K, Object> result = new LinkedHashMap<>();
    map.forEach((key, value) -> result.put(key, tree.apply(value)));
    return result;
  }

  private static void putUnlessEmpty(Map<String, Object> root, String key, Map<?, ?> value) {
    if (!value.isEmpty()) {
      root.put(key, value);
    }
  }
}
