package dev.mokume.recipe;

import dev.mokume.architecture.BlockPresets;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.yaml.Form;
import dev.mokume.internal.yaml.Range;
import dev.mokume.recipe.NamedParts.Kind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads expressions for ratios.
final class RatioReader {
  static final Form GROUPS = Form.of("groups", "time label input middle output out", "");
  static final Form SHELL = Form.of("shell", "exterior interior core", "");
  static final Form ATTENTION = Form.of("attention", "", "norm attention feed_forward");
  static final Form PREFIX = Form.of("prefix", "prefixes otherwise", "");
  static final Form EDIT = Form.of("edit", "ratio layers", "set add subtract multiply divide");

  static final List<Form> FORMS = List.of(GROUPS, SHELL, ATTENTION, PREFIX, EDIT);

  static final List<String> METHODS =
      List.of(
          "mbw",
          "elemental",
          "depth",
          "components",
          "patterns",
          "groups",
          "blocks",
          "shell",
          "attention",
          "prefix",
          "names",
          "complement",
          "mean",
          "min",
          "max",
          "add",
          "subtract",
          "multiply",
          "divide",
          "edit");

  private static final List<String> EDITS = List.of("set", "add", "subtract", "multiply", "divide");
  private static final Ratio NONE = new Ratio.Constant(0);

  private final Reading reading;

  RatioReader(Reading reading) {
    this.reading = reading;
  }

  /// @param what the key whose value `node` is
  Ratio read(Node node, String what) {
    reading.enter(node);
    Ratio ratio = node instanceof ScalarNode ? scalar(node, what) : expression(node, what);
    reading.leave();
    return ratio;
  }

  private Ratio scalar(Node node, String what) {
    if (reading.isNumber(node)) {
      return new Ratio.Constant(reading.number(node, what, Range.FINITE));
    }
    String name = reading.text(node, what);
    if (!name.isEmpty()) {
      reading.parts.use(node, what, name, Kind.RATIO);
    }
    return new Ratio.Named(name);
  }

  private Ratio expression(Node node, String what) {
    Optional<Expression> found =
        Expression.of(
            reading, node, what, "a ratio", METHODS, List.of("join", "otherwise", "presets"));
    if (found.isEmpty()) {
      return NONE;
    }
    Expression expression = found.get();
    String method = expression.method();
    Node argument = expression.argument();
    refuse(
        expression, "join", List.of("mean", "min", "max", "add", "subtract", "multiply", "divide"));
    refuse(expression, "otherwise", List.of("mbw", "elemental"));
    refuse(expression, "presets", List.of("mbw"));
    return switch (method) {
      case "mbw" ->
          mbw(argument, expression.entries().get("otherwise"), expression.entries().get("presets"));
      case "elemental" -> elemental(argument, expression.entries().get("otherwise"));
      case "depth" -> depth(argument);
      case "components" ->
          new Ratio.ByComponent(ComponentKeys.read(reading, argument, method, this::read));
      case "patterns" -> patterns(argument);
      case "groups" -> groups(Fields.of(reading, argument, GROUPS));
      case "blocks" -> new Ratio.ByUnetBlock(numbers(argument, method));
      case "shell" -> shell(Fields.of(reading, argument, SHELL));
      case "attention" -> attention(Fields.of(reading, argument, ATTENTION));
      case "prefix" -> prefix(Fields.of(reading, argument, PREFIX));
      case "names" -> new Ratio.ByName(numbers(argument, method));
      case "complement" -> new Ratio.Complement(read(argument, method));
      case "mean", "min", "max", "add", "subtract", "multiply", "divide" ->
          combined(argument, method, expression.entries().get("join"));
      case "edit" -> edit(Fields.of(reading, argument, EDIT), argument);
      default -> throw new AssertionError(method);
    };
  }

  private void refuse(Expression expression, String key, List<String> methods) {
    Fields.Entry entry = expression.entries().get(key);
    if (entry != null && !methods.contains(expression.method())) {
      reading.problem(
          entry.key(),
          "%s does not go with %s, only with %s"
              .formatted(key, expression.method(), String.join(", ", methods)));
    }
  }

  /// Kept as text: what a row of numbers means is known with the first model's architecture.
  private Ratio mbw(Node node, Fields.@Nullable Entry otherwise, Fields.@Nullable Entry presets) {
    String written =
        switch (node) {
          case SequenceNode list ->
              list.getValue().stream()
                  .map(item ->
                      Numbers.shortest(reading.number(item, "a block weight", Range.FINITE)))
                  .collect(Collectors.joining(","));
          case MappingNode map ->
              numbers(map, "mbw").entrySet().stream()
                  .map(entry -> entry.getKey() + "=" + Numbers.shortest(entry.getValue()))
                  .collect(Collectors.joining(","));
          default -> reading.text(node, "mbw");
        };
    String text = presets == null ? written : preset(written, presets.value());
    return new Ratio.ByBlock(
        text, otherwise == null ? 0 : reading.number(otherwise.value(), "otherwise", Range.FINITE));
  }

