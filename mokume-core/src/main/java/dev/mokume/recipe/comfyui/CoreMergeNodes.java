package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.real;
import static dev.mokume.recipe.comfyui.InputSpec.share;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BinaryOperator;

/// ComfyUI's own nodes that merge. Its patches are evaluated in f32, nested, and rounded once in
/// the end, as recipes are; `ratio` is the first model's share.
final class CoreMergeNodes {
  private static final String MENU = "advanced/model_merging";

  private CoreMergeNodes() {}

  static List<NodeDefinition> all() {
    List<NodeDefinition> all = new ArrayList<>();
    all.add(
        node("ModelMergeSimple")
            .says("Blends two diffusion models: ratio is the share of model1.")
            .takes(model("model1"), model("model2"), share("ratio", 1))
            .gives(ValueType.MODEL)
            .does(in -> merged(in, CoreMergeNodes::simple, shares(in, "model1", "model2"))));
    all.add(
        node("ModelMergeSubtract")
            .says("The difference of two diffusion models: multiplier x (model1 - model2).")
            .takes(model("model1"), model("model2"), real("multiplier", 1, -10, 10, 0.01))
            .gives(ValueType.MODEL)
            .does(in -> {
              double factor = in.real("multiplier");
              return merged(
                  in,
                  (_, a, b) -> sum(a, factor, b, -factor),
                  difference(factor, name(in, "model1"), name(in, "model2")));
            }));
    all.add(
        node("ModelMergeAdd")
            .says("The sum of two diffusion models.")
            .takes(model("model1"), model("model2"))
            .gives(ValueType.MODEL)
            .does(in ->
                merged(
                    in,
                    (_, a, b) -> sum(a, 1, b, 1),
                    name(in, "model1") + " + " + name(in, "model2"))));
    all.add(
        byPrefix(
            "ModelMergeBlocks",
            "Blends two diffusion models by the part of the U-Net; the numbers are shares of"
                + " model1. Where no name fits, the first number holds.",
            MENU,
            List.of("input", "middle", "out")));
    for (BlockFamily family : BlockFamily.ALL) {
      all.add(
          byPrefix(
              family.node(),
              "Blends two diffusion models block by block; the numbers are shares of model1. Where"
                  + " no name fits, the first number holds.",
              MENU + "/model_specific",
              family.prefixes()));
    }
    all.add(
        node("CLIPMergeSimple")
            .says("Blends the text encoders of two models: ratio is the share of clip1.")
            .takes(clip("clip1"), clip("clip2"), share("ratio", 1))
            .gives(ValueType.CLIP)
            .does(CoreMergeNodes::clipSimple));
    all.add(
        node("CLIPMergeSubtract")
            .says("The difference of two models' text encoders: multiplier x (clip1 - clip2).")
            .takes(clip("clip1"), clip("clip2"), real("multiplier", 1, -10, 10, 0.01))
            .gives(ValueType.CLIP)
            .does(in -> {
              double factor = in.real("multiplier");
              return mergedClip(
                  in,
                  "clip1",
                  "clip2",
                  (a, b) -> sum(a, factor, b, -factor),
                  difference(factor, name(in, "clip1"), name(in, "clip2")));
            }));
    all.add(
        node("CLIPMergeAdd")
            .says("The sum of two models' text encoders.")
            .takes(clip("clip1"), clip("clip2"))
            .gives(ValueType.CLIP)
            .does(in ->
                mergedClip(
                    in,
                    "clip1",
                    "clip2",
                    (a, b) -> sum(a, 1, b, 1),
                    name(in, "clip1") + " + " + name(in, "clip2"))));
    return all;
  }

  private static NodeDefinition.Builder node(String name) {
    return NodeDefinition.named(name).in(NodePack.COMFYUI_MERGING, MENU);
  }

  private static InputSpec model(String name) {
    return link(name, ValueType.MODEL);
  }

  private static InputSpec clip(String name) {
    return link(name, ValueType.CLIP);
  }

  private static String name(Arguments in, String input) {
    return in.words(input);
  }

  /// How two expressions become one.
  private interface Merge {
    Weights of(Arguments in, Weights a, Weights b);
  }

  private static Outcome merged(Arguments in, Merge merge, String words) {
    Value.Model first = in.model("model1");
    Weights merged = merge.of(in, first.weights(), in.model("model2").weights());
    return Outcome.of(first.with(in.name(merged)), words);
  }

