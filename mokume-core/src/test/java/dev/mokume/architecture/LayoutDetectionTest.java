package dev.mokume.architecture;

import static dev.mokume.architecture.Architecture.FLUX_DEV;
import static dev.mokume.architecture.Architecture.FLUX_SCHNELL;
import static dev.mokume.architecture.Architecture.GPT2;
import static dev.mokume.architecture.Architecture.LLAMA;
import static dev.mokume.architecture.Architecture.LORA;
import static dev.mokume.architecture.Architecture.MISTRAL;
import static dev.mokume.architecture.Architecture.QWEN2;
import static dev.mokume.architecture.Architecture.QWEN3;
import static dev.mokume.architecture.Architecture.SD15;
import static dev.mokume.architecture.Architecture.SD21;
import static dev.mokume.architecture.Architecture.SD3;
import static dev.mokume.architecture.Architecture.SDXL;
import static dev.mokume.architecture.Architecture.VAE;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every layout that Mokume carries is told for what it is.
class LayoutDetectionTest {
  private record Expected(Architecture architecture, Prediction prediction, Set<Trait> traits) {}

  private static final Map<String, Expected> EXPECTED =
      Map.ofEntries(
          entry("flux_dev_diffuser_bf16", flow(FLUX_DEV, Trait.DIFFUSION_MODEL_ONLY)),
          entry("flux_dev_full_bf16", flow(FLUX_DEV)),
          entry("flux_schnell_diffuser_bf16", flow(FLUX_SCHNELL, Trait.DIFFUSION_MODEL_ONLY)),
          entry("gpt2_124m_f32", none(GPT2)),
          entry("llama32_1b_bf16", none(LLAMA)),
          entry("lora_sd15_kohya_r16_f16", none(LORA)),
          entry("lora_sdxl_kohya_r16_f16", none(LORA)),
          entry("mistral_7b_bf16", none(MISTRAL)),
          entry("qwen25_0_5b_bf16", none(QWEN2)),
          entry("qwen3_0_6b_bf16", none(QWEN3)),
          entry("sd15_clip_l_f16", epsilon(SD15, Trait.TEXT_ENCODERS_ONLY)),
          entry("sd15_full_ema_f32", epsilon(SD15, Trait.EMA, Trait.SCHEDULE_BUFFERS)),
          entry("sd15_full_f16", epsilon(SD15)),
          entry("sd15_full_f16_legacy_clip_keys", epsilon(SD15, Trait.LEGACY_CLIP_NAMES)),
          entry("sd15_full_f32", epsilon(SD15, Trait.SCHEDULE_BUFFERS)),
          entry("sd15_inpaint_f16", epsilon(SD15, Trait.INPAINTING)),
          entry("sd15_kohya_lora_base_names", epsilon(SD15, Trait.DIFFUSERS_NAMES)),
          entry("sd15_unet_f16", epsilon(SD15, Trait.DIFFUSION_MODEL_ONLY)),
          entry("sd15_vae_f32", none(VAE, Trait.VAE_ONLY)),
          entry("sd21_full_f16", new Expected(SD21, Prediction.UNKNOWN, Set.of())),
          entry("sd3_medium_full_f16", flow(SD3)),
          entry("sd3_medium_mmdit_f16", flow(SD3, Trait.DIFFUSION_MODEL_ONLY)),
          entry("sdxl_clip_g_f16", epsilon(SDXL, Trait.TEXT_ENCODERS_ONLY)),
          entry(
              "sdxl_diffusers_unet_f16",
              epsilon(SDXL, Trait.DIFFUSERS_NAMES, Trait.DIFFUSION_MODEL_ONLY)),
          entry("sdxl_full_f16", epsilon(SDXL)),
          entry("sdxl_full_f32", epsilon(SDXL)),
          entry("sdxl_kohya_lora_base_names", epsilon(SDXL)),
          entry("sdxl_unet_f16", epsilon(SDXL, Trait.DIFFUSION_MODEL_ONLY)),
          entry(
              "sdxl_vpred_f16",
              new Expected(
                  SDXL,
                  Prediction.V,
                  EnumSet.of(
                      Trait.V_PREDICTION_MARKER,
                      Trait.ZERO_TERMINAL_SNR_MARKER,
                      Trait.EDM_MARKERS))),
          entry("tinyllama_1_1b_bf16", none(LLAMA)));

  private static Expected epsilon(Architecture architecture, Trait... traits) {
    return new Expected(architecture, Prediction.EPSILON, Set.of(traits));
  }

  private static Expected flow(Architecture architecture, Trait... traits) {
    return new Expected(architecture, Prediction.FLOW, Set.of(traits));
  }

  private static Expected none(Architecture architecture, Trait... traits) {
    return new Expected(architecture, Prediction.UNKNOWN, Set.of(traits));
  }

  @Test
  void everyLayoutIsExpectedSomewhere() {
    assertThat(Layouts.names()).containsExactlyInAnyOrderElementsOf(EXPECTED.keySet());
  }

  @ParameterizedTest
  @MethodSource("dev.mokume.architecture.Layouts#names")
  void isWhatItIs(String name) {
    Detection detection = Specs.detected(name);

    assertThat(new Expected(detection.architecture(), detection.prediction(), detection.traits()))
        .isEqualTo(EXPECTED.get(name));
  }

  @ParameterizedTest
  @MethodSource("dev.mokume.architecture.Layouts#names")
  void givesEveryTensorItsComponent(String name) {
    Layout layout = Layouts.load(name);
    Detection detection = Architectures.detect(layout.specs());

    Map<String, Component> told = new LinkedHashMap<>();
    Map<String, Component> known = new LinkedHashMap<>();
    layout
        .tensors()
        .forEach((tensor, entry) -> {
          told.put(tensor, detection.place(tensor).component());
          known.put(tensor, entry.component());
        });
    assertThat(told).isEqualTo(known);
  }

  @ParameterizedTest
  @MethodSource("dev.mokume.architecture.Layouts#names")
  void givesEveryTensorABlock(String name) {
    Set<Block> homeless =
        Specs.detected(name).blocks().keySet().stream()
            .filter(block -> block.name().endsWith("OTHER"))
            .collect(Collectors.toSet());

    // An average's counters belong to no block; LoRAs may change layers outside the blocks.
    assertThat(homeless).isSubsetOf(new Block(Component.EMA, "OTHER"));
  }

  @ParameterizedTest
  @MethodSource("dev.mokume.architecture.Layouts#names")
  void hasTheBlocksOfItsArchitecture(String name) {
    Detection detection = Specs.detected(name);

    if (detection.components().containsKey(Component.UNET)) {
      assertThat(
              detection.blocks().keySet().stream()
                  .filter(block ->
                      block.component() == Component.UNET && !block.name().equals("SAMPLING")))
          .containsExactlyElementsOf(detection.architecture().blocks());
    }
  }
}
