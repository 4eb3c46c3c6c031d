package dev.mokume.recipe.comfyui;

import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.comfyui.GraphBuilder.Inputs;
import dev.mokume.workflow.Input;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;

/// The numbers and gradient nodes of a recipe's graph. Recipes speak of the later model's share,
/// nodes of the first's.
final class GraphRatios {
  private final Recipe recipe;
  private final GraphBuilder graph;

  GraphRatios(Recipe recipe, GraphBuilder graph) {
    this.recipe = recipe;
    this.graph = graph;
  }

  /// As people write decimals: 0.3 for 0.7, and not what is left of a binary fraction.
  static double oneMinus(double value) {
    return Double.isFinite(value)
        ? BigDecimal.ONE.subtract(BigDecimal.valueOf(value)).doubleValue()
        : value;
  }

  /// The ratio behind a name.
  Ratio resolved(Ratio ratio) {
    Ratio found = ratio;
    for (int steps = 0; found instanceof Ratio.Named(String name); steps++) {
      Ratio part = recipe.ratios().get(name);
      if (part == null || steps > recipe.ratios().size()) {
        throw graph.refused("the ratio '" + name + "' leads nowhere");
      }
      found = part;
    }
    return found;
  }

  /// A number that is the same for every tensor, which is all that an input of a node can hold.
  ///
  /// @param what it is, as the refusal of any other says
  double number(String what, Ratio ratio) {
    if (resolved(ratio) instanceof Ratio.Constant(double value)) {
      return value;
    }
    throw graph.refused(what + " is one number for all tensors in a node");
  }

  /// The first model's share where `alpha` is the later's.
  Ratio shareOfFirst(Ratio alpha) {
    return switch (resolved(alpha)) {
      case Ratio.Complement(Ratio share) -> {
        Ratio inner = resolved(share);
        yield inner instanceof Ratio.Complement(Ratio twice) ? shareOfFirst(twice) : inner;
      }
      case Ratio.Constant(double value) -> new Ratio.Constant(oneMinus(value));
      case Ratio.ByGroup(var time, var label, var input, var middle, var output, var out) ->
          new Ratio.ByGroup(
              oneMinus(time),
              oneMinus(label),
              oneMinus(input),
              oneMinus(middle),
              oneMinus(output),
              oneMinus(out));
      case Ratio.ByUnetBlock(var values) -> new Ratio.ByUnetBlock(oneMinus(values));
      case Ratio.ByShell(var exterior, var interior, var core) ->
          new Ratio.ByShell(oneMinus(exterior), oneMinus(interior), oneMinus(core));
      case Ratio.ByAttention(var norm, var attention, var feedForward) ->
          new Ratio.ByAttention(oneMinus(norm), oneMinus(attention), oneMinus(feedForward));
      case Ratio.ByPrefix(var prefixes, var otherwise) ->
          new Ratio.ByPrefix(oneMinus(prefixes), oneMinus(otherwise));
      case Ratio.Named _,
          Ratio.ByBlock _,
          Ratio.ByDepth _,
          Ratio.ByComponent _,
          Ratio.ByPattern _,
          Ratio.ByName _,
          Ratio.Combined _,
          Ratio.Elemental _,
          Ratio.Edited _ ->
          throw graph.refused(
              "nodes want the first model's share; where alpha is made of several ratios, by names"
                  + " or by mbw, write it as complement of that share");
    };
  }

  private static SequencedMap<String, Double> oneMinus(Map<String, Double> values) {
    SequencedMap<String, Double> all = new LinkedHashMap<>();
    values.forEach((name, value) -> all.put(name, oneMinus(value)));
    return all;
  }

  private static OptionalDouble oneMinus(OptionalDouble value) {
    return value.isPresent() ? OptionalDouble.of(oneMinus(value.getAsDouble())) : value;
  }

  /// Puts a number for each group of a U-Net's blocks, if the ratio says no more than that.
  boolean putGroups(Ratio shares, Inputs inputs) {
    if (shares instanceof Ratio.Constant(double all)) {
      return putGroups(new Ratio.ByGroup(all, all, all, all, all, all), inputs);
    }
    if (!(shares instanceof Ratio.ByGroup groups)) {
      return false;
    }
    inputs
        .number("time", groups.time())
        .number("label", groups.label())
        .number("input", groups.input())
        .number("middle", groups.middle())
        .number("output", groups.output())
        .number("out", groups.out());
    return true;
  }

