package dev.mokume.recipe.comfyui;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Weights;
import dev.mokume.recipe.comfyui.GraphBuilder.Inputs;
import dev.mokume.workflow.Input;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// The mask nodes of a recipe's graph.
final class GraphMasks {
  private final Recipe recipe;
  private final GraphBuilder graph;
  private final GraphRatios ratios;
  private final Function<Weights, Input.Link> model;

  /// The nodes of four quarters that there are: each has four outputs.
  private final Map<Quarters, Input.Link> quarters = new HashMap<>();

  private record Quarters(Input.Link model, long seed) {}

  GraphMasks(
      Recipe recipe, GraphBuilder graph, GraphRatios ratios, Function<Weights, Input.Link> model) {
    this.recipe = recipe;
    this.graph = graph;
    this.ratios = ratios;
    this.model = model;
  }

  Input.Link of(Mask mask) {
    return switch (mask) {
      case Mask.Named(String name) -> graph.named("masks", name, recipe.masks(), this::of);
      case Mask.Stored(var file) ->
          graph.add(
              "MokumeLoadMask", new Inputs().text("mask_name", String.valueOf(file.getFileName())));
      case Mask.Magnitude magnitude -> magnitude(magnitude);
      case Mask.Constant(Weights of, boolean value) -> simple(of, new Mask.Fill.Constant(value), 1);
      case Mask.Random(Weights of, var clearShare, long seed) ->
          simple(of, new Mask.Fill.Random(clearShare), seed);
      case Mask.Gaussian(Weights of, var mean, var deviation, long seed) ->
          simple(of, new Mask.Fill.Gaussian(mean, deviation), seed);
      case Mask.Quarter quarter -> quarter(quarter);
      case Mask.Combined(Mask.SetOperation operation, Mask a, Mask b) ->
          graph.add(
              "DM_MaskOperations",
              new Inputs()
                  .link("mask_a", of(a))
                  .link("mask_b", of(b))
                  .text("operation", GraphBuilder.id(operation)));
      case Mask.Edited(Mask inner, Mask.Fill fill, String layers, long seed) ->
          graph.add(
              "DM_MaskEdit",
              filled(new Inputs().link("mask", of(inner)), fill, seed).text("layers", layers));
    };
  }

  private Input.Link magnitude(Mask.Magnitude mask) {
    boolean isExact = mask.quantile().rule() == Mask.Quantile.Rule.EXACT;
    if (!isExact && mask.quantile().chunk() != Mask.Quantile.REFERENCE_CHUNK) {
      throw graph.refused(
          "magnitude: the node's chunks have %s elements, and here %s are wanted"
              .formatted(Mask.Quantile.REFERENCE_CHUNK, mask.quantile().chunk()));
    }
    return graph.add(
        "DM_MagnitudeMasker",
        new Inputs()
            .link("model_a", model.apply(mask.a()))
            .link("model_b", model.apply(mask.b()))
            .number("threshold", ratios.number("magnitude: the threshold", mask.threshold()))
            .text("threshold_type", GraphBuilder.id(mask.quantile().rule()))
            .text("select", GraphBuilder.id(mask.select())));
  }

  private Input.Link simple(Weights of, Mask.Fill fill, long seed) {
    return graph.add(
        "DM_SimpleMasker", filled(new Inputs().link("model", model.apply(of)), fill, seed));
  }

  private Inputs filled(Inputs inputs, Mask.Fill fill, long seed) {
    switch (fill) {
      case Mask.Fill.Constant(boolean value) ->
          inputs.text("operation", String.valueOf(value)).number("arg_one", 0).number("arg_two", 0);
      case Mask.Fill.Random(var clearShare) ->
          inputs
              .text("operation", "random")
              .number("arg_one", ratios.number("random: clear_share", clearShare))
              .number("arg_two", 0);
      case Mask.Fill.Gaussian(var mean, var deviation) ->
          inputs
              .text("operation", "gaussian")
              .number("arg_one", ratios.number("gaussian: the mean", mean))
              .number("arg_two", ratios.number("gaussian: the deviation", deviation));
    }
    return inputs.whole("seed", seed);
  }

  private Input.Link quarter(Mask.Quarter mask) {
    if (mask.before().isPresent()) {
      throw graph.refused("quarter: no node says what the generator was seeded with before");
    }
    Input.Link node =
        quarters.computeIfAbsent(
            new Quarters(model.apply(mask.model()), mask.seed()),
            wanted ->
                graph.add(
                    "DM_QuadMasker",
                    new Inputs().link("model", wanted.model()).whole("seed", wanted.seed())));
    return new Input.Link(node.node(), mask.quarter());
  }
}
