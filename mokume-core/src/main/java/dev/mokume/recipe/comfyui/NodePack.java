package dev.mokume.recipe.comfyui;

/// A package of nodes, by ComfyUI's `python_module`.
public enum NodePack {
  COMFYUI("nodes"),
  COMFYUI_MERGING("comfy_extras.nodes_model_merging"),
  COMFYUI_EXTRAS("comfy_extras"),
  DAREMERGE("custom_nodes.ComfyUI-DareMerge"),
  MOKUME("custom_nodes.mokume");

  private final String module;

  NodePack(String module) {
    this.module = module;
  }

  public String module() {
    return module;
  }
}