  /// The class of the node that has a number for just these prefixes.
  String family(Ratio.ByPrefix shares) {
    Set<String> wanted = shares.prefixes().keySet();
    // Where no name fits, the first number of the graph holds.
    boolean isFirst =
        !wanted.isEmpty() && shares.prefixes().firstEntry().getValue() == shares.otherwise();
    if (isFirst && wanted.equals(Set.of("input", "middle", "out"))) {
      return "ModelMergeBlocks";
    }
    return BlockFamily.ALL.stream()
        .filter(family -> isFirst && Set.copyOf(family.prefixes()).equals(wanted))
        .map(BlockFamily::node)
        .findFirst()
        .orElseThrow(() ->
            graph.refused(
                "prefix: no node has a number for just these prefixes, the first of which holds"
                    + " where none fits"));
  }

  /// A node that gives the ratio, for the layers of `model`.
  Input.Link gradient(Ratio ratio, Input.Link model) {
    return switch (ratio) {
      case Ratio.Named(String name) ->
          graph.named("ratios", name, recipe.ratios(), part -> gradient(part, model));
      case Ratio.Constant _, Ratio.ByGroup _ -> {
        Inputs inputs = new Inputs().link("model", model);
        putGroups(ratio, inputs);
        yield graph.add("DM_BlockGradient", inputs);
      }
      case Ratio.ByUnetBlock(var numbers) ->
          graph.add("DM_MBWGradient", new Inputs().link("model", model).numbers(numbers));
      case Ratio.ByShell(var exterior, var interior, var core) ->
          graph.add(
              "DM_ShellGradient",
              new Inputs()
                  .link("model", model)
                  .number("exterior", exterior)
                  .number("interior", interior)
                  .number("core", core));
      case Ratio.ByAttention attention -> attention(attention, model);
      case Ratio.Combined(var operation, var join, Ratio a, Ratio b) ->
          graph.add(
              "DM_GradientOperations",
              new Inputs()
                  .link("gradient_a", gradient(a, model))
                  .link("gradient_b", gradient(b, model))
                  .text("operation", GraphBuilder.id(operation))
                  .text("join", GraphBuilder.id(join)));
      case Ratio.Edited(Ratio inner, var edit, double value, String layers) ->
          graph.add(
              "DM_GradientEdit",
              new Inputs()
                  .link("gradient", gradient(inner, model))
                  .text("operation", GraphBuilder.id(edit))
                  .number("value", value)
                  .text("layers", layers));
      case Ratio.ByBlock _ ->
          throw graph.refused("mbw: no node has blocks by these names; write blocks or groups");
      case Ratio.ByPrefix _ ->
          throw graph.refused("prefix: nodes that merge by prefix take no mask, and are linear");
      case Ratio.Elemental _ ->
          throw graph.refused("elemental: no node has numbers by blocks and parts of names");
      case Ratio.ByName _ -> throw graph.refused("names: no node has a number for each tensor");
      case Ratio.ByDepth _ -> throw graph.refused("depth: no node has a number for each depth");
      case Ratio.ByComponent _ ->
          throw graph.refused("components: no node has a ratio for each component");
      case Ratio.ByPattern _ ->
          throw graph.refused("patterns: no node has a ratio for each name pattern");
      case Ratio.Complement _ ->
          throw graph.refused("complement: no node subtracts a ratio from 1");
    };
  }

  private Input.Link attention(Ratio.ByAttention shares, Input.Link model) {
    Inputs inputs = new Inputs().link("model", model);
    List<OptionalDouble> numbers = List.of(shares.norm(), shares.attention(), shares.feedForward());
    List<String> parts = List.of("norm", "attn", "ff_net");
    for (int i = 0; i < parts.size(); i++) {
      inputs.flag("process_" + parts.get(i), numbers.get(i).isPresent());
    }
    for (int i = 0; i < parts.size(); i++) {
      inputs.number(parts.get(i), numbers.get(i).orElse(1));
    }
    return graph.add("DM_AttentionGradient", inputs);
  }
}
