package dev.mokume.recipe.comfyui;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Prediction;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import dev.mokume.workflow.WorkflowWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/// Turns wanted values into files: which components, under which names, with which metadata.
final class Products {
  private final Workflow workflow;
  private final Interpretation.Request request;
  private final RecipeParts parts;
  private final FileHeaders headers;
  private final List<Product> products = new ArrayList<>();

  Products(
      Workflow workflow, Interpretation.Request request, RecipeParts parts, FileHeaders headers) {
    this.workflow = workflow;
    this.request = request;
    this.parts = parts;
    this.headers = headers;
  }

  List<Product> all() {
    return products;
  }

  /// What a save node writes, in words.
  static String words(Saving saving) {
    List<String> what = new ArrayList<>();
    saving.model().ifPresent(model -> what.add("the model " + Words.of(model)));
    saving.clip().ifPresent(clip -> what.add("the text encoders " + Words.of(clip)));
    saving.vae().ifPresent(vae -> what.add("the VAE of " + vae.origin().model()));
    return (saving.form() instanceof Saving.Form.Lora ? "saves a LoRA of " : "saves ")
        + String.join(", ", what)
        + " as "
        + saving.prefix();
  }

  /// The files of a save node.
  ///
  /// @param asked where the user wants it instead; empty for the node's own place
  void save(Node node, Saving saving, List<OutputRequest> asked) {
    switch (saving.form()) {
      case Saving.Form.Checkpoint() -> saveOne(node, saving, asked, Result.Names.CHECKPOINT);
      case Saving.Form.Part() -> saveOne(node, saving, asked, Result.Names.BARE);
      case Saving.Form.Encoders() -> saveEncoders(node, saving, asked);
      case Saving.Form.Lora lora -> saveLora(node, saving, lora, asked);
    }
  }

  private void saveOne(Node node, Saving saving, List<OutputRequest> asked, Result.Names names) {
    SequencedMap<Component, Weights> components = components(saving);
    Value.Origin first = first(saving);
    OutputNames.Named target = target(saving.prefix(), "", asked);
    Result.Checkpoint result =
        Result.Checkpoint.of(components)
            .withOnly(components.keySet())
            .withNames(isKnown(first) ? names : Result.Names.AS_STORED)
            .withMetadata(metadata(first, target.title()));
    add(node, target.file(), words(saving), first, result);
  }

