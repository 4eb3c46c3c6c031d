package dev.mokume.recipe.comfyui;

import dev.mokume.architecture.Component;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Encoding;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Noise;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.recipe.comfyui.GraphBuilder.Inputs;
import dev.mokume.workflow.Input;
import dev.mokume.workflow.Workflow;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// The ComfyUI graph of a recipe: the way back from [Interpretation].
///
/// A graph has what nodes of ComfyUI, ComfyUI-DareMerge and Mokume can say, and no more: whatever
/// of a recipe they cannot is refused by name. Interpreted under the recipe's own profile and
/// random numbers, the graph gives the recipe's tensors again, bit for bit, but for three cases: a
/// delta that is scaled (`add_difference` with an alpha other than 1) is rounded term by term;
/// several parts that draw random numbers draw others if one stands inside another without a name;
/// and a merge under a mask with one number for all is by groups, which only U-Nets have.
public final class RecipeGraph {
  private static final Set<Component> ENCODERS = encoders();
  private static final Set<Component> WHOLE = whole();
  private static final String DESCRIPTION = "modelspec.";

  private final Recipe recipe;
  private final GraphBuilder graph;
  private final GraphMasks masks;
  private final GraphRatios ratios;

  private RecipeGraph(Recipe recipe) {
    this.recipe = recipe;
    this.graph = new GraphBuilder(recipe);
    this.ratios = new GraphRatios(recipe, graph);
    this.masks = new GraphMasks(recipe, graph, ratios, this::operand);
  }

  /// The graph that makes and saves what the recipe does.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if no node does a part of it; the message names it
  public static Workflow of(Recipe recipe) {
    return new RecipeGraph(recipe).build();
  }

  private static Set<Component> encoders() {
    Set<Component> encoders = EnumSet.allOf(Component.class);
    encoders.removeIf(component -> !component.isTextEncoder());
    return encoders;
  }

  private static Set<Component> whole() {
    Set<Component> whole = EnumSet.copyOf(ENCODERS);
    whole.add(Component.UNET);
    whole.add(Component.VAE);
    return whole;
  }