  private static Weights simple(Arguments in, Weights a, Weights b) {
    return linear(a, b, new Ratio.Constant(in.real("ratio")));
  }

  private static Weights linear(Weights first, Weights second, Ratio shareOfFirst) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, first, second, new Ratio.Complement(shareOfFirst), Optional.empty());
  }

  private static Weights sum(Weights a, double ofA, Weights b, double ofB) {
    return new Weights.Sum(List.of(new Weights.Term(a, ofA), new Weights.Term(b, ofB)));
  }

  private static String shares(Arguments in, String first, String second) {
    return shares(in.real("ratio"), name(in, first), name(in, second));
  }

  private static String shares(double ratio, String first, String second) {
    return Words.percent(ratio) + " " + first + " + " + Words.percent(1 - ratio) + " " + second;
  }

  private static String difference(double factor, String first, String second) {
    String difference = first + " - " + second;
    return factor == 1 ? difference : Words.number(factor) + " x (" + difference + ")";
  }

  /// The longest argument that a name starts with decides. Where none does, ComfyUI takes the first
  /// number that the workflow happens to give.
  private static NodeDefinition byPrefix(
      String name, String description, String menu, List<String> prefixes) {
    List<InputSpec> inputs = new ArrayList<>(List.of(model("model1"), model("model2")));
    prefixes.forEach(prefix -> inputs.add(share(prefix, 1)));
    return NodeDefinition.named(name)
        .in(NodePack.COMFYUI_MERGING, menu)
        .says(description)
        .takes(inputs)
        .gives(ValueType.MODEL)
        .does(in -> {
          SequencedMap<String, Double> shares = new LinkedHashMap<>();
          in.numbers().forEach(prefix -> shares.put(prefix, in.real(prefix)));
          double otherwise = shares.firstEntry().getValue();
          return merged(
              in,
              (_, a, b) -> linear(a, b, new Ratio.ByPrefix(shares, otherwise)),
              "%s and %s by block: shares of the first %s"
                  .formatted(name(in, "model1"), name(in, "model2"), Words.span(shares.values())));
        });
  }

  /// ComfyUI's page calls the share of clip2 `ratio`; its code, as everywhere else, that of clip1.
  private static Outcome clipSimple(Arguments in) {
    boolean asPublished = in.compat() == Compat.NONE;
    double shareOfFirst = asPublished ? 1 - in.real("ratio") : in.real("ratio");
    in.note(
        asPublished
            ? "CLIPMergeSimple follows its published page: ratio is the share of clip2. ComfyUI's"
                + " code does the opposite; leave --compat out to follow that."
            : "CLIPMergeSimple follows ComfyUI's code: ratio is the share of clip1. Its published"
                + " page says the opposite; --compat none follows the page.");
    Ratio alpha =
        asPublished
            ? new Ratio.Constant(in.real("ratio"))
            : new Ratio.Complement(new Ratio.Constant(in.real("ratio")));
    return mergedClip(
        in,
        "clip1",
        "clip2",
        (a, b) -> new Weights.Interpolate(Interpolation.LINEAR, a, b, alpha, Optional.empty()),
        shares(shareOfFirst, name(in, "clip1"), name(in, "clip2")));
  }

  /// Merges encoder by encoder; an encoder that only the first has stays as it is. Buffers and the
  /// logit scale are never merged.
  static Outcome mergedClip(
      Arguments in, String first, String second, BinaryOperator<Weights> merge, String words) {
    Value.Clip a = in.clip(first);
    Value.Clip b = in.clip(second);
    // Encoders of one file share one expression.
    Map<List<Weights>, Weights> done = new HashMap<>();
    SequencedMap<Component, Weights> encoders = new LinkedHashMap<>();
    a.encoders()
        .forEach((encoder, own) -> {
          Weights other = b.encoders().get(encoder);
          encoders.put(
              encoder,
              other == null
                  ? own
                  : done.computeIfAbsent(
                      List.of(own, other),
                      _ ->
                          in.name(
                              new Weights.Except(
                                  own, merge.apply(own, other), Weights.CLIP_BUFFERS))));
        });
    return Outcome.of(new Value.Clip(encoders, a.origin()), words);
  }
}
