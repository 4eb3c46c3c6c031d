package dev.mokume.architecture;

import dev.mokume.architecture.StoredForm.Piece;
import dev.mokume.architecture.StoredForm.Piece.Kind;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// CLIP's text tower as OpenCLIP stores it and as the transformers library does.
///
/// OpenCLIP stores query, key and value of an attention as one matrix (`in_proj_weight`), and
/// multiplies by its text projection from the other side. Source: the two libraries' modules;
/// ComfyUI converts alike when it loads and saves SD 2.x and SDXL.
final class ClipNames {
  private static final String OPEN_LAYER = "transformer.resblocks.";
  private static final String LAYER = "text_model.encoder.layers.";
  private static final String OPEN_PROJECTION = "text_projection";
  private static final String PROJECTION = "text_projection.weight";
  private static final String FUSED = "attn.in_proj_";
  private static final List<String> SPLIT = List.of("q_proj", "k_proj", "v_proj");

  /// OpenCLIP's name to the other, outside of the layers.
  private static final Map<String, String> ENDS =
      Map.of(
          "token_embedding.weight", "text_model.embeddings.token_embedding.weight",
          "positional_embedding", "text_model.embeddings.position_embedding.weight",
          "ln_final.weight", "text_model.final_layer_norm.weight",
          "ln_final.bias", "text_model.final_layer_norm.bias",
          "logit_scale", "logit_scale");

  /// Within a layer, without `weight` or `bias`.
  private static final Map<String, String> MODULES =
      Map.of(
          "ln_1.", "layer_norm1.",
          "ln_2.", "layer_norm2.",
          "mlp.c_fc.", "mlp.fc1.",
          "mlp.c_proj.", "mlp.fc2.",
          "attn.out_proj.", "self_attn.out_proj.");

  private static final Map<String, String> OPEN_ENDS = inverse(ENDS);
  private static final Map<String, String> OPEN_MODULES = inverse(MODULES);

  private ClipNames() {}

  private static Map<String, String> inverse(Map<String, String> names) {
    return names.entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getValue, Map.Entry::getKey));
  }

  /// What a tensor of OpenCLIP's becomes: one or three; none for what only OpenCLIP stores.
  static List<Piece> asHuggingFace(String name) {
    if (name.equals(OPEN_PROJECTION)) {
      return List.of(new Piece(PROJECTION, Kind.TRANSPOSED, 0));
    }
    int layer = Segments.numberAfter(name, OPEN_LAYER);
    if (layer < 0) {
      return whole(Optional.ofNullable(ENDS.get(name)));
    }
    String there = LAYER + layer + ".";
    String inLayer = inLayer(name, OPEN_LAYER, layer);
    if (inLayer.equals(FUSED + "weight") || inLayer.equals(FUSED + "bias")) {
      String kind = inLayer.substring(FUSED.length());
      return List.of(slice(there, 0, kind), slice(there, 1, kind), slice(there, 2, kind));
    }
    return whole(module(inLayer, MODULES).map(there::concat));
  }

  private static Piece slice(String layer, int part, String kind) {
    return new Piece(layer + "self_attn." + SPLIT.get(part) + "." + kind, Kind.SLICE, part);
  }

  private static List<Piece> whole(Optional<String> name) {
    return name.map(Piece::whole).map(List::of).orElse(List.of());
  }

  /// What a tensor becomes in OpenCLIP's form; nothing for what that does not store, such as the
  /// numbers of the places.
  static Optional<Piece> asOpenClip(String name) {
    if (name.equals(PROJECTION)) {
      return Optional.of(new Piece(OPEN_PROJECTION, Kind.TRANSPOSED, 0));
    }
    int layer = Segments.numberAfter(name, LAYER);
    if (layer < 0) {
      return Optional.ofNullable(OPEN_ENDS.get(name)).map(Piece::whole);
    }
    String there = OPEN_LAYER + layer + ".";
    String inLayer = inLayer(name, LAYER, layer);
    for (int part = 0; part < SPLIT.size(); part++) {
      String split = "self_attn." + SPLIT.get(part) + ".";
      String kind = inLayer.startsWith(split) ? inLayer.substring(split.length()) : "";
      if (kind.equals("weight") || kind.equals("bias")) {
        return Optional.of(new Piece(there + FUSED + kind, Kind.SHARE, part));
      }
    }
    return module(inLayer, OPEN_MODULES).map(there::concat).map(Piece::whole);
  }

  private static String inLayer(String name, String layers, int layer) {
    int start = layers.length() + Integer.toString(layer).length() + 1;
    return start <= name.length() ? name.substring(start) : "";
  }

  private static Optional<String> module(String inLayer, Map<String, String> modules) {
    for (String kind : List.of("weight", "bias")) {
      String there =
          inLayer.endsWith(kind)
              ? modules.get(inLayer.substring(0, inLayer.length() - kind.length()))
              : null;
      if (there != null) {
        return Optional.of(there + kind);
      }
    }
    return Optional.empty();
  }
}
