package dev.mokume.architecture;

import static dev.mokume.architecture.Specs.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Transformers of films and pictures by a few of their names, as their official files have them.
class TransformerDetectionTest {
  private static final List<TensorSpec> AURAFLOW =
      List.of(
          spec("positional_encoding", 1, 4, 2),
          spec("init_x_linear.weight", 2, 16),
          spec("cond_seq_linear.weight", 2, 3),
          spec("t_embedder.mlp.0.weight", 2, 2),
          spec("register_tokens", 1, 8, 2),
          spec("double_layers.0.attn.w1q.weight", 2, 2),
          spec("double_layers.3.mlpC.c_fc1.weight", 2, 2),
          spec("single_layers.31.attn.w1o.weight", 2, 2),
          spec("modF.1.weight", 2, 2),
          spec("final_linear.weight", 2, 2));
  private static final List<TensorSpec> QWEN_IMAGE =
      List.of(
          spec("img_in.weight", 2, 64),
          spec("txt_in.weight", 2, 2),
          spec("txt_norm.weight", 2),
          spec("time_text_embed.timestep_embedder.linear_1.weight", 2, 2),
          spec("transformer_blocks.0.attn.add_k_proj.weight", 2, 2),
          spec("transformer_blocks.59.img_mod.1.weight", 2, 2),
          spec("norm_out.linear.weight", 2, 2),
          spec("proj_out.weight", 2, 2));
  private static final List<TensorSpec> MOCHI =
      List.of(
          spec("pos_frequencies", 3, 1, 1),
          spec("x_embedder.proj.weight", 2, 12, 2, 2),
          spec("t_embedder.mlp.0.weight", 2, 2),
          spec("t5_y_embedder.to_q.weight", 2, 2),
          spec("t5_yproj.weight", 2, 2),
          spec("blocks.0.attn.qkv_x.weight", 6, 2),
          spec("blocks.47.mod_x.weight", 2, 2),
          spec("final_layer.mod.weight", 2, 2));
  private static final List<TensorSpec> LTXV =
      List.of(
          spec("patchify_proj.weight", 2, 128),
          spec("caption_projection.linear_1.weight", 2, 2),
          spec("adaln_single.emb.timestep_embedder.linear_1.bias", 2),
          spec("transformer_blocks.0.scale_shift_table", 6, 2),
          spec("transformer_blocks.27.attn2.to_k.weight", 2, 2),
          spec("scale_shift_table", 2, 2),
          spec("proj_out.weight", 2, 2));
  private static final List<TensorSpec> COSMOS =
      List.of(
          spec("pos_embedder.seq", 2),
          spec("extra_pos_embedder.pos_emb_h", 2, 2),
          spec("x_embedder.proj.1.weight", 2, 68),
          spec("t_embedder.1.linear_1.weight", 2, 2),
          spec("affline_norm.weight", 2),
          spec("blocks.block0.blocks.0.block.attn.to_q.0.weight", 2, 2),
          spec("blocks.block27.blocks.2.block.layer1.weight", 2, 2),
          spec("final_layer.linear.weight", 2, 2));
  private static final List<TensorSpec> COSMOS_PREDICT2 =
      List.of(
          spec("pos_embedder.seq", 2),
          spec("x_embedder.proj.1.weight", 2, 68),
          spec("t_embedder.1.linear_1.weight", 2, 2),
          spec("t_embedding_norm.weight", 2),
          spec("blocks.0.adaln_modulation_self_attn.1.weight", 2, 2),
          spec("blocks.35.mlp.layer1.weight", 2, 2),
          spec("final_layer.linear.weight", 2, 2));
  private static final List<TensorSpec> WAN =
      List.of(
          spec("patch_embedding.weight", 2, 36, 1, 2, 2),
          spec("text_embedding.0.weight", 2, 2),
          spec("img_emb.proj.0.weight", 2),
          spec("time_embedding.0.weight", 2, 2),
          spec("time_projection.1.weight", 2, 2),
          spec("blocks.0.modulation", 1, 6, 2),
          spec("blocks.39.self_attn.q.weight", 2, 2),
          spec("head.modulation", 1, 2, 2),
          spec("head.head.weight", 2, 2));

  static Stream<Arguments> models() {
    return Stream.of(
        Arguments.of(Architecture.AURAFLOW, AURAFLOW, 16),
        Arguments.of(Architecture.QWEN_IMAGE, QWEN_IMAGE, 64),
        Arguments.of(Architecture.MOCHI, MOCHI, 12),
        Arguments.of(Architecture.LTXV, LTXV, 128),
        Arguments.of(Architecture.COSMOS, COSMOS, 68),
        Arguments.of(Architecture.COSMOS_PREDICT2, COSMOS_PREDICT2, 68),
        Arguments.of(Architecture.WAN, WAN, 36));
  }

