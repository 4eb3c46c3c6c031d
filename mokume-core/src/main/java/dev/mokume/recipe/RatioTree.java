package dev.mokume.recipe;

import static dev.mokume.recipe.RecipeWriter.fields;
import static dev.mokume.recipe.RecipeWriter.one;

import dev.mokume.architecture.Component;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/// A ratio as the tree that its text is made of.
final class RatioTree {
  private RatioTree() {}

  static Object of(Ratio ratio) {
    return switch (ratio) {
      case Ratio.Constant(double value) -> value;
      case Ratio.Named(String name) -> name;
      case Ratio.Complement(Ratio inner) -> one("complement", of(inner));
      case Ratio.ByBlock(String weights, double otherwise) ->
          fields("mbw", weights, "otherwise", otherwise);
      case Ratio.ByDepth(List<Double> numbers) -> one("depth", numbers);
      case Ratio.ByComponent(SequencedMap<Component, Ratio> ratios) ->
          one("components", trees(ratios, Component::id));
      case Ratio.ByPattern(SequencedMap<String, Ratio> ratios) ->
          one("patterns", trees(ratios, pattern -> pattern));
      case Ratio.ByGroup groups -> one("groups", groups(groups));
      case Ratio.ByUnetBlock(SequencedMap<String, Double> values) -> one("blocks", values);
      case Ratio.ByShell(double exterior, double interior, double core) ->
          one("shell", fields("exterior", exterior, "interior", interior, "core", core));
      case Ratio.ByAttention parts -> one("attention", parts(parts));
      case Ratio.ByPrefix(SequencedMap<String, Double> prefixes, double otherwise) ->
          one("prefix", fields("prefixes", prefixes, "otherwise", otherwise));
      case Ratio.ByName(SequencedMap<String, Double> values) -> one("names", values);
      case Ratio.Combined(Ratio.Operation operation, Ratio.Join join, Ratio a, Ratio b) ->
          fields(Reading.id(operation), List.of(of(a), of(b)), "join", Reading.id(join));
      case Ratio.Elemental(String rules, Optional<Ratio> otherwise) -> {
        SequencedMap<String, Object> fields = one("elemental", rules);
        otherwise.ifPresent(inner -> fields.put("otherwise", of(inner)));
        yield fields;
      }
      case Ratio.Edited(Ratio inner, Ratio.Edit edit, double value, String layers) ->
          one("edit", fields("ratio", of(inner), "layers", layers, Reading.id(edit), value));
    };
  }

  private static <K> Object trees(SequencedMap<K, Ratio> ratios, Function<K, String> name) {
    SequencedMap<String, Object> trees = fields();
    ratios.forEach((key, ratio) -> trees.put(name.apply(key), of(ratio)));
    return trees;
  }

  private static Object groups(Ratio.ByGroup groups) {
    SequencedMap<String, Object> fields = fields("time", groups.time(), "label", groups.label());
    fields.putAll(
        fields("input", groups.input(), "middle", groups.middle(), "output", groups.output()));
    fields.put("out", groups.out());
    return fields;
  }

  private static Object parts(Ratio.ByAttention parts) {
    SequencedMap<String, Object> fields = fields();
    parts.norm().ifPresent(value -> fields.put("norm", value));
    parts.attention().ifPresent(value -> fields.put("attention", value));
    parts.feedForward().ifPresent(value -> fields.put("feed_forward", value));
    return fields;
  }
}
