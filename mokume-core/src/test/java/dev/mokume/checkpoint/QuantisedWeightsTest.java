package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.internal.safetensors.Safetensors;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
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
    "layers.0.q_proj.weight_scale_2, NVFP4 weights",
    "layers.0.q_proj.comfy_quant, quantised weights of ComfyUI",
    "layers.0.q_proj.weight_s_rel, 4-bit weights of ComfyUI",
    "layers.0.q_proj.weight_codebook, 4-bit weights of ComfyUI",
    "layers.0.q_proj.weight.quant_state.bitsandbytes__nf4, 4-bit weights of bitsandbytes",
    "layers.0.q_proj.SCB, 8-bit weights of bitsandbytes",
    "layers.0.q_proj.g_idx, packed weights of GPTQ",
    "layers.0.q_proj.qweight, packed weights of AWQ or GPTQ",
    "layers.0.q_proj.qzeros, packed weights of AWQ or GPTQ",
    "layers.0.q_proj.weight_packed, packed weights of compressed-tensors",
    "layers.0.q_proj.W_q, packed weights of HQQ",
    "layers.0.q_proj.q_weight, packed weights of EXL2",
    "layers.0.q_proj.trellis, packed weights of EXL3",
    "blocks.0.attn.to_qkv.wscales, packed weights of SVDQuant (nunchaku)",
    "blocks.0.attn.to_qkv.smooth_factor, packed weights of SVDQuant (nunchaku)",
    "layers.0.q_proj._weight_qdata, quantised weights of torchao",
  })
  void aNameThatOnlyQuantisedWeightsHave(String name, String what) {
    Path path = Safetensors.writeScalars(folder.resolve("m.safetensors"), "a.weight", name);
    assertRefused(path, what, name);
  }

  @Test
  void mxfp4HasBlocksAndScales() {
    Path path =
        new SmallCheckpoint()
            .withBytes("e.gate_up_proj_blocks", DType.U8, Shape.of(1, 2), (byte) 1, (byte) 2)
            .withBytes("e.gate_up_proj_scales", DType.U8, Shape.of(1), (byte) 127)
            .write(folder.resolve("m.safetensors"));
    assertRefused(path, "MXFP4 weights", "e.gate_up_proj_blocks");
  }

  @Test
  void theWeightTellsWhatAScaleIsFor() {
    Path integers =
        new SmallCheckpoint()
            .withBytes("a.weight", DType.I8, Shape.of(1), (byte) 1)
            .with("a.weight_scale", 1)
            .write(folder.resolve("i.safetensors"));
    assertRefused(integers, "8-bit integer weights", "a.weight_scale");
    Path exponents =
        new SmallCheckpoint()
            .with("a.weight", DType.F8_E4M3, Shape.of(1), 1)
            .withBytes("a.weight_scale", DType.U8, Shape.of(1), (byte) 127)
            .write(folder.resolve("m.safetensors"));
    assertRefused(exponents, "MXFP8 weights", "a.weight_scale");
  }

  private static void assertRefused(Path path, String what, String name) {
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
                      + "'). Such numbers mean nothing without what lies beside them, which Mokume"
                      + " does not apply here: a blend of them would be a damaged model. Merge the"
                      + " F16, BF16 or F32 original and quantise the result."));
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
                  + " numbers mean nothing without what lies beside them, which Mokume does not"
                  + " apply here: a blend of them would be a damaged model. Merge the F16, BF16 or"
                  + " F32 original and quantise the result.");
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
