package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.DareInputs.model;
import static dev.mokume.recipe.comfyui.InputSpec.choice;
import static dev.mokume.recipe.comfyui.InputSpec.lines;
import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.real;
import static dev.mokume.recipe.comfyui.InputSpec.share;

import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/// ComfyUI-DareMerge's nodes that return weights, of both its generations.
final class DareMergeNodes {
  private static final String MENU = "DareMerge/model";

  /// The shares of the first model: from which inputs, what they make, and how to tell them.
  private record Shares(
      List<InputSpec> inputs,
      Function<Arguments, Ratio> ratio,
      Function<Arguments, String> words) {}

  private static final Shares BY_GROUP =
      new Shares(DareInputs.groups(), DareInputs::groups, DareInputs::groupWords);

  private static final Shares BY_BLOCK =
      new Shares(DareInputs.blockInputs(), DareInputs::blocks, DareInputs::blockWords);

  /// Shell times attention. The node pack has no input for the join, which is always inner.
  private static final Shares BY_ELEMENT =
      new Shares(
          concat(
              concat(DareInputs.attention(), DareInputs.shells()),
              List.of(DareInputs.join().hidden())),
          in ->
              new Ratio.Combined(
                  Ratio.Operation.MULTIPLY,
                  DareInputs.join(in),
                  DareInputs.shells(in),
                  DareInputs.attention(in)),
          in -> DareInputs.shellWords(in) + "; " + DareInputs.attentionWords(in));

  private static final Shares OF_LAYERS =
      new Shares(
          List.of(link("gradient", ValueType.LAYER_GRADIENT)),
          in -> in.gradient("gradient").ratio(),
          in -> Words.of(in.gradient("gradient")));

  private DareMergeNodes() {}

  static List<NodeDefinition> all() {
    List<NodeDefinition> all = new ArrayList<>();
    all.add(
        merger("DM_AdvancedModelMerger", "Model Merger (Advanced)", OF_LAYERS)
            .says("Blends two models with a ratio for each layer.")
            .takes(DareInputs.method(), DareInputs.mask().optional())
            .does(in -> blend(in, OF_LAYERS)));
    all.add(
        merger("DM_BlockModelMerger", "Model Merger (Block)", BY_GROUP)
            .says("Blends two models with a ratio for each part of the U-Net.")
            .takes(DareInputs.method(), DareInputs.mask().optional())
            .does(in -> blend(in, BY_GROUP)));
    all.add(
        merger("DM_MaskedModelMerger", "Model Merger (Masked)", BY_GROUP)
            .says("The first generation's name of Model Merger (Block), with a mask.")
            .takes(DareInputs.method(), DareInputs.mask())
            .does(in -> blend(in, BY_GROUP)));
    all.add(
        dare("DM_AdvancedDareModelMerger", "Model Merger (Advanced/DARE)", OF_LAYERS)
            .says("Takes a random share of the differences over, with a ratio for each layer.")
            .does(in -> dare(in, OF_LAYERS)));
    all.add(
        dare("DM_DareModelMergerBlock", "Model Merger (Block/DARE)", BY_GROUP)
            .says(
                "Takes a random share of the differences over, with a ratio for each part of the"
                    + " U-Net.")
            .does(in -> dare(in, BY_GROUP)));
    all.add(
        dare("DM_DareModelMerger", "Model Merger (DARE)", BY_GROUP)
            .says("The first generation's name of Model Merger (Block/DARE).")
            .does(in -> dare(in, BY_GROUP)));
    all.add(
        dare("DM_DareModelMergerMBW", "Model Merger (MBW/DARE)", BY_BLOCK)
            .says("Takes a random share of the differences over, with a ratio for each block.")
            .does(in -> dare(in, BY_BLOCK)));
    all.add(
        dare("DM_DareModelMergerElement", "Model Merger (Attention/DARE)", BY_ELEMENT)
            .says(
                "Takes a random share of the differences over, with a ratio for each part of the"
                    + " transformer blocks and their distance from the middle.")
            .does(in -> dare(in, BY_ELEMENT)));
    all.add(
        NodeDefinition.named("DM_DareClipMerger")
            .title("CLIP Merger (DARE)")
            .in(NodePack.DAREMERGE, "DareMerge/clip")
            .says("Takes a random share of the text encoders' differences over.")
            .takes(link("clip_a", ValueType.CLIP), link("clip_b", ValueType.CLIP))
            .takes(share("ratio", 1))
            .takes(DareInputs.sparse(42))
            .takes(
                choice("method", "comfy", "comfy", "lerp", "slerp", "gradient"),
                DareInputs.iterations())
            .gives(ValueType.CLIP)
            .does(DareMergeNodes::dareClip));
    all.add(
        NodeDefinition.named("DM_NormalizeModel")
            .title("Normalize Model")
            .in(NodePack.DAREMERGE, MENU)
            .says("Scales a model's layers to the norms of another's.")
            .takes(
                model("model_a"),
                model("model_b"),
                choice("method", "attn_only", "q_norm", "all", "none", "attn_only"),
                choice("magnify", "off", "off", "on"))
            .gives(ValueType.MODEL)
            .does(DareMergeNodes::normalize));
    all.add(
        NodeDefinition.named("DM_InjectNoise")
            .title("Inject Noise")
            .in(NodePack.DAREMERGE, MENU)
            .says("Adds random noise to a model's layers; ratio is the share of the model.")
            .takes(
                model("model"),
                choice("operation", "gaussian", "random", "gaussian"),
                share("ratio", 0.98),
                real("mean", 0.05, -100, 100, 0.01),
                real("std", 0.01, 0, 100, 0.01),
                InputSpec.seed(1),
                lines("layers", "*.to_v*"),
                DareInputs.method(),
                DareInputs.mask().optional())
            .gives(ValueType.MODEL)
            .does(DareMergeNodes::noise));
    return all;
  }