  private static List<TensorSpec> under(String prefix, List<TensorSpec> tensors) {
    return tensors.stream()
        .map(spec -> new TensorSpec(prefix + spec.name(), spec.dtype(), spec.shape()))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("models")
  void isToldFromBareNamesAndUnderEveryPrefix(
      Architecture architecture, List<TensorSpec> tensors, int channels) {
    for (String prefix :
        List.of(
            "", "model.diffusion_model.", "diffusion_model.", "net.", "model.", "transformer.")) {
      Detection detection = Architectures.detect(under(prefix, tensors));

      assertThat(detection.architecture()).as(prefix).isEqualTo(architecture);
      assertThat(detection.components()).as(prefix).containsOnlyKeys(Component.UNET);
      assertThat(detection.inputChannels()).as(prefix).hasValue(channels);
      assertThat(detection.has(Trait.DIFFUSION_MODEL_ONLY)).isTrue();
      assertThat(detection.form(Component.UNET).orElseThrow().inCheckpoint(architecture))
          .map(form -> form.name(tensors.getFirst().name()))
          .contains("model.diffusion_model." + tensors.getFirst().name());
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void hasItsBlocksInTheOrderOfTheDatasWay(Architecture architecture, List<TensorSpec> tensors) {
    Detection detection = Architectures.detect(tensors);

    List<String> inOrder = new ArrayList<>();
    for (TensorSpec spec : tensors) {
      String block = detection.place(spec.name()).block().name();
      if (!inOrder.contains(block)) {
        inOrder.add(block);
      }
    }
    assertThat(inOrder).as(architecture.id()).doesNotContain("OTHER");
    assertThat(detection.blocks().keySet().stream().map(Block::name))
        .containsExactlyElementsOf(inOrder);
  }

  @ParameterizedTest
  @CsvSource({
    "double_layers.3, DB03",
    "single_layers.31, SB31",
    "DB00-DB03, DB00 DB03",
  })
  void blocksOfAuraFlowGoByTheNamesOfItsNode(String typed, String blocks) {
    assertThat(found(AURAFLOW, typed)).containsExactly(blocks.split(" "));
  }

  @Test
  void numberedBlocksGoByTheNamesOfTheirNodes() {
    assertThat(found(WAN, "blocks.39")).containsExactly("B39");
    assertThat(found(COSMOS, "blocks.block27")).containsExactly("B27");
    assertThat(found(QWEN_IMAGE, "transformer_blocks.59")).containsExactly("B59");
    assertThat(found(MOCHI, "b47")).containsExactly("B47");
  }

  private static List<String> found(List<TensorSpec> tensors, String typed) {
    return new BlockNames(Architectures.detect(tensors))
        .find(typed).stream().map(Block::name).toList();
  }

  @Test
  void theFlowModelsPredictFlowAndCosmos1DoesNot() {
    Set<Architecture> flow =
        models()
            .filter(model -> Architectures.detect(tensors(model)).prediction() == Prediction.FLOW)
            .map(model -> (Architecture) model.get()[0])
            .collect(Collectors.toSet());

    assertThat(flow)
        .containsExactlyInAnyOrder(
            Architecture.AURAFLOW,
            Architecture.QWEN_IMAGE,
            Architecture.MOCHI,
            Architecture.LTXV,
            Architecture.COSMOS_PREDICT2,
            Architecture.WAN);
  }

  @SuppressWarnings("unchecked")
  private static List<TensorSpec> tensors(Arguments model) {
    return (List<TensorSpec>) model.get()[1];
  }

  @Test
  void saysWhy() {
    assertThat(Architectures.detect(WAN).toString())
        .isEqualTo(
            "WAN 2, predicts flow; diffusion model only (9 tensors; names start with blocks.;"
                + " blocks up to 39; 36 input channels)");
  }

  @Test
  void aFileWithItsAutoencoderHasBoth() {
    List<TensorSpec> whole = new ArrayList<>(under("model.diffusion_model.", LTXV));
    whole.add(spec("vae.decoder.up_blocks.0.res_blocks.0.conv1.conv.weight", 2, 2, 3, 3, 3));
    whole.add(spec("vae.per_channel_statistics.mean-of-means", 128));
    Detection detection = Architectures.detect(whole);

    assertThat(detection.architecture()).isEqualTo(Architecture.LTXV);
    assertThat(detection.components()).containsOnlyKeys(Component.UNET, Component.VAE);
    assertThat(detection.traits()).isEmpty();
    assertThat(detection.form(Component.VAE).orElseThrow().inCheckpoint(Architecture.LTXV))
        .map(StoredForm::prefix)
        .contains("vae.");
  }

  @Test
  void anAutoencoderOfWanOnItsOwn() {
    Detection detection =
        Architectures.detect(
            List.of(
                spec("encoder.downsamples.0.residual.2.weight", 2, 2, 3, 3, 3),
                spec("decoder.upsamples.0.residual.2.weight", 2, 2, 3, 3, 3),
                spec("conv1.weight", 2, 2, 1, 1, 1)));

    assertThat(detection.architecture()).isEqualTo(Architecture.VAE);
    assertThat(detection.traits()).containsExactly(Trait.VAE_ONLY);
  }

  @Test
  void theTextEncoderOfWanGoesUnderItsOwnPrefix() {
    StoredForm bare =
        Architectures.detect(
                Specs.named("encoder.block.0.layer.0.SelfAttention.q.weight", "shared.weight"))
            .form(Component.T5XXL)
            .orElseThrow();

    assertThat(bare.inCheckpoint(Architecture.WAN).map(StoredForm::prefix))
        .contains("text_encoders.umt5xxl.transformer.");
    assertThat(bare.inCheckpoint(Architecture.AURAFLOW).map(StoredForm::prefix))
        .contains("text_encoders.pile_t5xl.transformer.");
    assertThat(bare.inCheckpoint(Architecture.COSMOS_PREDICT2).map(StoredForm::prefix))
        .contains("cond_stage_model.t5xxl.transformer.");
  }

  /// Hundreds of thousands of tensors, of several models, are in few blocks.
  @Test
  void tensorsShareTheirBlocksAndModelsTheirNames() {
    List<TensorSpec> specs =
        Specs.named(
            "model.layers.0.mlp.experts.0.w1.weight", "model.layers.0.mlp.experts.1.w1.weight");
    TensorPlace first = Architectures.detect(specs).place(specs.getFirst().name());
    Detection other = Architectures.detect(List.copyOf(specs));

    assertThat(other.place(specs.getLast().name()).block())
        .isEqualTo(first.block())
        .isSameAs(other.place(specs.getFirst().name()).block());
    assertThat(other.place(specs.getFirst().name()).localName()).isSameAs(first.localName());
  }
}
