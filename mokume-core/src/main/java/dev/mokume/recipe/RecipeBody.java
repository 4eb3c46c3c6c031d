package dev.mokume.recipe;

import dev.mokume.architecture.Component;
import dev.mokume.internal.yaml.Form;
import dev.mokume.recipe.NamedParts.Kind;
import dev.mokume.tensor.DType;
import dev.mokume.tokenizer.TokenizerSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads a recipe's sections.
final class RecipeBody {
  static final int VERSION = 1;

  static final Form FORM =
      Form.of(
          "the recipe",
          "mokume models",
          "stacks tokenizer weights masks ratios compat arithmetic rng output dtype scales rounding"
              + " ema position_ids only names tensors metadata mismatch exclude mask");

  private static final Form STOCHASTIC = Form.of("rounding", Rounding.STOCHASTIC, "");

  /// At the end of a dtype: with a scale for each matrix.
  static final String SCALED = "_scaled";

  /// In a stack, among its rows.
  static final String HEAD = "head";

  private static final Form SLICE = Form.of("a slice", "of layers", "");

  /// Stands for one that could not be read.
  private static final Stack NO_STACK =
      new Stack(new LinkedHashMap<>(Map.of("", List.of(new Stack.Slice("", 0, 1)))));

  private static final int MOST_LAYERS = 100_000;

  /// More than any workflow has nodes.
  private static final int MAX_NAMES = 10_000;

  private final Reading reading;

  RecipeBody(Reading reading) {
    this.reading = reading;
  }

  Recipe read(Node root) {
    Fields fields = Fields.of(reading, root, FORM);
    refuseOtherVersions(fields.get("mokume"));
    SequencedMap<String, Node> models = declare(fields.get("models"), "models", Kind.MODEL);
    SequencedMap<String, Node> stacks = declare(fields.get("stacks"), "stacks", Kind.MODEL);
    stacks.forEach((name, node) -> {
      if (models.containsKey(name)) {
        reading.problem(node, "'%s' is both a model and a stack; rename one".formatted(name));
      }
    });
    SequencedMap<String, Node> weights = declare(fields.get("weights"), "weights", Kind.WEIGHTS);
    SequencedMap<String, Node> masks = declare(fields.get("masks"), "masks", Kind.MASK);
    SequencedMap<String, Node> ratios = declare(fields.get("ratios"), "ratios", Kind.RATIO);
    SequencedMap<String, Path> paths = new LinkedHashMap<>();
    models.forEach(
        (name, node) -> paths.put(name, reading.path(node, "the path of model '" + name + "'")));
    Node modelsNode = fields.get("models");
    if (modelsNode instanceof MappingNode && paths.isEmpty()) {
      reading.problem(
          modelsNode, "models is empty; name at least one, as in 'photo: photo.safetensors'");
    }
    if (paths.isEmpty()) {
      paths.put("", Path.of(""));
    }
    SequencedMap<String, Stack> namedStacks = define(stacks, Kind.MODEL, this::stack);
    SequencedMap<String, Weights> namedWeights =
        define(weights, Kind.WEIGHTS, reading.weights::read);
    SequencedMap<String, Mask> namedMasks = define(masks, Kind.MASK, reading.masks::read);
    SequencedMap<String, Ratio> namedRatios = define(ratios, Kind.RATIO, reading.ratios::read);
    Result result = result(root, fields);
    Node tokenizer = fields.get("tokenizer");
    Optional<TokenizerSpec> vocabulary =
        tokenizer == null
            ? Optional.empty()
            : Optional.of(new TokenizerReader(reading).read(tokenizer));
    reading.parts.tellRings();
    return new Recipe(
        paths,
        namedStacks,
        namedWeights,
        namedMasks,
        namedRatios,
        result,
        compat(fields.get("compat")),
        fields.choice("rng", Rng.STATELESS, Rng.values()),
        vocabulary,
        arithmetic(fields.get("arithmetic")));
  }

  private Stack stack(Node node, String what) {
    SequencedMap<String, List<Stack.Slice>> rows = new LinkedHashMap<>();
    SequencedMap<String, Fields.Entry> entries = Fields.entries(reading, node, what);
    Optional<String> head =
        Optional.ofNullable(entries.get(HEAD))
            .map(Fields.Entry::value)
            .filter(ScalarNode.class::isInstance)
            .map(name -> reading.text(name, HEAD));
    head.ifPresent(_ -> entries.remove(HEAD));
    entries.forEach((row, entry) -> rows.put(row, slices(entry.value(), what)));
    if (node instanceof MappingNode && rows.isEmpty()) {
      reading.problem(node, what + " is empty; give it layers, as in 'model.layers: [...]'");
    }
    rows.values().removeIf(List::isEmpty);
    return rows.isEmpty() ? NO_STACK : new Stack(rows, head);
  }

