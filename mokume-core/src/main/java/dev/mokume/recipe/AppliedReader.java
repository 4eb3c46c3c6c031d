package dev.mokume.recipe;

import dev.mokume.internal.yaml.Form;
import dev.mokume.internal.yaml.Range;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads what methods of [dev.mokume.plugin] make of models: Mokume's own stand under their name,
/// as in `{crossover: {a: x, b: y}}`, those of plugins as in `{plugin: {name: mirror, ...}}`, so
/// that a name that a later Mokume knows is not taken for theirs.
final class AppliedReader {
  static final String PLUGIN = "plugin";
  static final String NAME = "name";
  static final String MODELS = "models";
  static final String BASE = "base";
  static final String SCALE = "scale";

  private final Reading reading;

  AppliedReader(Reading reading) {
    this.reading = reading;
  }

  /// The names of the methods that it reads.
  List<String> methods() {
    List<String> all = new ArrayList<>();
    reading.methods.own().forEach(method -> all.add(method.info().name()));
    all.add(PLUGIN);
    return all;
  }

  /// @param name one of [#methods]
  Weights read(String name, Node argument) {
    if (!name.equals(PLUGIN)) {
      return read(reading.methods.get(name), argument, List.of());
    }
    List<String> plugins = reading.methods.plugins().stream().map(AppliedReader::name).toList();
    Node given = argument instanceof MappingNode map ? value(map, NAME) : null;
    if (given == null) {
      reading.problem(
          argument,
          "plugin must be a map with the method's name, as in {name: mirror, a: x, b: y}");
      return new Weights.Source("");
    }
    String wanted = reading.text(given, NAME);
    Optional<MergeMethod> method =
        reading.methods.named(wanted).filter(found -> plugins.contains(name(found)));
    if (method.isEmpty() && !wanted.isEmpty()) {
      reading.problem(
          given,
          plugins.isEmpty()
              ? "there is no plugin method '"
                  + wanted
                  + "', and no plugin; name the jar with --plugins"
              : "there is no plugin method '%s'%s"
                  .formatted(wanted, Reading.oneOf(wanted, plugins, "The plugins have")));
    }
    return method.map(found -> read(found, argument, List.of(NAME))).orElse(new Weights.Source(""));
  }

  private static String name(MergeMethod method) {
    return method.info().name();
  }

  private static @Nullable Node value(MappingNode map, String key) {
    return map.getValue().stream()
        .filter(tuple ->
            tuple.getKeyNode() instanceof ScalarNode scalar && scalar.getValue().equals(key))
        .map(tuple -> tuple.getValueNode())
        .findFirst()
        .orElse(null);
  }

  /// The keys of a method's map.
  static Form form(MethodInfo info, List<String> first) {
    List<String> required = new ArrayList<>(first);
    if (info.models().names().isEmpty()) {
      required.add(MODELS);
    } else {
      required.addAll(info.models().names());
    }
    List<String> optional = new ArrayList<>();
    if (info.models().onDeltas()) {
      required.add(BASE);
      optional.add(SCALE);
    }
    info.parameters().forEach(parameter -> optional.add(parameter.name()));
    return new Form(info.name(), required, optional);
  }

  private Weights read(MergeMethod method, Node argument, List<String> first) {
    MethodInfo info = method.info();
    Fields fields = Fields.of(reading, argument, form(info, first));
    List<Weights> models = models(info, fields);
    Optional<Weights> base =
        info.models().onDeltas() ? Optional.of(fields.weights(BASE)) : Optional.empty();
    Ratio scale = info.models().onDeltas() ? fields.ratio(SCALE, 1) : new Ratio.Constant(1);
    SequencedMap<String, Argument> arguments = new LinkedHashMap<>();
    for (Parameter parameter : info.parameters()) {
      Node node = fields.get(parameter.name());
      arguments.put(
          parameter.name(),
          node == null ? Argument.otherwise(parameter) : argument(parameter, node));
    }
    return new Weights.Applied(method, models, base, scale, arguments);
  }

  private List<Weights> models(MethodInfo info, Fields fields) {
    List<Weights> models = new ArrayList<>();
    if (!info.models().names().isEmpty()) {
      info.models().names().forEach(name -> models.add(fields.weights(name)));
      return models;
    }
    int least = info.models().least();
    Node node = fields.get(MODELS);
    if (node instanceof SequenceNode list) {
      list.getValue()
          .forEach(item -> models.add(reading.weights.read(item, "a model of " + info.name())));
    }
    if (node != null && models.size() < least) {
      reading.problem(
          node,
          "models of %s must be a list of %s or more, but is %s"
              .formatted(
                  info.name(),
                  least,
                  node instanceof SequenceNode
                      ? "a list of " + models.size()
                      : Reading.describe(node)));
    }
    while (models.size() < least) {
      models.add(new Weights.Source(""));
    }
    return models;
  }

  private Argument argument(Parameter parameter, Node node) {
    return switch (parameter) {
      case Parameter.Real(var name, var otherwise, var least, var most, _) -> {
        Range range = range(least, most);
        yield reading.isNumber(node)
            ? inRange(reading.number(node, name, range), range, otherwise)
            : new Argument.Real(reading.ratios.read(node, name));
      }
      case Parameter.Whole(var name, _, _, _, _)
          when !name.equals(Parameter.SEED) && !reading.isNumber(node) ->
          new Argument.Real(reading.ratios.read(node, name));
      case Parameter.Whole(var name, var otherwise, var least, var most, _) -> {
        long value = reading.integer(node, name, least, most);
        yield new Argument.Whole(value >= least && value <= most ? value : otherwise);
      }
      case Parameter.Flag(var name, _, _) -> new Argument.Flag(reading.bool(node, name));
      case Parameter.Choice(var name, var values, _) -> {
        String text = reading.text(node, name);
        if (!values.contains(text) && !text.isEmpty()) {
          reading.problem(
              node,
              "%s has no value '%s'%s"
                  .formatted(name, text, Reading.oneOf(text, values, "It is one of")));
        }
        yield new Argument.Choice(values.contains(text) ? text : values.getFirst());
      }
    };
  }

  /// What is out of range was told; a harmless value takes its place.
  private static Argument inRange(double value, Range range, double otherwise) {
    return Argument.of(range.allows().test(value) ? value : otherwise);
  }

  private static Range range(double least, double most) {
    String words =
        least == Double.NEGATIVE_INFINITY || most == Double.POSITIVE_INFINITY
            ? "a finite number"
                + (least == Double.NEGATIVE_INFINITY ? "" : " of at least " + least)
                + (most == Double.POSITIVE_INFINITY ? "" : " of at most " + most)
            : "a number in [%s, %s]".formatted(least, most);
    return new Range(words, value -> Double.isFinite(value) && value >= least && value <= most);
  }
}
