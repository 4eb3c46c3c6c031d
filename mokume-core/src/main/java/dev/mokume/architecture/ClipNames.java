package dev.mokume.architecture;

/// CLIP's text tower as OpenCLIP stores it and as the transformers library does.
///
/// OpenCLIP stores query, key and value of an attention as one matrix (`in_proj_weight`), and
/// multiplies by its text projection from the other side. Source: the two libraries' modules;
/// ComfyUI converts alike when it loads and saves SD 2.x and SDXL.
final class ClipNames {
  /// OpenCLIP's names and the transformers library's.
  static final NameMap MAP =
      NameMap.of()
          .stage(
              "transformer.resblocks.#.",
              "text_model.encoder.layers.#.",
              Vocabulary.of()
                  .modules("ln_1", "layer_norm1", "ln_2", "layer_norm2")
                  .modules("mlp.c_fc", "mlp.fc1", "mlp.c_proj", "mlp.fc2")
                  .modules("attn.out_proj", "self_attn.out_proj")
                  .fusedParameter(
                      "attn.in_proj_weight",
                      "self_attn.q_proj.weight",
                      "self_attn.k_proj.weight",
                      "self_attn.v_proj.weight")
                  .fusedParameter(
                      "attn.in_proj_bias",
                      "self_attn.q_proj.bias",
                      "self_attn.k_proj.bias",
                      "self_attn.v_proj.bias"))
          .stage(
              "",
              "",
              Vocabulary.of()
                  .parameters(
                      "token_embedding.weight", "text_model.embeddings.token_embedding.weight")
                  .parameters(
                      "positional_embedding", "text_model.embeddings.position_embedding.weight")
                  .modules("ln_final", "text_model.final_layer_norm")
                  .parameters("logit_scale", "logit_scale")
                  .transposed("text_projection", "text_projection.weight"));

  private ClipNames() {}

  /// Old merges lack `text_model.`: with it, one tensor has one local name however it is stored.
  static String present(String localName) {
    boolean legacy =
        localName.startsWith("encoder.layers.")
            || localName.startsWith("embeddings.")
            || localName.startsWith("final_layer_norm.");
    return legacy ? "text_model." + localName : localName;
  }
}
