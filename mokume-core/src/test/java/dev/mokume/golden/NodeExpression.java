package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.Function;

/// What a node of ComfyUI or DareMerge computes, as an expression of Mokume. The nodes' `ratio` is
/// the first model's share.
record NodeExpression(String call, Fields params, CaseInputs inputs) {
  /// What parts of a model the node may change. A gradient that comes from outside may name any
  /// tensor, and so may a list of layers.
  static List<Component> components(String call) {
    return switch (call) {
      case "CLIPMergeSimple", "CLIPMergeAdd", "CLIPMergeSubtract", "DM_DareClipMerger" ->
          List.of(Component.CLIP_L);
      case "DM_AdvancedModelMerger", "DM_AdvancedDareModelMerger", "DM_InjectNoise" ->
          List.of(Component.UNET, Component.OTHER);
      default -> List.of(Component.UNET);
    };
  }

  /// @param model the value of an input of the node
  Weights weights(Function<String, Weights> model) {
    return switch (call) {
      case "ModelMergeSimple" ->
          linear(
              model.apply("model1"),
              model.apply("model2"),
              new Ratio.Constant(params.number("ratio")));
      case "ModelMergeAdd" -> sum(model.apply("model1"), 1, model.apply("model2"), 1);
      case "ModelMergeSubtract" ->
          sum(
              model.apply("model1"),
              params.number("multiplier"),
              model.apply("model2"),
              -params.number("multiplier"));
      case "CLIPMergeSimple" ->
          clip(
              linear(
                  model.apply("clip1"),
                  model.apply("clip2"),
                  new Ratio.Constant(params.number("ratio"))),
              model.apply("clip1"));
      case "CLIPMergeAdd" ->
          clip(sum(model.apply("clip1"), 1, model.apply("clip2"), 1), model.apply("clip1"));
      case "CLIPMergeSubtract" ->
          clip(
              sum(
                  model.apply("clip1"),
                  params.number("multiplier"),
                  model.apply("clip2"),
                  -params.number("multiplier")),
              model.apply("clip1"));
      case "DM_BlockModelMerger", "DM_MaskedModelMerger", "DM_AdvancedModelMerger" ->
          new Weights.Interpolate(
              method(),
              model.apply("model_a"),
              model.apply("model_b"),
              new Ratio.Complement(shareOfFirst()),
              inputs.optionalMask("model_mask"));
      case "DM_DareModelMergerBlock",
          "DM_DareModelMerger",
          "DM_DareModelMergerMBW",
          "DM_DareModelMergerElement",
          "DM_AdvancedDareModelMerger" ->
          dare(model.apply("model_a"), model.apply("model_b"));
      case "DM_DareClipMerger" ->
          clip(dare(model.apply("clip_a"), model.apply("clip_b")), model.apply("clip_a"));
      case "DM_NormalizeModel" ->
          new Weights.Normalize(
              model.apply("model_a"),
              model.apply("model_b"),
              Normalization.valueOf(params.text("method").toUpperCase(Locale.ROOT)),
              params.text("magnify").equals("on"));
      case "DM_InjectNoise" ->
          new Weights.InjectNoise(
              model.apply("model"),
              noise(),
              1 - params.number("ratio"),
              params.integer("seed"),
              params.text("layers"),
              method(),
              inputs.optionalMask("model_mask"));
      default -> {
        if (call.startsWith("ModelMerge")) {
          yield linear(model.apply("model1"), model.apply("model2"), byPrefix());
        }
        throw new IllegalArgumentException("the harness does not know the node " + call);
      }
    };
  }