  private static SequencedMap<Component, Weights> components(Saving saving) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    saving.model().ifPresent(model -> components.put(Component.UNET, model.weights()));
    saving.clip().ifPresent(clip -> components.putAll(clip.encoders()));
    saving.vae().ifPresent(vae -> components.put(Component.VAE, vae.origin().source()));
    return components;
  }

  private static Value.Origin first(Saving saving) {
    return saving
        .model()
        .map(Value.Model::origin)
        .or(() -> saving.clip().map(Value.Clip::origin))
        .or(() -> saving.vae().map(Value.Vae::origin))
        .orElseThrow();
  }

  private void saveLora(
      Node node, Saving saving, Saving.Form.Lora lora, List<OutputRequest> asked) {
    SequencedMap<Component, Weights> components = components(saving);
    Value.Origin first = first(saving);
    Map<Component, DType> precise = new EnumMap<>(Component.class);
    components.keySet().forEach(component -> precise.put(component, DType.F32));
    Result.Checkpoint result =
        Result.Checkpoint.of(components)
            .withOnly(components.keySet())
            .withNames(isKnown(first) ? Result.Names.CHECKPOINT : Result.Names.AS_STORED)
            .withDtypes(precise);
    Recipe difference =
        parts.recipe(Optional.of(first.model()), result, request.compat(), request.rng());
    products.add(
        new Product(
            node,
            target(saving.prefix(), "", asked).file(),
            words(saving),
            new Product.Content.Lora(difference, lora.rank(), lora.isWhole(), lora.hasBiases())));
  }

  /// Of an architecture that Mokume does not know it does not know the names in checkpoints either:
  /// they stay as they are.
  private boolean isKnown(Value.Origin origin) {
    return parts
        .file(origin.model())
        .flatMap(headers::of)
        .filter(detection -> detection.architecture() == Architecture.UNKNOWN)
        .isEmpty();
  }

  private void saveEncoders(Node node, Saving saving, List<OutputRequest> asked) {
    Value.Clip clip = saving.clip().orElseThrow();
    Set<Component> present = present(clip);
    if (present.isEmpty()) {
      throw new MokumeException(
          ErrorCode.MISMATCHED_INPUTS,
          "%s: the files have no text encoder that Mokume knows.".formatted(NodeError.label(node)));
    }
    if (!asked.isEmpty() && present.size() > 1) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "%s writes %s files, one a text encoder; leave --output for it out, and give"
                  .formatted(NodeError.label(node), present.size())
              + " --output-dir instead.");
    }
    for (Component encoder : present) {
      Weights weights = Objects.requireNonNull(clip.encoders().get(encoder));
      OutputNames.Named target = target(saving.prefix(), "_" + encoder.id(), asked);
      Result.Checkpoint result =
          Result.Checkpoint.of(one(encoder, weights))
              .withOnly(Set.of(encoder))
              .withNames(Result.Names.BARE)
              .withMetadata(workflowMetadata());
      Value.Origin origin =
          weights instanceof Weights.Source(String model)
              ? new Value.Origin(model, false)
              : clip.origin();
      add(node, target.file(), encoder.words() + " " + Words.of(weights), origin, result);
    }
  }

  private Set<Component> present(Value.Clip clip) {
    Set<Component> present = EnumSet.noneOf(Component.class);
    clip.encoders()
        .forEach((encoder, weights) -> {
          String model =
              weights instanceof Weights.Source(String source) ? source : clip.origin().model();
          if (parts.file(model).map(headers::encoders).orElse(Set.of()).contains(encoder)) {
            present.add(encoder);
          }
        });
    return present;
  }

  private OutputNames.Named target(String prefix, String suffix, List<OutputRequest> asked) {
    if (asked.isEmpty()) {
      String expanded = request.names().tokens(workflow).expand(prefix);
      return request.names().next(expanded + suffix);
    }
    Path file = asked.getFirst().file();
    return new OutputNames.Named(file, stem(file));
  }

  private static String stem(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  /// The value of an output in a file of its own.
  void write(Node node, Value value, Path file) {
    switch (value) {
      case Value.Model model -> {
        // What a merge does not change is kept, as ever: the file is a checkpoint if the model's
        // was.
        Result.Checkpoint result =
            Result.Checkpoint.of(one(Component.UNET, model.weights()))
                .withMetadata(metadata(model.origin(), stem(file)));
        add(node, file, "the model " + Words.of(model), model.origin(), result);
      }
      case Value.Clip clip -> {
        Result.Checkpoint result =
            Result.Checkpoint.of(clip.encoders())
                .withOnly(clip.encoders().keySet())
                .withMetadata(workflowMetadata());
        add(node, file, "the text encoders " + Words.of(clip), clip.origin(), result);
      }
      case Value.Vae(Value.Origin origin) -> {
        Result.Checkpoint result =
            Result.Checkpoint.of(one(Component.VAE, origin.source()))
                .withOnly(Set.of(Component.VAE))
                .withNames(Result.Names.BARE)
                .withMetadata(workflowMetadata());
        add(node, file, "the VAE of " + origin.model(), origin, result);
      }
      case Value.ModelMask(var mask) -> {
        Recipe recipe =
            parts.recipe(Optional.empty(), maskFile(mask), request.compat(), request.rng());
        products.add(
            new Product(
                node, file, "the mask " + Words.of(mask), new Product.Content.Merge(recipe)));
      }
      case Value.Gradient gradient ->
          products.add(
              new Product(
                  node,
                  file,
                  "the ratios " + Words.of(gradient),
                  new Product.Text.Numbers(
                      new Product.Ratios(
                          gradient.ratio(),
                          parts.ratiosOf(gradient.ratio()),
                          gradient.model().flatMap(parts::file),
                          request.compat()))));
      case Value.Report(Product.Text text) ->
          products.add(new Product(node, file, "the report", text));
      case Value.Picture(Product.Content.Picture picture) ->
          products.add(new Product(node, file, "the picture of " + picture.tensor(), picture));
      case Value.Text _, Value.Whole _, Value.Real _, Value.Flag _ ->
          products.add(
              new Product(node, file, "a text", new Product.Text.Plain(Words.of(value) + "\n")));
    }
  }

  /// A workflow's mask is of a MODEL, which is the diffusion model alone, whatever its file holds.
  static Result.MaskFile maskFile(Mask mask) {
    return new Result.MaskFile(mask, Set.of(Component.UNET));
  }

  private static SequencedMap<Component, Weights> one(Component component, Weights weights) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(component, weights);
    return components;
  }

  private void add(
      Node node, Path file, String words, Value.Origin first, Result.Checkpoint result) {
    Recipe recipe =
        parts.recipe(Optional.of(first.model()), result, request.compat(), request.rng());
    products.add(new Product(node, file, words, new Product.Content.Merge(recipe)));
  }

  /// The graph, so that ComfyUI can open it again.
  private Map<String, String> workflowMetadata() {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("prompt", WorkflowWriter.apiJson(workflow));
    workflow.canvas().ifPresent(canvas -> metadata.put("workflow", canvas.toString()));
    return metadata;
  }

  /// As ComfyUI describes a checkpoint.
  private Map<String, String> metadata(Value.Origin origin, String title) {
    Map<String, String> metadata = workflowMetadata();
    metadata.put("modelspec.sai_model_spec", "1.0.0");
    metadata.put("modelspec.implementation", "sgm");
    metadata.put("modelspec.title", title);
    Optional<Detection> detection = parts.file(origin.model()).flatMap(headers::of);
    detection
        .flatMap(found -> architecture(found.architecture()))
        .ifPresent(name -> metadata.put("modelspec.architecture", name));
    detection
        .flatMap(found -> predictKey(found.prediction()))
        .ifPresent(key -> metadata.put("modelspec.predict_key", key));
    return metadata;
  }

  private static Optional<String> architecture(Architecture architecture) {
    return switch (architecture) {
      case SDXL -> Optional.of("stable-diffusion-xl-v1-base");
      case SDXL_REFINER -> Optional.of("stable-diffusion-xl-v1-refiner");
      case SD3 -> Optional.of("stable-diffusion-v3-medium");
      case SD15,
          SD21,
          FLUX_DEV,
          FLUX_SCHNELL,
          AURAFLOW,
          QWEN_IMAGE,
          MOCHI,
          LTXV,
          COSMOS,
          COSMOS_PREDICT2,
          WAN,
          LLAMA,
          MISTRAL,
          QWEN2,
          QWEN3,
          GPT2,
          VAE,
          TEXT_ENCODER,
          LORA,
          UNKNOWN ->
          Optional.empty();
    };
  }

  private static Optional<String> predictKey(Prediction prediction) {
    return switch (prediction) {
      case EPSILON -> Optional.of("epsilon");
      case V -> Optional.of("v");
      case FLOW, UNKNOWN -> Optional.empty();
    };
  }
}
