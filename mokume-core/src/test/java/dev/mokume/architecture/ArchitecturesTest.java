package dev.mokume.architecture;

import static dev.mokume.architecture.Specs.detected;
import static dev.mokume.architecture.Specs.named;
import static dev.mokume.architecture.Specs.spec;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ArchitecturesTest {
  private static Block unet(String name) {
    return new Block(Component.UNET, name);
  }

  /// A residual block has 10 tensors, 12 with a skip connection; a transformer block 20, and 6
  /// around them.
  @Test
  void countsTheTensorsOfEachBlockOfSd15() {
    Map<Block, Integer> blocks = detected("sd15-unet").blocks();

    int residual = 10;
    int transformer = 6 + 20;
    assertThat(blocks)
        .containsEntry(unet("TIME"), 4)
        .containsEntry(unet("IN00"), 2)
        .containsEntry(unet("IN01"), residual + transformer)
        .containsEntry(unet("IN03"), 2)
        .containsEntry(unet("IN04"), residual + 2 + transformer)
        .containsEntry(unet("IN10"), residual)
        .containsEntry(unet("IN11"), residual)
        .containsEntry(unet("M00"), residual + transformer + residual)
        .containsEntry(unet("OUT00"), residual + 2)
        .containsEntry(unet("OUT02"), residual + 2 + 2)
        .containsEntry(unet("OUT05"), residual + 2 + transformer + 2)
        .containsEntry(unet("OUT11"), residual + 2 + transformer)
        .containsEntry(unet("OUT"), 4)
        .hasSize(1 + 12 + 1 + 12 + 1);
  }

  @Test
  void countsTheTensorsOfEachBlockOfSdxl() {
    Map<Block, Integer> blocks = detected("sdxl-unet").blocks();

    int residual = 10;
    assertThat(blocks)
        .containsEntry(unet("TIME"), 4)
        .containsEntry(unet("LABEL"), 4)
        .containsEntry(unet("IN00"), 2)
        .containsEntry(unet("IN01"), residual)
        .containsEntry(unet("IN04"), residual + 2 + 6 + 2 * 20)
        .containsEntry(unet("IN08"), residual + 6 + 10 * 20)
        .containsEntry(unet("M00"), residual + 6 + 10 * 20 + residual)
        .containsEntry(unet("OUT02"), residual + 2 + 6 + 10 * 20 + 2)
        .containsEntry(unet("OUT08"), residual + 2)
        .containsEntry(unet("OUT"), 4)
        .hasSize(2 + 9 + 1 + 9 + 1);
  }

  @Test
  void countsTheSameBlocksUnderDiffusersNames() {
    assertThat(detected("sdxl-diffusers-unet").blocks()).isEqualTo(detected("sdxl-unet").blocks());
    assertThat(withoutOthers(detected("sd15_kohya_lora_base_names")))
        .isEqualTo(withoutOthers(detected("sd15")));
  }

  private static Map<Block, Integer> withoutOthers(Detection detection) {
    Map<Block, Integer> blocks = new java.util.TreeMap<>(detection.blocks());
    blocks.remove(new Block(Component.CLIP_L, "EMBED"));
    return blocks;
  }

  @Test
  void ordersBlocksAsTheDataGoes() {
    assertThat(detected("sdxl-vpred").blocks().keySet().stream().map(Block::id))
        .startsWith("TIME", "LABEL", "IN00", "IN01")
        .containsSubsequence(
            "IN08", "M00", "OUT00", "OUT08", "OUT", "SAMPLING", "clip_l.EMBED", "clip_l.L00")
        .containsSubsequence(
            "clip_l.L11", "clip_l.NORM", "clip_g.EMBED", "clip_g.L31", "vae.ENC_IN", "vae.ENC00")
        .endsWith("vae.DEC03", "vae.DEC_OUT");
    assertThat(detected("flux-dev-unet").blocks().keySet().stream().map(Block::id))
        .startsWith("IMG_IN", "TXT_IN", "TIME_IN", "VECTOR_IN", "GUIDANCE_IN", "DB00")
        .containsSubsequence("DB18", "SB00", "SB09", "SB10", "SB37", "FINAL");
    assertThat(detected("tinyllama").blocks().keySet().stream().map(Block::id))
        .startsWith("EMBED", "L00", "L01")
        .endsWith("L21", "NORM", "HEAD");
  }

  @Test
  void explainsItself() {
    assertThat(detected("sdxl-vpred").toString())
        .isEqualTo(
            "SDXL, predicts velocity (v-prediction); carries the marker v_pred, carries the marker"
                + " ztsnr, carries edm_vpred markers (2,519 tensors; label_emb present; blocks up"
                + " to IN08; text width 2048; 4 input channels)");
    assertThat(detected("qwen-0.5b").toString())
        .isEqualTo(
            "a Qwen 2 language model (290 tensors; 24 layers; biases on q_proj; vocabulary 151,936,"
                + " width 896; feed-forward 4,864)");
    assertThat(detected("lora-sdxl").toString())
        .isEqualTo(
            "a LoRA for SDXL (2,958 tensors; names of low-rank factors; rank 16; text width 2048)");
    assertThat(detected("sd21").summary()).isEqualTo("SD 2.x, prediction type unknown");
  }

  @Test
  void putsTheAverageInTheBlocksOfItsUnet() {
    Detection detection = detected("sd15-ema");

    assertThat(detection.place("model_ema.diffusion_modelinput_blocks100emb_layers1bias").block())
        .isEqualTo(new Block(Component.EMA, "IN10"));
    for (String block :
        List.of("TIME", "IN00", "IN01", "IN10", "IN11", "M00", "OUT02", "OUT11", "OUT")) {
      assertThat(detection.blocks().get(new Block(Component.EMA, block)))
          .as(block)
          .isEqualTo(detection.blocks().get(unet(block)));
    }
    assertThat(
            detection.place(
                Detection.emaName("model.diffusion_model.input_blocks.10.0.emb_layers.1.bias")))
        .isEqualTo(
            new TensorPlace(
                Component.EMA,
                new Block(Component.EMA, "IN10"),
                "diffusion_modelinput_blocks100emb_layers1bias"));
  }

  @Test
  void tellsOneLocalNameHoweverATensorIsStored() {
    String local = "text_model.encoder.layers.3.mlp.fc1.weight";
    TensorPlace place =
        new TensorPlace(Component.CLIP_L, new Block(Component.CLIP_L, "L03"), local);

    assertThat(detected("sd15").place("cond_stage_model.transformer." + local)).isEqualTo(place);
    assertThat(
            detected("sd15-legacy")
                .place("cond_stage_model.transformer.encoder.layers.3.mlp.fc1.weight"))
        .isEqualTo(place);
    assertThat(detected("sdxl").place("conditioner.embedders.0.transformer." + local))
        .isEqualTo(place);
    assertThat(detected("flux-dev").place("text_encoders.clip_l.transformer." + local))
        .isEqualTo(place);
    assertThat(Architectures.detect(Specs.comfyUi("clip")).place("clip_l.transformer." + local))
        .isEqualTo(place);
  }

  @Nested
  class InMemoryNames {
    @Test
    void ofSd15() {
      Detection detection = Architectures.detect(Specs.comfyUi("sd15"));

      assertThat(detection.architecture()).isEqualTo(Architecture.SD15);
      assertThat(detection.traits())
          .containsExactlyInAnyOrder(Trait.COMFYUI_NAMES, Trait.DIFFUSION_MODEL_ONLY);
      assertThat(detection.components()).containsExactly(Map.entry(Component.UNET, 100));
      assertThat(detection.place("diffusion_model.input_blocks.1.0.in_layers.0.weight"))
          .isEqualTo(
              new TensorPlace(Component.UNET, unet("IN01"), "input_blocks.1.0.in_layers.0.weight"));
      assertThat(detection.place("diffusion_model.input_blocks.11.0.out_layers.0.bias").block())
          .isEqualTo(unet("IN11"));
      assertThat(detection.place("diffusion_model.middle_block.1.norm.weight").middlePart())
          .contains(unet("M00.1"));
      assertThat(detection.place("model_sampling.sigmas").block()).isEqualTo(unet("SAMPLING"));
    }

    @Test
    void ofSdxl() {
      Detection detection = Architectures.detect(Specs.comfyUi("sdxl"));

      assertThat(detection.architecture()).isEqualTo(Architecture.SDXL);
      assertThat(detection.place("diffusion_model.label_emb.0.0.weight").block())
          .isEqualTo(unet("LABEL"));
    }

    @Test
    void ofATextEncoder() {
      Detection detection = Architectures.detect(Specs.comfyUi("clip"));

      assertThat(detection.architecture()).isEqualTo(Architecture.TEXT_ENCODER);
      assertThat(detection.components()).containsExactly(Map.entry(Component.CLIP_L, 30));
      assertThat(detection.place("clip_l.logit_scale").block())
          .isEqualTo(new Block(Component.CLIP_L, "SCALE"));
      assertThat(detection.traits())
          .containsExactlyInAnyOrder(Trait.COMFYUI_NAMES, Trait.TEXT_ENCODERS_ONLY);
    }
  }

  @Nested
  class BareNames {
    @Test
    void ofADiffusionModel() {
      Detection detection =
          Architectures.detect(
              named("double_blocks.0.img_attn.qkv.weight", "single_blocks.3.linear1.weight"));

      assertThat(detection.architecture()).isEqualTo(Architecture.FLUX_SCHNELL);
      assertThat(detection.place("single_blocks.3.linear1.weight"))
          .isEqualTo(
              new TensorPlace(Component.UNET, unet("SB03"), "single_blocks.3.linear1.weight"));
    }

    @Test
    void ofATextEncoderByItsWidth() {
      String name = "text_model.embeddings.token_embedding.weight";

      assertThat(Architectures.detect(List.of(spec(name, 49408, 768))).place(name).component())
          .isEqualTo(Component.CLIP_L);
      assertThat(Architectures.detect(List.of(spec(name, 49408, 1280))).place(name).component())
          .isEqualTo(Component.CLIP_G);
    }

    @Test
    void ofALanguageModelWithWordsBeforeItsLayers() {
      Detection detection =
          Architectures.detect(named("model.language_model.layers.7.self_attn.q_proj.weight"));

      assertThat(detection.blocks().keySet()).containsExactly(new Block(Component.LM, "L07"));
    }

    @Test
    void ofGpt2WithAPrefixThatCanMeanAnotherThing() {
      Detection detection =
          Architectures.detect(
              named("transformer.h.3.attn.c_attn.weight", "transformer.wte.weight"));

      assertThat(detection.architecture()).isEqualTo(Architecture.GPT2);
      assertThat(detection.place("transformer.h.3.attn.c_attn.weight").block())
          .isEqualTo(new Block(Component.LM, "L03"));
    }

    @Test
    void ofAFluxTransformerInADiffusersFolder() {
      Detection detection =
          Architectures.detect(
              named(
                  "transformer.transformer_blocks.1.attn.to_q.weight",
                  "transformer.single_transformer_blocks.0.norm.linear.weight"));

      assertThat(detection.architecture()).isEqualTo(Architecture.FLUX_SCHNELL);
      assertThat(detection.traits()).contains(Trait.DIFFUSERS_NAMES);
      assertThat(detection.place("transformer.transformer_blocks.1.attn.to_q.weight").block())
          .isEqualTo(unet("DB01"));
    }
  }

  @Nested
  class UnknownArchitecture {
    @Test
    void getsBlocksFromNumbersInItsNames() {
      Detection detection =
          Architectures.detect(
              named(
                  "layers.3.weight",
                  "layers.10.weight",
                  "encoder.layers.3.bias",
                  "conv_46.bias",
                  "gamma"));

      assertThat(detection.architecture()).isEqualTo(Architecture.UNKNOWN);
      assertThat(detection.traits()).containsExactly(Trait.INFERRED_BLOCKS);
      assertThat(detection.mainComponents()).containsExactly(Component.OTHER);
      assertThat(detection.blocks().keySet().stream().map(Block::id))
          .containsExactly("conv_46", "encoder.layers.3", "gamma", "layers.3", "layers.10");
      assertThat(detection.toString())
          .isEqualTo(
              "an architecture that Mokume does not know; blocks inferred from numbers in the names"
                  + " (5 tensors; no known names; blocks come from the first number in each name)");
    }

    @Test
    void isNotTakenForAVaeByAnOrdinaryWord() {
      Detection detection = Architectures.detect(named("vae.something.weight", "te.weight"));

      assertThat(detection.components()).containsExactly(Map.entry(Component.OTHER, 2));
    }

    @Test
    void canBeEmpty() {
      assertThat(Architectures.detect(List.of()).architecture()).isEqualTo(Architecture.UNKNOWN);
    }
  }

  @Test
  void believesMetadataWhereNamesCannotTell() {
    List<TensorSpec> sd21 = Layouts.load("sd21").specs();

    assertThat(Architectures.detect(sd21, Map.of("modelspec.prediction_type", "v")).prediction())
        .isEqualTo(Prediction.V);
    assertThat(
            Architectures.detect(sd21, Map.of("modelspec.prediction_type", "epsilon")).prediction())
        .isEqualTo(Prediction.EPSILON);
  }

  @Test
  void tellsTheRefinerFromSd2() {
    List<TensorSpec> refiner = new ArrayList<>();
    for (TensorSpec spec : Layouts.load("sd15-unet").specs()) {
      boolean context = spec.name().endsWith(".attn2.to_k.weight");
      refiner.add(context ? spec(spec.name(), 1536, 1280) : spec);
    }
    refiner.add(spec("model.diffusion_model.label_emb.0.0.weight", 1536, 2560));

    assertThat(Architectures.detect(refiner).architecture()).isEqualTo(Architecture.SDXL_REFINER);
  }

  @Test
  void tellsWhatALoraChanges() {
    Detection kohya = detected("lora-sd15");
    assertThat(kohya.target()).contains(Architecture.SD15);
    assertThat(
            kohya.place("lora_unet_down_blocks_1_attentions_0_proj_in.lora_up.weight").block().id())
        .isEqualTo("IN04");
    assertThat(kohya.place("lora_te_text_model_encoder_layers_3_mlp_fc1.alpha").block().id())
        .isEqualTo("te:L03");

    Detection peft =
        Architectures.detect(
            named(
                "transformer.single_transformer_blocks.4.attn.to_k.lora_A.weight",
                "transformer.single_transformer_blocks.4.attn.to_k.lora_B.weight"));
    assertThat(peft.target()).contains(Architecture.FLUX_DEV);
    assertThat(peft.blocks().keySet().stream().map(Block::id)).containsExactly("SB04");
  }
}
