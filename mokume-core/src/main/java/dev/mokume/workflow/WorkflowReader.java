package dev.mokume.workflow;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.FileSource;
import dev.mokume.error.Amount;
import dev.mokume.error.MokumeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads a workflow from whatever holds it, which its content tells and not its name:
///
/// * JSON in the form that ComfyUI runs, or in the editor's (versions 0.4 and 1), or an object that
///   has these as `prompt` and `workflow`, as they are sent to ComfyUI;
/// * a PNG or WebP that ComfyUI saved;
/// * a safetensors checkpoint that ComfyUI or Mokume saved.
///
/// If both forms are there, the first is what ran: it is read, and the other is kept as the canvas.
public final class WorkflowReader {
  /// Enough to tell every format.
  private static final int START = 16;

  private WorkflowReader() {}

  /// @param catalog names the values in the editor's form
  /// @throws MokumeException `UNREADABLE_INPUT` if there is no such file; `INVALID_RECIPE` if it
  ///   holds no workflow, is damaged, or is larger than any that people draw;
  ///   `MALFORMED_CHECKPOINT` if it is a damaged checkpoint
  public static Workflow read(Path path, WidgetCatalog catalog) {
    try (FileSource source = FileSource.open(path)) {
      FileBytes file = new FileBytes(source);
      byte[] start = file.read(0, (int) Math.min(file.size(), START));
      if (PngTexts.recognises(start)) {
        return embedded(file.name(), "PNG", PngTexts.read(file), catalog);
      }
      if (WebpTags.recognises(start)) {
        return embedded(file.name(), "WebP", WebpTags.read(file), catalog);
      }
      if (isSafetensors(start)) {
        return checkpoint(path, catalog);
      }
      refuseOthers(file.name(), start);
      if (file.size() > Limits.LONGEST_JSON) {
        throw Malformed.workflow(
            file.name(),
            "has "
                + Amount.bytes(file.size())
                + " and is none of PNG, WebP and safetensors; of JSON at most "
                + Amount.bytes(Limits.LONGEST_JSON)
                + " are read as a workflow.");
      }
      byte[] json = file.read(0, (int) file.size());
      return workflow(file.name(), WorkflowJson.parse(file.name(), "the file", json), catalog);
    }
  }

  /// Reads JSON that did not come from a file of its own, in any of the forms that a file may have.
  ///
  /// @param name what a person calls it, for messages: `the request`
  public static Workflow parse(String name, String json, WidgetCatalog catalog) {
    return workflow(name, WorkflowJson.parse(name, "the text", json), catalog);
  }

  private static Workflow checkpoint(Path path, WidgetCatalog catalog) {
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      Map<String, String> metadata = checkpoint.metadata();
      return embedded(
          checkpoint.name(),
          "checkpoint",
          new Embedded(entry(metadata, "prompt"), entry(metadata, "workflow"), List.of()),
          catalog);
    }
  }

  private static Embedded.@Nullable Text entry(Map<String, String> metadata, String name) {
    String json = metadata.get(name);
    return json == null ? null : new Embedded.Text("the metadata '" + name + "'", json);
  }

  private static Workflow embedded(
      String file, String kind, Embedded embedded, WidgetCatalog catalog) {
    JsonNode canvas = null;
    if (embedded.workflow() != null) {
      Embedded.Text text = embedded.workflow();
      canvas = WorkflowJson.parse(file, text.place(), text.json());
    }
    if (embedded.prompt() != null) {
      Embedded.Text text = embedded.prompt();
      JsonNode prompt = WorkflowJson.parse(file, text.place(), text.json());
      if (ApiForm.recognises(prompt)) {
        return new Workflow(ApiForm.nodes(file, prompt), Optional.ofNullable(canvas));
      }
      if (canvas == null) {
        throw Malformed.workflow(
            file, text.place() + " holds JSON, but not a graph of nodes; name another file.");
      }
    }
    if (canvas != null) {
      return workflow(file, canvas, catalog);
    }
    throw Malformed.workflow(
        file,
        "this "
            + kind
            + " holds no workflow: it has neither 'prompt' nor 'workflow'"
            + (embedded.others().isEmpty() ? "" : ", only " + String.join(", ", embedded.others()))
            + "; was it re-saved by another program, which drops them? Name the file as ComfyUI"
            + " saved it.");
  }

  private static Workflow workflow(String file, JsonNode json, WidgetCatalog catalog) {
    if (isCanvas(json)) {
      return new Workflow(CanvasConversion.nodes(file, json, catalog), Optional.of(json));
    }
    if (ApiForm.recognises(json)) {
      return new Workflow(ApiForm.nodes(file, json), Optional.empty());
    }
    JsonNode prompt = json.path("prompt");
    JsonNode beside = json.path("workflow");
    JsonNode canvas =
        isCanvas(beside) ? beside : json.path("extra_data").path("extra_pnginfo").path("workflow");
    if (ApiForm.recognises(prompt)) {
      return new Workflow(
          ApiForm.nodes(file, prompt), isCanvas(canvas) ? Optional.of(canvas) : Optional.empty());
    }
    if (isCanvas(canvas)) {
      return new Workflow(CanvasConversion.nodes(file, canvas, catalog), Optional.of(canvas));
    }
    throw Malformed.workflow(
        file,
        "holds JSON, but not a workflow: neither the editor's form, which has a list 'nodes', nor"
            + " the form that ComfyUI runs, whose nodes have a 'class_type'; save or export it from"
            + " ComfyUI again.");
  }

  private static boolean isCanvas(JsonNode json) {
    return json.path("nodes").isArray();
  }

  /// The length of a header that ends within the first 2^48 bytes, then its JSON.
  private static boolean isSafetensors(byte[] start) {
    return start.length > 8 && start[6] == 0 && start[7] == 0 && start[8] == '{';
  }

  /// Files that people drop in good faith.
  private static void refuseOthers(String file, byte[] start) {
    String latin = new String(start, StandardCharsets.ISO_8859_1);
    if (latin.startsWith("\u00FF\u00D8\u00FF")) {
      throw Malformed.workflow(
          file,
          "is a JPEG, which ComfyUI does not embed workflows in; name the PNG that it saved.");
    }
    if (latin.startsWith("PK\u0003\u0004")) {
      throw Malformed.workflow(
          file,
          "is a ZIP archive or a checkpoint of torch, which holds no workflow; unpack it, or name"
              + " a safetensors file, PNG, WebP or JSON.");
    }
  }
}
