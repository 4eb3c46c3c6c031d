package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.internal.safetensors.Safetensors;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantisedWeightsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "blocks.0.scale_weight, scaled 8-bit weights",
    "scaled_fp8, scaled 8-bit weights",
    "model.diffusion_model.scaled_fp8, scaled 8-bit weights",
    "layers.0.q_proj.weight_scale, scaled 8-bit weights",
    "layers.0.q_proj.weight_scale_inv, scaled 8-bit weights",
    "layers.0.q_proj.weight_scale_2, scaled 8-bit weights",
    "layers.0.q_proj.comfy_quant, quantised weights of ComfyUI",
    "layers.0.q_proj.weight.quant_state.bitsandbytes__nf4, 4-bit weights of bitsandbytes",
    "layers.0.q_proj.SCB, 8-bit weights of bitsandbytes",
    "layers.0.q_proj.qweight, packed weights of GPTQ or AWQ",
    "layers.0.q_proj.qzeros, packed weights of GPTQ or AWQ",
    "layers.0.q_proj.weight_packed, packed weights of compressed-tensors",
  })
  void aNameThatOnlyQuantisedWeightsHave(String name, String what) {
    Path path = Safetensors.writeScalars(folder.resolve("m.safetensors"), "a.weight", name);
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      assertThat(QuantisedWeights.problem(checkpoint))
          .hasValue(
              new Problem(
                  ErrorCode.UNSUPPORTED_CHECKPOINT,
                  path
                      + ": holds "
                      + what
                      + " (1 tensor says so: '"
                      + name
                      + "'). Such numbers mean nothing without their scales, which Mokume does not"
                      + " apply yet: a blend of them would be a damaged model. Merge the F16, BF16"
                      + " or F32 original and quantise the result."));
    }
  }

  @Test
  void metadataOfQuantisedWeights() {
    Path path =
        Safetensors.write(
            folder.resolve("m.safetensors"),
            Safetensors.bytes("{\"__metadata__\":{\"_quantization_metadata\":\"{}\"}}"));
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      assertThat(QuantisedWeights.problem(checkpoint))
          .map(Problem::message)
          .hasValue(
              path
                  + ": holds quantised weights (its metadata has '_quantization_metadata'). Such"
                  + " numbers mean nothing without their scales, which Mokume does not apply yet: a"
                  + " blend of them would be a damaged model. Merge the F16, BF16 or F32 original"
                  + " and quantise the result.");
    }
  }

  @Test
  void plainWeights() {
    Path path =
        Safetensors.writeScalars(
            folder.resolve("m.safetensors"),
            "a.weight",
            "a.bias",
            "logit_scale",
            "scale_shift_table",
            "ls1.gamma",
            "norm.scale",
            "attn.query_norm.scale",
            "edm_vpred.sigma_max",
            "lora_unet_x.alpha",
            "dora_scale");
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      assertThat(QuantisedWeights.problem(checkpoint)).isEmpty();
    }
  }
}
