package dev.mokume.recipe;

import dev.mokume.internal.yaml.Form;
import dev.mokume.internal.yaml.YamlFields;
import java.nio.file.Path;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/// The values of one map of a recipe, by key.
final class Fields extends YamlFields {
  private final Reading reading;

  private Fields(Reading reading, Node node, Form form) {
    super(reading, node, form);
    this.reading = reading;
  }

  static Fields of(Reading reading, Node node, Form form) {
    return new Fields(reading, node, form);
  }

  Weights weights(String key) {
    Node node = get(key);
    return node == null ? new Weights.Source("") : reading.weights.read(node, key);
  }

  Optional<Mask> mask(String key) {
    Node node = get(key);
    return node == null ? Optional.empty() : Optional.of(reading.masks.read(node, key));
  }

  Path path(String key) {
    Node node = get(key);
    return node == null ? Path.of("") : reading.path(node, key);
  }

  Ratio ratio(String key, double otherwise) {
    Node node = get(key);
    return node == null ? new Ratio.Constant(otherwise) : reading.ratios.read(node, key);
  }

  /// A number, or a ratio whose numbers are checked when the recipe is planned.
  Ratio ratio(Quantity quantity, double otherwise) {
    Node node = get(quantity.id());
    if (node == null) {
      return new Ratio.Constant(otherwise);
    }
    if (!reading.isMeantAsNumber(node)) {
      return reading.ratios.read(node, quantity.id());
    }
    double value = reading.number(node, quantity.id(), quantity.range());
    // What is out of range was told; a harmless value takes its place.
    return new Ratio.Constant(quantity.range().allows().test(value) ? value : otherwise);
  }

  /// The node ids of DareMerge are understood too: `comfy` is `linear`.
  Interpolation interpolation(String key) {
    Node node = get(key);
    return node instanceof ScalarNode scalar && scalar.getValue().equals("comfy")
        ? Interpolation.LINEAR
        : choice(key, Interpolation.LINEAR, Interpolation.values());
  }
}