  private static Weights linear(Weights first, Weights second, Ratio shareOfFirst) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, first, second, new Ratio.Complement(shareOfFirst), Optional.empty());
  }

  private static Weights sum(
      Weights first, double strengthOfFirst, Weights second, double strengthOfSecond) {
    return new Weights.Sum(
        List.of(
            new Weights.Term(first, strengthOfFirst), new Weights.Term(second, strengthOfSecond)));
  }

  /// The nodes for text encoders leave two tensors as they are.
  private static Weights clip(Weights merged, Weights first) {
    return new Weights.Except(first, merged, Weights.CLIP_BUFFERS);
  }

  /// ModelMergeBlocks and its kin: by the longest argument that is a prefix; the first argument for
  /// all else.
  private Ratio byPrefix() {
    SequencedMap<String, Double> prefixes = new LinkedHashMap<>();
    params.names().forEach(name -> prefixes.put(name, params.number(name)));
    return new Ratio.ByPrefix(prefixes, prefixes.firstEntry().getValue());
  }

  private Weights dare(Weights a, Weights b) {
    return new Weights.Dare(
        a,
        b,
        new Ratio.Complement(shareOfFirst()),
        update(params),
        (int) params.integer("iterations"),
        method(),
        inputs.optionalMask("model_mask"));
  }

  static SparseUpdate update(Fields params) {
    return new SparseUpdate(
        params.number("drop_rate"),
        SparseUpdate.Vote.valueOf(params.text("ties").toUpperCase(Locale.ROOT)),
        params.text("rescale").equals("on"),
        params.integer("seed"));
  }

  private Noise noise() {
    return switch (params.text("operation")) {
      case "random" -> new Noise.Uniform();
      case "gaussian" -> new Noise.Gaussian(params.number("mean"), params.number("std"));
      default -> throw new IllegalArgumentException("unknown noise " + params.text("operation"));
    };
  }

  private Interpolation method() {
    return Interpolation.parse(params.text("method"));
  }

  private Ratio shareOfFirst() {
    return switch (call) {
      case "DM_DareClipMerger" -> new Ratio.Constant(params.number("ratio"));
      case "DM_DareModelMergerMBW" -> byUnetBlock(params);
      case "DM_DareModelMergerElement" ->
          new Ratio.Combined(
              Ratio.Operation.MULTIPLY, join(params), byShell(params), byAttention(params));
      case "DM_AdvancedModelMerger", "DM_AdvancedDareModelMerger" ->
          params.has("gradient") ? byName(params.object("gradient")) : inputs.gradient("gradient");
      default -> byGroup(params);
    };
  }

  static Ratio byName(Fields gradient) {
    SequencedMap<String, Double> values = new LinkedHashMap<>();
    gradient.names().forEach(name -> values.put(name, gradient.number(name)));
    return new Ratio.ByName(values);
  }

  static Ratio byGroup(Fields params) {
    return new Ratio.ByGroup(
        params.number("time"),
        params.number("label"),
        params.number("input"),
        params.number("middle"),
        params.number("output"),
        params.number("out"));
  }

  static Ratio byUnetBlock(Fields params) {
    SequencedMap<String, Double> values = new LinkedHashMap<>();
    params.names().stream()
        .filter(name -> name.contains("_block") || List.of("time", "label", "out").contains(name))
        .forEach(name -> values.put(name, params.number(name)));
    return new Ratio.ByUnetBlock(values);
  }

  static Ratio byShell(Fields params) {
    return new Ratio.ByShell(
        params.number("exterior"), params.number("interior"), params.number("core"));
  }

  static Ratio byAttention(Fields params) {
    return new Ratio.ByAttention(
        part(params, "process_norm", "norm"),
        part(params, "process_attn", "attn"),
        part(params, "process_ff_net", "ff_net"));
  }

  private static OptionalDouble part(Fields params, String isOn, String ratio) {
    return params.flag(isOn) ? OptionalDouble.of(params.number(ratio)) : OptionalDouble.empty();
  }

  /// Inner where the case does not say.
  static Ratio.Join join(Fields params) {
    return params
        .optionalText("join")
        .map(join -> Ratio.Join.valueOf(join.toUpperCase(Locale.ROOT)))
        .orElse(Ratio.Join.INNER);
  }
}
