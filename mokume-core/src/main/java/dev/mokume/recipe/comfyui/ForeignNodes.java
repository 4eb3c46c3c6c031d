package dev.mokume.recipe.comfyui;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Nodes that workflows have around their merges and that Mokume does not run: what they do, or at
/// least where they come from.
final class ForeignNodes {
  private static final Map<String, String> KNOWN = known();
  private static final SequencedMap<String, String> PACKS = packs();

  private ForeignNodes() {}

  /// Why a node of that class is not run, as a clause.
  static String why(String type) {
    String does = KNOWN.get(type);
    if (does != null) {
      return "it " + does;
    }
    return pack(type)
        .map(pack -> "it is a node of " + pack + ", which Mokume does not know")
        .orElse("Mokume does not know its class");
  }

  private static Optional<String> pack(String type) {
    return PACKS.entrySet().stream()
        .filter(entry -> type.contains(entry.getKey()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  private static Map<String, String> known() {
    Map<String, String> known = new HashMap<>();
    put(known, "samples", "KSampler KSamplerAdvanced SamplerCustom SamplerCustomAdvanced");
    put(
        known,
        "sets up sampling",
        "KSamplerSelect BasicScheduler BasicGuider CFGGuider RandomNoise KarrasScheduler"
            + " SDTurboScheduler FluxGuidance");
    put(
        known,
        "encodes a prompt",
        "CLIPTextEncode CLIPTextEncodeSDXL CLIPTextEncodeSDXLRefiner CLIPTextEncodeFlux"
            + " CLIPTextEncodeSD3 ConditioningCombine ConditioningConcat ConditioningAverage"
            + " ConditioningSetArea ConditioningZeroOut");
    put(
        known,
        "makes or changes latents",
        "EmptyLatentImage EmptySD3LatentImage LatentUpscale LatentUpscaleBy VAEEncode"
            + " VAEEncodeTiled VAEEncodeForInpaint RepeatLatentBatch");
    put(known, "decodes an image", "VAEDecode VAEDecodeTiled");
    put(
        known,
        "loads, shows, saves or changes images",
        "SaveImage PreviewImage LoadImage LoadImageMask ImageScale ImageScaleBy"
            + " ImageUpscaleWithModel UpscaleModelLoader SaveAnimatedWEBP SaveAnimatedPNG");
    put(
        known,
        "changes how a model is sampled and not its weights; take the output before it",
        "ModelSamplingDiscrete ModelSamplingSD3 ModelSamplingFlux ModelSamplingAuraFlow"
            + " RescaleCFG CLIPSetLastLayer FreeU FreeU_V2 PerturbedAttentionGuidance"
            + " SelfAttentionGuidance HyperTile PatchModelAddDownscale TomePatchModel");
    put(
        known,
        "guides sampling",
        "ControlNetLoader ControlNetApply ControlNetApplyAdvanced CLIPVisionLoader"
            + " CLIPVisionEncode unCLIPConditioning IPAdapter");
    return Map.copyOf(known);
  }

  private static void put(Map<String, String> known, String does, String types) {
    for (String type : types.split(" ")) {
      known.put(type, does);
    }
  }

  /// What the names of a pack's nodes contain. Source: the packs' own lists of nodes.
  private static SequencedMap<String, String> packs() {
    SequencedMap<String, String> packs = new LinkedHashMap<>();
    packs.put("(rgthree)", "rgthree-comfy");
    packs.put("|pysssss", "ComfyUI-Custom-Scripts");
    packs.put("[Crystools]", "ComfyUI-Crystools");
    packs.put("easy ", "ComfyUI-Easy-Use");
    packs.put("Impact", "ComfyUI-Impact-Pack");
    packs.put("FaceDetailer", "ComfyUI-Impact-Pack");
    packs.put("SDXLPromptStyler", "sdxl_prompt_styler");
    packs.put("Efficient", "efficiency-nodes-comfyui");
    packs.put("CR ", "ComfyUI_Comfyroll_CustomNodes");
    packs.put("ttN ", "ComfyUI_tinyterraNodes");
    packs.put("IPAdapter", "ComfyUI_IPAdapter_plus");
    packs.put("VHS_", "ComfyUI-VideoHelperSuite");
    packs.put("ADE_", "ComfyUI-AnimateDiff-Evolved");
    packs.put("KJNodes", "ComfyUI-KJNodes");
    packs.put("UltimateSDUpscale", "ComfyUI_UltimateSDUpscale");
    packs.put("DM_", "a newer ComfyUI-DareMerge");
    packs.put("ModelMerge", "a newer ComfyUI");
    packs.put("CLIPMerge", "a newer ComfyUI");
    return packs;
  }
}
