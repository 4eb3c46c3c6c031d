package dev.mokume.golden;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.comfyui.Interpretation;
import dev.mokume.recipe.comfyui.ModelFolders;
import dev.mokume.recipe.comfyui.NodeRegistry;
import dev.mokume.recipe.comfyui.OutputNames;
import dev.mokume.recipe.comfyui.OutputRequest;
import dev.mokume.recipe.comfyui.Product;
import dev.mokume.workflow.Workflow;
import dev.mokume.workflow.WorkflowReader;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// A case as a workflow: its inputs lie as files in ComfyUI's folders under the names that they
/// have there, and what it computes is what `mokume run` would write.
final class CaseWorkflow {
  private final GoldenSuite suite;
  private final GoldenCase goldenCase;
  private final CaseInputs inputs;
  private final ModelsFolder folder;
  private final StringBuilder nodes = new StringBuilder();
  private int count;

  CaseWorkflow(GoldenSuite suite, GoldenCase goldenCase, CaseInputs inputs, ModelsFolder folder) {
    this.suite = suite;
    this.goldenCase = goldenCase;
    this.inputs = inputs;
    this.folder = folder;
  }

  /// Adds a node and returns its id.
  ///
  /// @param arguments JSON texts by the inputs' names
  String add(String type, Map<String, String> arguments) {
    String id = String.valueOf(++count);
    String fields =
        arguments.entrySet().stream()
            .map(entry -> "\"" + entry.getKey() + "\": " + entry.getValue())
            .collect(Collectors.joining(", "));
    nodes
        .append(count > 1 ? ",\n" : "")
        .append("\"%s\": {\"class_type\": \"%s\", \"inputs\": {%s}}".formatted(id, type, fields));
    return id;
  }

  static String link(String node, int slot) {
    return "[\"" + node + "\", " + slot + "]";
  }

  /// A loader for an input of the case, and the link to what it gives; for a model that carries
  /// earlier patches, the link to these.
  String load(String input) {
    if (input.startsWith("gradient")) {
      return link(
          add(
              "MokumeLoadGradient",
              Map.of("gradient_name", quoted(folder.gradient(inputs.ratios(input))))),
          0);
    }
    if (input.contains("mask")) {
      return link(
          add("MokumeLoadMask", Map.of("mask_name", quoted(folder.mask(inputs.tensors(input))))),
          0);
    }
    String loaded = checkpoint(inputs.tensors(input), input.contains("clip") ? 1 : 0);
    for (Fields patch : inputs.patches(input)) {
      loaded = patched(loaded, patch);
    }
    return loaded;
  }

  private String checkpoint(SequencedMap<String, GoldenTensor> tensors, int slot) {
    String name = folder.checkpoint(tensors);
    return link(add("CheckpointLoaderSimple", Map.of("ckpt_name", quoted(name))), slot);
  }

  /// A merge with a ratio for the patched tensors alone leaves the same patches.
  private String patched(String own, Fields patch) {
    double ratio = patch.number("strength_model");
    if (patch.number("strength_patch") != 1 - ratio) {
      throw new IllegalArgumentException("no node makes such a patch: " + patch.values());
    }
    SequencedMap<String, Double> ratios = new LinkedHashMap<>();
    patch.texts("keys").forEach(name -> ratios.put(name, ratio));
    String gradient =
        add("MokumeLoadGradient", Map.of("gradient_name", quoted(folder.gradient(ratios))));
    SequencedMap<String, String> arguments = new LinkedHashMap<>();
    arguments.put("model_a", own);
    arguments.put("model_b", checkpoint(suite.tensors(patch.text("other")).tensors(), 0));
    arguments.put("gradient", link(gradient, 0));
    arguments.put("method", quoted("comfy"));
    return link(add("DM_AdvancedModelMerger", arguments), 0);
  }

  /// Adds the case's node, with its inputs linked to loaders.
  String addCall() {
    SequencedMap<String, String> arguments = new LinkedHashMap<>();
    goldenCase.inputs().names().stream()
        .filter(input -> !input.equals("alter"))
        .forEach(input -> arguments.put(input, load(input)));
    if (goldenCase.params().has("gradient")) {
      SequencedMap<String, Double> ratios = new LinkedHashMap<>();
      Fields given = goldenCase.params().object("gradient");
      given.names().forEach(name -> ratios.put(name, given.number(name)));
      String gradient =
          add("MokumeLoadGradient", Map.of("gradient_name", quoted(folder.gradient(ratios))));
      arguments.put("gradient", link(gradient, 0));
    }
    literals(goldenCase.params()).forEach(arguments::putIfAbsent);
    if (goldenCase.fields().has("state_before")) {
      arguments.put(
          "seed_before",
          String.valueOf(goldenCase.fields().object("state_before").integer("manual_seed")));
    }
    if (goldenCase.call().equals("DM_GradientOperations")) {
      arguments.putIfAbsent("join", quoted("inner")); // a case below the nodes leaves it out
    }
    return add(goldenCase.call(), arguments);
  }

  /// Parameters as JSON texts; one that is null or an object is none of a node's.
  static SequencedMap<String, String> literals(Fields params) {
    SequencedMap<String, String> literals = new LinkedHashMap<>();
    params
        .values()
        .forEach((name, value) -> {
          if (value instanceof String text) {
            literals.put(name, quoted(text));
          } else if (value instanceof Number || value instanceof Boolean) {
            literals.put(name, value.toString());
          }
        });
    return literals;
  }

  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .forEach(c ->
            quoted.append(
                c < ' ' || c == '"' || c == '\\' ? "\\u%04x".formatted(c) : Character.toString(c)));
    return quoted.append('"').toString();
  }

  /// What `mokume run` would write for one output of a node.
  ///
  /// @throws MokumeException if it would refuse
  Product product(String node, int slot) {
    String json = "{\n" + nodes + "\n}";
    Workflow workflow = WorkflowReader.parse(goldenCase.id(), json, NodeRegistry.all());
    OutputRequest wanted =
        new OutputRequest(node + "." + slot, folder.folder().resolve("result.safetensors"));
    Interpretation meaning =
        Interpretation.of(
            workflow,
            new Interpretation.Request(
                ModelFolders.of(folder.folder()),
                new OutputNames(folder.folder(), LocalDateTime.MIN),
                List.of(wanted),
                compat(),
                goldenCase.drawsFromTorch() ? Rng.TORCH_CPU : Rng.STATELESS));
    if (!meaning.problems().isEmpty()) {
      throw new MokumeException(meaning.problems());
    }
    return meaning.products().getFirst();
  }

  /// The profile that workflows run under, unless the case shows a defect.
  private Compat compat() {
    Compat needed = CaseInputs.compat(suite, goldenCase);
    return needed == Compat.NONE ? Compat.COMFYUI_DAREMERGE : needed;
  }

  /// The text that the product is.
  static String text(Product product) {
    return Mokume.text(
        (Product.Text) product.content(), MergeOptions.defaults().withMemory(64 << 20));
  }
}