  private List<Stack.Slice> slices(Node node, String what) {
    List<Stack.Slice> slices = new ArrayList<>();
    if (!(node instanceof SequenceNode list) || list.getValue().isEmpty()) {
      reading.problem(
          node,
          "%s must have lists of slices like {of: a, layers: [0, 24]} but has %s"
              .formatted(
                  what, node instanceof SequenceNode ? "an empty one" : Reading.describe(node)));
      return slices;
    }
    for (Node item : list.getValue()) {
      Fields fields = Fields.of(reading, item, SLICE);
      Node of = fields.get("of");
      Node layers = fields.get("layers");
      if (of == null || layers == null) {
        continue;
      }
      String model = reading.text(of, "of");
      reading.parts.use(of, "of", model, Kind.MODEL);
      if (!(layers instanceof SequenceNode range) || range.getValue().size() != 2) {
        reading.problem(
            layers,
            "layers must be the first layer and the one after the last, as in [0, 24], but is "
                + Reading.describe(layers));
        continue;
      }
      int from = (int) reading.integer(range.getValue().get(0), "the first layer", 0, MOST_LAYERS);
      int end =
          (int)
              reading.integer(
                  range.getValue().get(1), "the end of layers", from + 1L, MOST_LAYERS + 1L);
      slices.add(new Stack.Slice(model, from, end));
    }
    return slices;
  }

  private Optional<DType> arithmetic(@Nullable Node node) {
    if (node == null) {
      return Optional.empty();
    }
    Arithmetic chosen = reading.choice(node, "arithmetic", Arithmetic.values());
    return Optional.of(DType.of(chosen.name()));
  }

  /// What tools compute in.
  private enum Arithmetic {
    F32,
    F16,
    BF16
  }

  private Compat compat(@Nullable Node node) {
    return node == null
        ? Compat.NONE
        : reading.choice(node, "compat", Compat.values(), Compat.ids());
  }

  private void refuseOtherVersions(@Nullable Node node) {
    if (node != null
        && reading.integer(node, "mokume, the version of the format,", 1, Long.MAX_VALUE)
            != VERSION) {
      reading.problem(
          node,
          "the recipe is of version %s, but this Mokume reads version 1"
              .formatted(Reading.describe(node)));
    }
  }

  private SequencedMap<String, Node> declare(@Nullable Node section, String what, Kind kind) {
    SequencedMap<String, Node> nodes = new LinkedHashMap<>();
    if (section == null) {
      return nodes;
    }
    Fields.entries(reading, section, what)
        .forEach((name, entry) -> {
          reading.parts.declare(kind, name, entry.key());
          nodes.put(name, entry.value());
        });
    if (nodes.size() > MAX_NAMES) {
      reading.problem(
          section,
          "%s has %s names, but at most %s are allowed".formatted(what, nodes.size(), MAX_NAMES));
      reading.throwIfAny();
    }
    return nodes;
  }

  private <T> SequencedMap<String, T> define(
      SequencedMap<String, Node> nodes, Kind kind, BiFunction<Node, String, T> read) {
    SequencedMap<String, T> parts = new LinkedHashMap<>();
    nodes.forEach((name, node) -> {
      reading.parts.define(kind, name);
      parts.put(name, read.apply(node, kind.word + " '" + name + "'"));
    });
    reading.parts.defineNothing();
    return parts;
  }

  private Result result(Node root, Fields fields) {
    Node output = fields.get("output");
    Node mask = fields.get("mask");
    if ((output == null) == (mask == null)) {
      reading.problem(
          root,
          "the recipe needs either output (a checkpoint) or mask (a mask file), but it has "
              + (output == null ? "neither" : "both"));
    }
    if (mask != null && output == null) {
      for (String key :
          List.of(
              "dtype",
              "scales",
              "rounding",
              "ema",
              "position_ids",
              "metadata",
              "names",
              "tensors",
              "mismatch",
              "exclude")) {
        Node node = fields.get(key);
        if (node != null) {
          reading.problem(node, key + " goes with output, not with mask");
        }
      }
      return new Result.MaskFile(reading.masks.read(mask, "mask"), only(fields.get("only")));
    }
    return new Result.Checkpoint(
        ComponentKeys.read(reading, output, "output", reading.weights::read),
        dtypes(fields.get("dtype")),
        fields.choice("ema", Result.Ema.KEEP, Result.Ema.values()),
        metadata(fields.get("metadata")),
        only(fields.get("only")),
        fields.choice("names", Result.Names.AS_STORED, Result.Names.values()),
        new Result.Untouched(
            fields.choice("mismatch", Result.Mismatch.ERROR, Result.Mismatch.values()),
            exclude(fields.get("exclude"))),
        new Encoding(
            scaled(fields.get("dtype")),
            scales(fields.get("scales")),
            rounding(fields.get("rounding"))),
        fields.choice("position_ids", Result.PositionIds.KEEP, Result.PositionIds.values()),
        fields.choice("tensors", Result.Tensors.FIRST, Result.Tensors.values()));
  }

