package dev.mokume.architecture;

import static dev.mokume.architecture.Specs.detected;
import static dev.mokume.architecture.Specs.named;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MismatchTest {
  private static List<Mismatch> between(Detection a, Detection b) {
    return Mismatch.between("a.safetensors", a, "b.safetensors", b);
  }

  @ParameterizedTest
  @CsvSource({
    "sd15, sd15_full_f32",
    "sd15, sd15-ema",
    "sd15, sd15-unet",
    "sd15, sd15-vae",
    "sdxl, sd15-vae",
    "sd15, sd15-legacy",
    "sdxl, sdxl-unet",
    "flux-dev, flux-schnell",
    "tinyllama, llama-1b",
    "llama-1b, mistral-7b",
    "lora-sdxl, lora-sdxl"
  })
  void relativesFit(String a, String b) {
    assertThat(between(detected(a), detected(b))).isEmpty();
  }

  @Test
  void anotherFamilyDoesNotFit() {
    assertThat(between(detected("sd15"), detected("sd21")))
        .containsExactly(
            new Mismatch(
                Mismatch.Kind.ARCHITECTURE,
                "b.safetensors does not fit a.safetensors: this looks like SD 2.x against SD 1.x."
                    + " Merge checkpoints of one family."));
    assertThat(between(detected("sd15-unet"), detected("flux-dev-unet")))
        .extracting(Mismatch::text)
        .containsExactly(
            "b.safetensors does not fit a.safetensors: this looks like FLUX.1 dev against SD 1.x."
                + " Merge checkpoints of one family.");
    assertThat(between(detected("lora-sd15"), detected("lora-sdxl")))
        .extracting(Mismatch::text)
        .containsExactly(
            "b.safetensors does not fit a.safetensors: this looks like a LoRA for SDXL against a"
                + " LoRA for SD 1.x. Merge checkpoints of one family.");
  }

  @Test
  void whatSharesNoComponentDoesNotFit() {
    assertThat(between(detected("sd15-unet"), Architectures.detect(named("conv_1.weight"))))
        .extracting(Mismatch::problem)
        .containsExactly(
            new Problem(
                ErrorCode.MISMATCHED_INPUTS,
                "b.safetensors holds other tensors, but a.safetensors holds the diffusion model:"
                    + " they have nothing in common to merge. Merge checkpoints of one family."));
    assertThat(between(detected("sd15-unet"), Architectures.detect(List.of(), Map.of())))
        .extracting(Mismatch::text)
        .containsExactly(
            "b.safetensors holds nothing, but a.safetensors holds the diffusion model: they have"
                + " nothing in common to merge. Merge checkpoints of one family.");
  }

  @Test
  void twoPredictionsDoNotFit() {
    assertThat(between(detected("sdxl-vpred"), detected("sdxl")))
        .containsExactly(
            new Mismatch(
                Mismatch.Kind.PREDICTION,
                "a.safetensors predicts velocity (v-prediction), but b.safetensors predicts noise"
                    + " (epsilon): a blend of the two gives broken pictures. Merge models of one"
                    + " prediction type; if a model only lacks its marker, say which type it"
                    + " has."));
  }

  @Test
  void anInpaintingModelDoesNotFitAnOrdinaryOne() {
    assertThat(between(detected("sd15-inpaint"), detected("sd15")))
        .containsExactly(
            new Mismatch(
                Mismatch.Kind.INPUTS,
                "the first layer of a.safetensors takes 9 channels (inpainting), but that of"
                    + " b.safetensors takes 4 channels. Merge models of one kind, or leave the"
                    + " first layer as it is in a.safetensors."));
  }

  @Test
  void diffusersNamesMeetOriginalOnes() {
    assertThat(between(detected("sdxl"), detected("sdxl-diffusers-unet"))).isEmpty();
  }

  @Test
  void autoencodersOfTwoKindsDoNotMeet() {
    Detection video = Architectures.detect(named("encoder.downsamples.0.residual.2.weight"));

    assertThat(between(detected("sd15-vae"), video))
        .containsExactly(
            new Mismatch(
                Mismatch.Kind.NAMES,
                "a.safetensors and b.safetensors name the tensors of the VAE in ways between which"
                    + " there is no known one, so they do not meet. Leave it out with only, or take"
                    + " it from one of them."));
  }
}
