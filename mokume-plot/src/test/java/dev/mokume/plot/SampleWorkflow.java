package dev.mokume.plot;

import dev.mokume.workflow.Input;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Workflows that fit on a page.
final class SampleWorkflow {
  private final SequencedMap<String, Node> nodes = new LinkedHashMap<>();

  /// @param inputs name and value in turn; `@3.0` is output 0 of node 3
  SampleWorkflow node(String id, String type, String title, Object... inputs) {
    SequencedMap<String, Input> given = new LinkedHashMap<>();
    for (int i = 0; i < inputs.length; i += 2) {
      given.put((String) inputs[i], input(inputs[i + 1]));
    }
    nodes.put(id, new Node(id, type, title, given));
    return this;
  }

  private static Input input(Object value) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (value) {
      case String text when text.startsWith("@") -> {
        int dot = text.indexOf('.');
        yield new Input.Link(text.substring(1, dot), Integer.parseInt(text.substring(dot + 1)));
      }
      case String text -> new Input.Literal(json.stringNode(text));
      case Integer number -> new Input.Literal(json.numberNode(number));
      case Double number -> new Input.Literal(json.numberNode(number));
      default -> throw new IllegalArgumentException("no input: " + value);
    };
  }

  Workflow workflow() {
    return new Workflow(nodes, Optional.empty());
  }

  Workflow on(JsonNode canvas) {
    return new Workflow(nodes, Optional.of(canvas));
  }

  /// Four models, masks and gradients, three merges, a sampler behind: thirty nodes.
  static SampleWorkflow thirtyNodes() {
    SampleWorkflow sample = new SampleWorkflow();
    String[] files = {
      "dreamshaper_8.safetensors",
      "realisticVisionV60.safetensors",
      "anything-v5-PrtRE.safetensors",
      "sub/folder/with/a/long/path/v1-5-pruned-emaonly.safetensors"
    };
    for (int i = 0; i < 4; i++) {
      sample.node("" + (i + 1), "CheckpointLoaderSimple", "Load Checkpoint", "ckpt_name", files[i]);
    }
    return sample
        .node(
            "5",
            "DM_MagnitudeMasker",
            "Magnitude Masker",
            "threshold",
            0.9,
            "threshold_type",
            "median",
            "select",
            "above",
            "model_a",
            "@1.0",
            "model_b",
            "@2.0")
        .node(
            "6",
            "DM_MagnitudeMasker",
            "Mask of anything",
            "threshold",
            0.5,
            "threshold_type",
            "median",
            "select",
            "below",
            "model_a",
            "@1.0",
            "model_b",
            "@3.0")
        .node(
            "7",
            "DM_MaskOperations",
            "Mask Operations",
            "operation",
            "union",
            "mask_a",
            "@5.0",
            "mask_b",
            "@6.0")
        .node(
            "8",
            "DM_ShellGradient",
            "Shell Gradient",
            "exterior",
            0.7,
            "interior",
            0.5,
            "core",
            0.2,
            "model",
            "@1.0")
        .node(
            "9",
            "DM_AttentionGradient",
            "Attention Gradient",
            "norm",
            1.0,
            "attn",
            0.4,
            "ff_net",
            0.6,
            "model",
            "@1.0")
        .node(
            "10",
            "DM_GradientOperations",
            "Gradient Operations",
            "operation",
            "multiply",
            "join",
            "inner",
            "gradient_a",
            "@8.0",
            "gradient_b",
            "@9.0")
        .node(
            "11",
            "DM_AdvancedDareModelMerger",
            "Model Merger (Advanced/DARE)",
            "drop_rate",
            0.9,
            "ties",
            "sum",
            "rescale",
            "off",
            "seed",
            1,
            "method",
            "comfy",
            "iterations",
            1,
            "model_a",
            "@1.0",
            "model_b",
            "@2.0",
            "gradient",
            "@10.0",
            "model_mask",
            "@7.0")
        .node(
            "12",
            "DM_DareModelMergerMBW",
            "MBW Merger (DARE)",
            "seed",
            7,
            "drop_rate",
            0.85,
            "time",
            1.0,
            "label",
            1.0,
            "input_blocks.0",
            0.7,
            "input_blocks.1",
            0.7,
            "model_a",
            "@11.0",
            "model_b",
            "@3.0")
        .node(
            "13",
            "ModelMergeSubtract",
            "ModelMergeSubtract",
            "multiplier",
            1.0,
            "model1",
            "@3.0",
            "model2",
            "@4.0")
        .node(
            "14", "ModelMergeAdd", "Add what anything learnt", "model1", "@12.0", "model2", "@13.0")
        .node(
            "15",
            "CLIPMergeSimple",
            "CLIPMergeSimple",
            "ratio",
            0.5,
            "clip1",
            "@1.1",
            "clip2",
            "@2.1")
        .node(
            "16",
            "DM_DareClipMerger",
            "CLIP Merger (DARE)",
            "ratio",
            0.5,
            "drop_rate",
            0.9,
            "clip_a",
            "@15.0",
            "clip_b",
            "@3.1")
        .node(
            "17",
            "DM_NormalizeModel",
            "Normalize Model",
            "method",
            "attn_only",
            "magnify",
            "off",
            "model_a",
            "@14.0",
            "model_b",
            "@1.0")
        .node(
            "18",
            "CheckpointSave",
            "Save Checkpoint",
            "filename_prefix",
            "checkpoints/ComfyUI",
            "model",
            "@17.0",
            "clip",
            "@16.0",
            "vae",
            "@4.2")
        .node(
            "19",
            "CLIPTextEncode",
            "Positive prompt",
            "text",
            "a mountain lake at dawn,\nmist over the water, photograph, 35 mm",
            "clip",
            "@16.0")
        .node("20", "CLIPTextEncode", "Negative prompt", "text", "blurry", "clip", "@16.0")
        .node(
            "21",
            "EmptyLatentImage",
            "Empty Latent Image",
            "width",
            512,
            "height",
            768,
            "batch_size",
            1)
        .node(
            "22",
            "KSampler",
            "KSampler",
            "seed",
            42,
            "steps",
            25,
            "cfg",
            7.0,
            "sampler_name",
            "dpmpp_2m",
            "scheduler",
            "karras",
            "denoise",
            1.0,
            "model",
            "@17.0",
            "positive",
            "@19.0",
            "negative",
            "@20.0",
            "latent_image",
            "@21.0")
        .node("23", "VAEDecode", "VAE Decode", "samples", "@22.0", "vae", "@4.2")
        .node("24", "SaveImage", "Save Image", "filename_prefix", "ComfyUI", "images", "@23.0")
        .node("25", "DM_MaskReporting", "Mask Reporting", "report", "size", "mask", "@7.0")
        .node(
            "26",
            "DM_GradientReporting",
            "Gradient Reporting",
            "report",
            "details",
            "gradient",
            "@10.0")
        .node(
            "27",
            "DM_ModelReporting",
            "Model Reporting",
            "layer",
            "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight",
            "scaling",
            "none",
            "model",
            "@17.0")
        .node(
            "28",
            "ModelSave",
            "Save <the> \"model\" & more",
            "filename_prefix",
            "diffusion_models/ComfyUI",
            "model",
            "@14.0")
        .node("29", "PreviewImage", "Preview Image", "images", "@27.1")
        .node("30", "ShowText", "Show Text", "text", "@25.0");
  }
}