  private static List<InputSpec> concat(List<InputSpec> first, List<InputSpec> second) {
    List<InputSpec> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private static NodeDefinition.Builder merger(String name, String title, Shares shares) {
    return NodeDefinition.named(name)
        .title(title)
        .in(NodePack.DAREMERGE, MENU)
        .takes(model("model_a"), model("model_b"))
        .takes(shares.inputs())
        .gives(ValueType.MODEL);
  }

  private static NodeDefinition.Builder dare(String name, String title, Shares shares) {
    return merger(name, title, shares)
        .takes(DareInputs.sparse(1))
        .takes(DareInputs.method(), DareInputs.iterations(), DareInputs.mask().optional());
  }

  private static Outcome blend(Arguments in, Shares shares) {
    Ratio alpha = new Ratio.Complement(shares.ratio().apply(in));
    return merged(
        in,
        (a, b) -> {
          Interpolation method = DareInputs.method(in);
          // The linear blend is a patch on top of what the first model is, unrounded.
          Weights first = method == Interpolation.LINEAR ? a : in.operand(a);
          return new Weights.Interpolate(
              method, first, in.operand(b), alpha, in.optionalMask("model_mask"));
        },
        "%s and %s, %s: shares of the first %s%s"
            .formatted(
                Words.of(in.model("model_a")),
                Words.of(in.model("model_b")),
                in.text("method"),
                shares.words().apply(in),
                masked(in)));
  }

  private static Outcome dare(Arguments in, Shares shares) {
    Ratio alpha = new Ratio.Complement(shares.ratio().apply(in));
    return merged(
        in,
        (a, b) -> sparse(in, a, b, alpha, in.optionalMask("model_mask")),
        "%s and %s, DARE, %s: %s; shares of the first %s%s"
            .formatted(
                Words.of(in.model("model_a")),
                Words.of(in.model("model_b")),
                in.text("method"),
                DareInputs.sparseWords(in),
                shares.words().apply(in),
                masked(in)));
  }

  private static Weights sparse(
      Arguments in, Weights a, Weights b, Ratio alpha, Optional<Mask> mask) {
    Interpolation method = DareInputs.method(in);
    SparseUpdate update = DareInputs.sparse(in);
    int iterations = (int) in.whole("iterations");
    Weights first = in.operand(a);
    Weights later = in.operand(b);
    if (first.equals(a) || method != Interpolation.LINEAR) {
      return new Weights.Dare(first, later, alpha, update, iterations, method, mask);
    }
    // What the linear blend starts from is unrounded: see there.
    Weights updated =
        new Weights.Dare(first, later, new Ratio.Constant(1), update, iterations, method, mask);
    return new Weights.Interpolate(method, a, updated, alpha, Optional.empty());
  }

  private static String masked(Arguments in) {
    return in.optionalMask("model_mask").map(mask -> ", where " + Words.of(mask)).orElse("");
  }

  private static Outcome merged(Arguments in, BinaryOperator<Weights> merge, String words) {
    Value.Model a = in.model("model_a");
    Weights merged = merge.apply(a.weights(), in.model("model_b").weights());
    return Outcome.of(a.with(in.name(merged)), words);
  }

  private static Outcome dareClip(Arguments in) {
    Ratio alpha = new Ratio.Complement(new Ratio.Constant(in.real("ratio")));
    return CoreMergeNodes.mergedClip(
        in,
        "clip_a",
        "clip_b",
        (a, b) -> sparse(in, a, b, alpha, Optional.empty()),
        "text encoders of %s and %s, DARE, %s: %s; share of the first %s"
            .formatted(
                Words.of(in.clip("clip_a")),
                Words.of(in.clip("clip_b")),
                in.text("method"),
                DareInputs.sparseWords(in),
                Words.number(in.real("ratio"))));
  }

  private static Outcome normalize(Arguments in) {
    Value.Model model = in.model("model_a");
    Value.Model reference = in.model("model_b");
    Weights weights =
        new Weights.Normalize(
            model.weights(),
            in.operand(reference.weights()),
            DareInputs.constant(Normalization.class, in.text("method")),
            in.text("magnify").equals("on"));
    return Outcome.of(
        model.with(in.name(weights)),
        "%s scaled to the norms of %s (%s%s)"
            .formatted(
                Words.of(model),
                Words.of(reference),
                in.text("method"),
                in.text("magnify").equals("on") ? ", magnified" : ""));
  }

  private static Outcome noise(Arguments in) {
    Value.Model model = in.model("model");
    boolean isGaussian = in.text("operation").equals("gaussian");
    Noise noise =
        isGaussian ? new Noise.Gaussian(in.real("mean"), in.real("std")) : new Noise.Uniform();
    Weights weights =
        new Weights.InjectNoise(
            model.weights(),
            noise,
            1 - in.real("ratio"),
            in.whole("seed"),
            in.text("layers"),
            DareInputs.method(in),
            in.optionalMask("model_mask"));
    return Outcome.of(
        model.with(in.name(weights)),
        "%s + %s of %s noise in the layers %s, seed %s%s"
            .formatted(
                Words.of(model),
                Words.percent(1 - in.real("ratio")),
                isGaussian ? "gaussian" : "uniform",
                in.text("layers").strip(),
                in.whole("seed"),
                masked(in)));
  }
}