  private Workflow build() {
    if (!recipe.stacks().isEmpty()) {
      throw graph.refused("stacks", "no node assembles a model from layers");
    }
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> save(checkpoint);
      case Result.MaskFile _ ->
          throw graph.refused(
              "mask", "no node saves a mask; use it in a merge, or run mokume merge");
    }
    return graph.workflow();
  }

  private void save(Result.Checkpoint checkpoint) {
    refuseWhatNoSaverDoes(checkpoint);
    Set<Component> written =
        checkpoint.only().isEmpty() ? WHOLE : EnumSet.copyOf(checkpoint.only());
    if (written.equals(Set.of(Component.UNET))) {
      Inputs inputs = new Inputs().link("model", model(checkpoint));
      saver("ModelSave", inputs, "diffusion_models/mokume");
    } else if (written.equals(Set.of(Component.VAE))) {
      saver("VAESave", new Inputs().link("vae", vae(checkpoint)), "vae/mokume");
    } else if (ENCODERS.containsAll(written)) {
      saver("CLIPSave", new Inputs().link("clip", clip(checkpoint)), "clip/mokume");
    } else if (written.contains(Component.UNET)
        && written.contains(Component.VAE)
        && WHOLE.containsAll(written)) {
      Inputs inputs =
          new Inputs()
              .link("model", model(checkpoint))
              .link("clip", clip(checkpoint))
              .link("vae", vae(checkpoint));
      saver("CheckpointSave", inputs, "checkpoints/mokume");
    } else {
      throw graph.refused(
          "only",
          "no node saves just "
              + String.join(", ", new TreeSet<>(written).stream().map(Component::id).toList()));
    }
  }

  private void saver(String type, Inputs inputs, String prefix) {
    graph.add(type, type, inputs.text("filename_prefix", prefix));
  }

  /// What ComfyUI's save nodes have no inputs for.
  private void refuseWhatNoSaverDoes(Result.Checkpoint checkpoint) {
    if (!checkpoint.dtypes().isEmpty()) {
      throw graph.refused("dtype", "no node says how weights are stored; give mokume run --dtype");
    }
    if (!checkpoint.encoding().equals(Encoding.DEFAULT)) {
      throw graph.refused(
          "rounding and scales", "no node says how 8-bit floats are stored; give mokume run both");
    }
    if (checkpoint.ema() != Result.Ema.KEEP) {
      throw graph.refused("ema", "no node knows of a training average; give mokume run --ema");
    }
    if (checkpoint.untouched().mismatch() != Result.Mismatch.ERROR) {
      throw graph.refused("mismatch", "no node leaves tensors of another shape alone");
    }
    if (!checkpoint.untouched().exclude().isEmpty()) {
      throw graph.refused("exclude", "no node leaves tensors alone by name");
    }
    // Save nodes describe the model themselves, and carry the graph.
    checkpoint.metadata().keySet().stream()
        .filter(key -> !key.startsWith(DESCRIPTION))
        .filter(key -> !key.equals("prompt") && !key.equals("workflow"))
        .findFirst()
        .ifPresent(key -> {
          throw graph.refused("metadata", "no node adds '" + key + "' to a file");
        });
    Set<Component> others = new LinkedHashSet<>(checkpoint.components().keySet());
    others.removeAll(WHOLE);
    Weights first = new Weights.Source(recipe.firstModel());
    others.removeIf(component -> first.equals(checkpoint.components().get(component)));
    others.stream()
        .filter(checkpoint::writes)
        .findFirst()
        .ifPresent(component -> {
          throw graph.refused("output " + component.id(), "no node merges " + component.words());
        });
  }

  private Weights component(Result.Checkpoint checkpoint, Component component) {
    Weights weights = checkpoint.components().get(component);
    return weights == null ? new Weights.Source(recipe.firstModel()) : weights;
  }

  private Input.Link model(Result.Checkpoint checkpoint) {
    graph.enter("output " + Component.UNET.id());
    return model(component(checkpoint, Component.UNET));
  }

  private Input.Link vae(Result.Checkpoint checkpoint) {
    graph.enter("output " + Component.VAE.id());
    if (component(checkpoint, Component.VAE) instanceof Weights.Source(String model)) {
      return graph.load(model, ValueType.VAE);
    }
    throw graph.refused("no node merges VAEs; take it from one model");
  }

  /// A link carries all text encoders, so that all have to be made alike.
  private Input.Link clip(Result.Checkpoint checkpoint) {
    graph.enter("output clip");
    Set<Weights> all = new LinkedHashSet<>();
    ENCODERS.forEach(encoder -> all.add(component(checkpoint, encoder)));
    if (all.size() > 1) {
      throw graph.refused("nodes merge all text encoders alike; write clip in place of each");
    }
    return clip(all.iterator().next());
  }

  // Diffusion models

  private Input.Link model(Weights weights) {
    return switch (weights) {
      case Weights.Source(String model) -> graph.load(model, ValueType.MODEL);
      case Weights.Named(String name) ->
          graph.named("weights", name, recipe.weights(), this::model);
      case Weights.Interpolate blend -> blend(blend);
      case Weights.Sum sum -> sum(sum);
      case Weights.AddDelta delta -> {
        Input.Link base = model(delta.base());
        yield add(base, difference(delta, this::model, "ModelMergeSubtract", "model"));
      }
      case Weights.Dare dare -> dare(dare);
      case Weights.Normalize normalize ->
          graph.add(
              "DM_NormalizeModel",
              new Inputs()
                  .link("model_a", model(normalize.model()))
                  .link("model_b", operand(normalize.reference()))
                  .text("method", normalize.method().id().replace('-', '_'))
                  .text("magnify", normalize.magnify() ? "on" : "off"));
      case Weights.InjectNoise noise -> noise(noise);
      case Weights.Federated _ ->
          throw graph.refused("federated: no node merges the models of clients");
      case Weights.ByLikeness node -> throw unknown(node.likeness().method());
      case Weights.ByAngle node -> throw unknown(node.rule().method());
      case Weights.ByElement node -> throw unknown(node.rule().method());
      case Weights.Fisher _ ->
          throw graph.refused("fisher: no node of ComfyUI weighs models by their information");
      case Weights.Sparse _ ->
          throw graph.refused("sparse: no node of ComfyUI sets elements of a model to zero");
      case Weights.Rounded _ -> throw graph.refused("rounded: no node rounds a model by itself");
      case Weights.Applied applied ->
          throw graph.refused(applied.method().info().name() + ": no node of ComfyUI does it");
      case Weights.Adapted lora -> {
        if (!(ratios.resolved(lora.strength()) instanceof Ratio.Constant(double strength))) {
          throw graph.refused("lora: no node of ComfyUI applies one by layers or blocks");
        }
        yield graph.add(
            "LoraLoaderModelOnly",
            new Inputs()
                .link("model", model(lora.model()))
                .text("lora_name", GraphBuilder.fileName(lora.file()))
                .number("strength_model", strength));
      }
      case Weights.Choice _ ->
          throw graph.refused("choice: no node takes weights by the names of tensors");
      case Weights.Except _ ->
          throw graph.refused("except: no node keeps tensors of a diffusion model by name");
    };
  }

  private MokumeException unknown(String method) {
    return graph.refused(method + ": no node does this");
  }

  /// What a DareMerge node takes from a model: under the profile of workflows it rounds by itself.
  private Input.Link operand(Weights weights) {
    boolean rounds = recipe.compat().has(Quirk.ROUNDED_OPERANDS);
    return rounds && weights instanceof Weights.Rounded(Weights inner)
        ? model(inner)
        : model(weights);
  }

  private Input.Link blend(Weights.Interpolate blend) {
    boolean isLinear = blend.method() == Interpolation.LINEAR;
    Ratio shares = ratios.shareOfFirst(blend.alpha());
    if (isLinear && blend.mask().isEmpty()) {
      switch (shares) {
        case Ratio.Constant(double share) -> {
          return graph.add(
              "ModelMergeSimple",
              models(model(blend.a()), model(blend.b())).number("ratio", share));
        }
        case Ratio.ByPrefix byPrefix -> {
          Inputs inputs = models(model(blend.a()), model(blend.b()));
          return graph.add(ratios.family(byPrefix), inputs.numbers(byPrefix.prefixes()));
        }
        case Ratio.Named _,
            Ratio.Complement _,
            Ratio.ByBlock _,
            Ratio.ByDepth _,
            Ratio.ByComponent _,
            Ratio.ByPattern _,
            Ratio.ByGroup _,
            Ratio.ByUnetBlock _,
            Ratio.ByShell _,
            Ratio.ByAttention _,
            Ratio.ByName _,
            Ratio.Combined _,
            Ratio.Elemental _,
            Ratio.Edited _ -> {
          // By layers, below.
        }
      }
    }
    Input.Link a = isLinear ? model(blend.a()) : operand(blend.a());
    Inputs inputs = new Inputs().link("model_a", a).link("model_b", operand(blend.b()));
    String type = ratios.putGroups(shares, inputs) ? "DM_BlockModelMerger" : "";
    if (type.isEmpty()) {
      type = "DM_AdvancedModelMerger";
      inputs.link("gradient", ratios.gradient(shares, first(blend.a())));
    }
    inputs.text("method", blend.method().id().replace('-', '_').replace("linear", "comfy"));
    blend.mask().ifPresent(mask -> inputs.link("model_mask", masks.of(mask)));
    return graph.add(type, inputs);
  }

  private static Inputs models(Input.Link first, Input.Link second) {
    return new Inputs().link("model1", first).link("model2", second);
  }

  /// The loader of the model whose layers a ratio is of.
  private Input.Link first(Weights weights) {
    return switch (weights) {
      case Weights.Source(String model) -> graph.load(model, ValueType.MODEL);
      case Weights.Named _,
          Weights.Interpolate _,
          Weights.Sum _,
          Weights.AddDelta _,
          Weights.Sparse _,
          Weights.Fisher _,
          Weights.Dare _,
          Weights.ByLikeness _,
          Weights.Normalize _,
          Weights.InjectNoise _,
          Weights.Rounded _,
          Weights.Federated _,
          Weights.Adapted _,
          Weights.Applied _,
          Weights.ByAngle _,
          Weights.ByElement _,
          Weights.Choice _,
          Weights.Except _ ->
          graph.load(recipe.firstModel(), ValueType.MODEL);
    };
  }

  private Input.Link add(Input.Link first, Input.Link second) {
    return graph.add("ModelMergeAdd", models(first, second));
  }

  /// Term by term, as a sum rounds: each is added, or subtracted with a factor of one.
  private Input.Link sum(Weights.Sum node) {
    List<Weights.Term> terms = node.terms();
    List<Double> factors = factors(node);
    if (terms.size() == 2 && factors.getFirst() == -factors.getLast()) {
      Inputs inputs = models(model(terms.getFirst().weights()), model(terms.getLast().weights()));
      return graph.add("ModelMergeSubtract", inputs.number("multiplier", factors.getFirst()));
    }
    Input.Link sum = null;
    for (int i = 0; i < terms.size(); i++) {
      Input.Link next = model(terms.get(i).weights());
      double factor = factors.get(i);
      if (factor == 1) {
        sum = sum == null ? next : add(sum, next);
      } else if (factor == -1 && sum != null) {
        sum = graph.add("ModelMergeSubtract", models(sum, next).number("multiplier", 1));
      } else {
        throw graph.refused(
            "sum: nodes add and subtract models as they are, but a weight here is "
                + Words.number(factor));
      }
    }
    return Objects.requireNonNull(sum, "a sum has terms");
  }

  /// The weights of a sum that nodes can do: each a number for all tensors, as it is.
  private List<Double> factors(Weights.Sum node) {
    if (node.normalise()) {
      throw graph.refused("linear: no node divides by the sum of the weights");
    }
    List<Double> factors = new ArrayList<>();
    for (Weights.Term term : node.terms()) {
      if (!(ratios.resolved(term.coefficient()) instanceof Ratio.Constant(double value))) {
        throw graph.refused("sum: no node adds up models by layers or blocks");
      }
      factors.add(value);
    }
    return factors;
  }

  private interface Part {
    Input.Link of(Weights weights);
  }

  private Input.Link difference(Weights.AddDelta delta, Part part, String type, String input) {
    Delta.Difference difference =
        switch (delta.delta()) {
          case Delta.Difference it -> it;
          case Delta.Sparse _, Delta.Combined _ ->
              throw graph.refused(
                  "add_delta: nodes add the difference of two models, not what is made of such");
        };
    return switch (ratios.resolved(delta.scale())) {
      case Ratio.Constant(double scale) ->
          graph.add(
              type,
              new Inputs()
                  .link(input + "1", part.of(difference.finetuned()))
                  .link(input + "2", part.of(difference.base()))
                  .number("multiplier", scale));
      case Ratio.Named _,
          Ratio.Complement _,
          Ratio.ByBlock _,
          Ratio.ByDepth _,
          Ratio.ByComponent _,
          Ratio.ByPattern _,
          Ratio.ByGroup _,
          Ratio.ByUnetBlock _,
          Ratio.ByShell _,
          Ratio.ByAttention _,
          Ratio.ByPrefix _,
          Ratio.ByName _,
          Ratio.Combined _,
          Ratio.Elemental _,
          Ratio.Edited _ ->
          throw graph.refused("add_difference: no node scales a difference by layers or blocks");
    };
  }

  private Input.Link dare(Weights.Dare dare) {
    Ratio shares = ratios.shareOfFirst(dare.alpha());
    Inputs inputs =
        new Inputs().link("model_a", operand(dare.a())).link("model_b", operand(dare.b()));
    String type;
    if (ratios.putGroups(shares, inputs)) {
      type = "DM_DareModelMergerBlock";
    } else if (shares instanceof Ratio.ByUnetBlock(var numbers)) {
      type = "DM_DareModelMergerMBW";
      inputs.numbers(numbers);
    } else {
      type = "DM_AdvancedDareModelMerger";
      inputs.link("gradient", ratios.gradient(shares, first(dare.a())));
    }
    sparse(inputs, dare);
    dare.mask().ifPresent(mask -> inputs.link("model_mask", masks.of(mask)));
    return graph.add(type, inputs);
  }

  private void sparse(Inputs inputs, Weights.Dare dare) {
    inputs
        .number("drop_rate", ratios.number("dare: the drop rate", dare.update().dropRate()))
        .text("ties", GraphBuilder.id(dare.update().vote()))
        .text("rescale", dare.update().rescale() ? "on" : "off")
        .whole("seed", dare.update().seed())
        .text("method", dare.method().id().replace('-', '_').replace("linear", "comfy"))
        .whole("iterations", (long) ratios.number("dare: iterations", dare.iterations()));
  }

  private Input.Link noise(Weights.InjectNoise noise) {
    Inputs inputs = new Inputs().link("model", model(noise.model()));
    switch (noise.noise()) {
      case Noise.Uniform() -> inputs.text("operation", "random").number("mean", 0).number("std", 0);
      case Noise.Gaussian(var mean, var deviation) ->
          inputs
              .text("operation", "gaussian")
              .number("mean", ratios.number("noise: the mean", mean))
              .number("std", ratios.number("noise: the deviation", deviation));
    }
    inputs
        .number("ratio", GraphRatios.oneMinus(ratios.number("noise: alpha", noise.alpha())))
        .whole("seed", noise.seed())
        .text("layers", noise.layers())
        .text("method", noise.method().id().replace('-', '_').replace("linear", "comfy"));
    noise.mask().ifPresent(mask -> inputs.link("model_mask", masks.of(mask)));
    return graph.add("DM_InjectNoise", inputs);
  }

  // Text encoders

  private Input.Link clip(Weights weights) {
    return switch (weights) {
      case Weights.Source(String model) -> graph.load(model, ValueType.CLIP);
      case Weights.Named(String name) -> graph.named("weights", name, recipe.weights(), this::clip);
      case Weights.Except(Weights first, Weights merged, List<String> suffixes)
          when suffixes.equals(Weights.CLIP_BUFFERS) ->
          mergedClip(first, merged);
      case Weights.Adapted _ ->
          throw graph.refused(
              "lora: only with a diffusion model does a node apply one to text encoders");
      case Weights.Except _,
          Weights.Choice _,
          Weights.Interpolate _,
          Weights.Sum _,
          Weights.AddDelta _,
          Weights.Sparse _,
          Weights.Fisher _,
          Weights.Dare _,
          Weights.ByLikeness _,
          Weights.Normalize _,
          Weights.InjectNoise _,
          Weights.Federated _,
          Weights.Applied _,
          Weights.ByAngle _,
          Weights.ByElement _,
          Weights.Rounded _ ->
          throw graph.refused(
              "nodes that merge text encoders leave "
                  + String.join(" and ", Weights.CLIP_BUFFERS)
                  + " alone; write clip_simple or clip_dare, or except with those suffixes");
    };
  }

  private Input.Link mergedClip(Weights first, Weights merged) {
    return switch (merged) {
      case Weights.Interpolate(Interpolation method, Weights a, Weights b, Ratio alpha, var mask)
          when method == Interpolation.LINEAR && a.equals(first) && mask.isEmpty() -> {
        double share = constant(ratios.shareOfFirst(alpha));
        // Without a profile the node follows its published page, where ratio is alpha.
        boolean asPublished = recipe.compat() == Compat.NONE;
        yield graph.add(
            "CLIPMergeSimple",
            clips(first, b).number("ratio", asPublished ? GraphRatios.oneMinus(share) : share));
      }
      case Weights.Sum sum
          when sum.terms().size() == 2 && sum.terms().getFirst().weights().equals(first) -> {
        List<Double> factors = factors(sum);
        double factor = factors.getFirst();
        Inputs inputs = clips(first, sum.terms().getLast().weights());
        if (factor == 1 && factors.getLast() == 1) {
          yield graph.add("CLIPMergeAdd", inputs);
        }
        if (factors.getLast() != -factor) {
          throw graph.refused("sum: nodes add and subtract text encoders as they are");
        }
        yield graph.add("CLIPMergeSubtract", inputs.number("multiplier", factor));
      }
      case Weights.AddDelta delta when delta.base().equals(first) -> {
        Input.Link base = clip(first);
        Input.Link difference = difference(delta, this::clip, "CLIPMergeSubtract", "clip");
        yield graph.add("CLIPMergeAdd", new Inputs().link("clip1", base).link("clip2", difference));
      }
      case Weights.Dare dare when dare.a().equals(first) && dare.mask().isEmpty() -> {
        Inputs inputs = new Inputs().link("clip_a", clip(first)).link("clip_b", clip(dare.b()));
        inputs.number("ratio", constant(ratios.shareOfFirst(dare.alpha())));
        sparse(inputs, dare);
        yield graph.add("DM_DareClipMerger", inputs);
      }
      case Weights.Named(String name) when recipe.weights().containsKey(name) ->
          mergedClip(first, Objects.requireNonNull(recipe.weights().get(name)));
      case Weights.Source _,
          Weights.Named _,
          Weights.Interpolate _,
          Weights.Sum _,
          Weights.AddDelta _,
          Weights.Sparse _,
          Weights.Fisher _,
          Weights.Dare _,
          Weights.ByLikeness _,
          Weights.Normalize _,
          Weights.InjectNoise _,
          Weights.Except _,
          Weights.ByAngle _,
          Weights.ByElement _,
          Weights.Choice _,
          Weights.Adapted _,
          Weights.Federated _,
          Weights.Applied _,
          Weights.Rounded _ ->
          throw graph.refused("no node merges text encoders so");
    };
  }

  private double constant(Ratio ratio) {
    if (ratio instanceof Ratio.Constant(double value)) {
      return value;
    }
    throw graph.refused("nodes merge text encoders with one number and not by blocks");
  }

  private Inputs clips(Weights first, Weights second) {
    return new Inputs().link("clip1", clip(first)).link("clip2", clip(second));
  }
}