  private Encoding.Scales scales(@Nullable Node node) {
    return node == null
        ? Encoding.Scales.AS_STORED
        : reading.choice(node, "scales", Encoding.Scales.values());
  }

  private Rounding rounding(@Nullable Node node) {
    if (node instanceof MappingNode) {
      Fields fields = Fields.of(reading, node, STOCHASTIC);
      return new Rounding.Stochastic(fields.seed(Rounding.STOCHASTIC, 0));
    }
    if (node != null && !reading.text(node, "rounding").equals(Rounding.NEAREST)) {
      reading.problem(
          node,
          "rounding must be nearest, or a map like {stochastic: 7} with the seed, but is "
              + Reading.describe(node));
    }
    return Rounding.nearest();
  }

  private Set<Component> only(@Nullable Node node) {
    Set<Component> only = EnumSet.noneOf(Component.class);
    if (node == null) {
      return only;
    }
    List<String> names = new ArrayList<>(ComponentKeys.names());
    names.remove(ComponentKeys.ALL);
    if (!(node instanceof SequenceNode list) || list.getValue().isEmpty()) {
      reading.problem(
          node,
          "only must be a list of components like [unet, vae] but is "
              + (node instanceof SequenceNode ? "empty" : Reading.describe(node)));
      return only;
    }
    for (Node item : list.getValue()) {
      String name = reading.text(item, "a component of only");
      if (names.contains(name)) {
        only.addAll(Component.parseGroup(name));
      } else if (!name.isEmpty()) {
        reading.problem(
            item,
            "only has no component '%s'%s"
                .formatted(name, Reading.oneOf(name, names, "The components are")));
      }
    }
    return only;
  }

  private Map<Component, DType> dtypes(@Nullable Node node) {
    if (node == null || node instanceof MappingNode) {
      return ComponentKeys.read(reading, node, "dtype", this::dtype);
    }
    Map<Component, DType> dtypes = new EnumMap<>(Component.class);
    DType dtype = dtype(node, "dtype");
    for (Component component : Component.values()) {
      dtypes.put(component, dtype);
    }
    return dtypes;
  }

  private DType dtype(Node node, String what) {
    String text = reading.text(node, what);
    String plain = withoutScales(text);
    DType dtype = DType.of(plain.toUpperCase(Locale.ROOT));
    boolean isWritten = dtype.isEncodable() && (plain.equals(text) || Encoding.isScalable(dtype));
    if (!isWritten && !text.isEmpty()) {
      reading.problem(
          node,
          "weights cannot be stored as '%s'%s"
              .formatted(text, Reading.oneOf(text, dtypeNames(), "They can as")));
    }
    return dtype;
  }

  /// What weights can be stored as.
  static List<String> dtypeNames() {
    List<String> names = new ArrayList<>();
    for (DType type : DType.known()) {
      String name = type.name().toLowerCase(Locale.ROOT);
      if (type.isEncodable()) {
        names.add(name);
      }
      if (Encoding.isScalable(type)) {
        names.add(name + SCALED);
      }
    }
    return names;
  }

  private static String withoutScales(String dtype) {
    return dtype.toLowerCase(Locale.ROOT).endsWith(SCALED)
        ? dtype.substring(0, dtype.length() - SCALED.length())
        : dtype;
  }

  /// The components whose dtype is one with scales. What is wrong with the dtypes was told before.
  private Set<Component> scaled(@Nullable Node node) {
    Set<Component> scaled = EnumSet.noneOf(Component.class);
    if (node instanceof ScalarNode) {
      if (isScaled(node)) {
        scaled.addAll(List.of(Component.values()));
      }
    } else if (node instanceof MappingNode) {
      ComponentKeys.read(reading, node, "dtype", (value, _) -> isScaled(value))
          .forEach((component, isScaled) -> {
            if (isScaled) {
              scaled.add(component);
            }
          });
    }
    return scaled;
  }

  private static boolean isScaled(Node node) {
    return node instanceof ScalarNode scalar
        && !withoutScales(scalar.getValue()).equals(scalar.getValue());
  }

  private List<String> exclude(@Nullable Node node) {
    List<String> patterns = new ArrayList<>();
    if (node instanceof SequenceNode list) {
      list.getValue().forEach(item -> patterns.add(reading.text(item, "a pattern of exclude")));
    } else if (node != null) {
      reading.problem(
          node, "exclude must be a list of name patterns but is " + Reading.describe(node));
    }
    return patterns;
  }

  private Map<String, String> metadata(@Nullable Node node) {
    Map<String, String> metadata = new LinkedHashMap<>();
    if (node != null) {
      Fields.entries(reading, node, "metadata")
          .forEach((key, entry) -> {
            if (Result.Checkpoint.isReserved(key)) {
              reading.problem(
                  entry.key(),
                  "metadata cannot set '%s', which Mokume writes itself".formatted(key));
            } else {
              metadata.put(key, reading.text(entry.value(), "metadata " + key));
            }
          });
    }
    return metadata;
  }
}