  /// The row of that name in a file of presets: what the recipe says is the row.
  private String preset(String name, Node file) {
    try {
      return BlockPresets.read(reading.path(file, "presets")).row(name);
    } catch (MokumeException e) {
      e.problems().forEach(problem -> reading.problem(file, problem.message()));
      return name;
    }
  }

  /// Kept as text: what blocks are is known with the first model's architecture.
  private Ratio elemental(Node node, Fields.@Nullable Entry otherwise) {
    String rules =
        node instanceof SequenceNode list
            ? list.getValue().stream()
                .map(item -> reading.text(item, "an elemental rule"))
                .collect(Collectors.joining("\n"))
            : reading.text(node, "elemental");
    return new Ratio.Elemental(
        rules,
        otherwise == null ? Optional.empty() : Optional.of(read(otherwise.value(), "otherwise")));
  }

  private Ratio depth(Node node) {
    if (!(node instanceof SequenceNode list) || list.getValue().isEmpty()) {
      reading.problem(
          node,
          "depth must be a list of numbers from the first layer to the last, as [0, 0.5, 1], but is"
              + " "
              + (node instanceof SequenceNode ? "empty" : Reading.describe(node)));
      return NONE;
    }
    return new Ratio.ByDepth(
        list.getValue().stream()
            .map(item -> reading.number(item, "a number of depth", Range.FINITE))
            .toList());
  }

  private Ratio patterns(Node node) {
    SequencedMap<String, Ratio> ratios = new LinkedHashMap<>();
    Fields.entries(reading, node, "patterns")
        .forEach((pattern, entry) -> ratios.put(pattern, read(entry.value(), pattern)));
    return new Ratio.ByPattern(ratios);
  }

  private static Ratio groups(Fields fields) {
    return new Ratio.ByGroup(
        fields.number("time", 0, Range.FINITE),
        fields.number("label", 0, Range.FINITE),
        fields.number("input", 0, Range.FINITE),
        fields.number("middle", 0, Range.FINITE),
        fields.number("output", 0, Range.FINITE),
        fields.number("out", 0, Range.FINITE));
  }

  private static Ratio shell(Fields fields) {
    return new Ratio.ByShell(
        fields.number("exterior", 0, Range.FINITE),
        fields.number("interior", 0, Range.FINITE),
        fields.number("core", 0, Range.FINITE));
  }

  private static Ratio attention(Fields fields) {
    return new Ratio.ByAttention(
        part(fields, "norm"), part(fields, "attention"), part(fields, "feed_forward"));
  }

  private static OptionalDouble part(Fields fields, String key) {
    return fields.has(key)
        ? OptionalDouble.of(fields.number(key, 0, Range.FINITE))
        : OptionalDouble.empty();
  }

  private Ratio prefix(Fields fields) {
    Node prefixes = fields.get("prefixes");
    return new Ratio.ByPrefix(
        prefixes == null ? new LinkedHashMap<>() : numbers(prefixes, "prefixes"),
        fields.number("otherwise", 0, Range.FINITE));
  }

  private Ratio combined(Node node, String method, Fields.@Nullable Entry join) {
    Ratio.Join how =
        join == null ? Ratio.Join.INNER : reading.choice(join.value(), "join", Ratio.Join.values());
    Ratio.Operation operation = Ratio.Operation.valueOf(method.toUpperCase(Locale.ROOT));
    int given = node instanceof SequenceNode list ? list.getValue().size() : 0;
    if (given < 2 || (given > 2 && !operation.isOfMany())) {
      reading.problem(
          node,
          "%s must be a list of two ratios%s"
              .formatted(method, operation.isOfMany() ? " or more" : ""));
      return NONE;
    }
    return ((SequenceNode) node)
        .getValue().stream()
            .map(item -> read(item, method))
            .reduce((a, b) -> new Ratio.Combined(operation, how, a, b))
            .orElse(NONE);
  }

  private Ratio edit(Fields fields, Node node) {
    List<String> given = EDITS.stream().filter(fields::has).toList();
    if (given.size() != 1) {
      reading.problem(
          node,
          "edit needs one of %s, but it has %s"
              .formatted(
                  String.join(", ", EDITS), given.isEmpty() ? "none" : String.join(", ", given)));
    }
    String edit = given.isEmpty() ? "set" : given.getFirst();
    return new Ratio.Edited(
        fields.ratio("ratio", 0),
        Ratio.Edit.valueOf(edit.toUpperCase(Locale.ROOT)),
        fields.number(edit, 0, Range.FINITE),
        fields.text("layers", ""));
  }

  private SequencedMap<String, Double> numbers(Node node, String what) {
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    Fields.entries(reading, node, what)
        .forEach((key, entry) ->
            numbers.put(key, reading.number(entry.value(), what + " " + key, Range.FINITE)));
    return numbers;
  }
}
