package dev.mokume.internal.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.CheckpointLayout.Gap;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufLayoutTest {
  private static final Map<String, String> SDXL = Map.of("general.architecture", "sdxl");

  private static TensorEntry entry(String name, DType dtype, long... shape) {
    return TensorEntry.of(new TensorSpec(name, dtype, Shape.of(shape)));
  }

  @Test
  void theBytesOfAHeader() {
    List<TensorEntry> tensors = List.of(entry("b", DType.F16, 2, 3), entry("a", DType.Q8_0, 2, 32));
    Map<String, String> texts =
        Map.of("general.architecture", "sdxl", "mokume.version", "1", "format", "pt");
    CheckpointLayout layout = GgufLayout.of(tensors, texts, Optional.empty());
    byte[] expected =
        new Gguf()
            .text("general.architecture", "sdxl")
            .u32("general.file_type", 7)
            .u32("general.quantization_version", 2)
            .text("mokume.version", "1")
            .tensor("a", Gguf.Q8_0, new long[] {32, 2}, new byte[68])
            .tensor("b", 1, new long[] {3, 2}, new byte[12])
            .bytes();
    assertThat(layout.size()).isEqualTo(expected.length);
    assertThat(layout.header()).isEqualTo(Arrays.copyOf(expected, layout.headerLength()));
    assertThat(layout.placements().keySet()).containsExactly("a", "b");
    assertThat(layout.placement("b").offset()).isEqualTo(layout.headerLength() + 96L);
    assertThat(layout.gaps())
        .containsExactly(
            new Gap(layout.headerLength() + 68L, 28), new Gap(layout.headerLength() + 108L, 20));
  }

  @Test
  void dtypesThatTheFormatLacks() {
    assertRefused(
        List.of(entry("a", DType.F8_E4M3, 1)),
        SDXL,
        "tensor 'a' would be stored as F8_E4M3, which a GGUF file cannot hold; store it in another"
            + " dtype (--dtype f16), or leave it out.");
  }

  @Test
  void moreDimensionsThanTheFormatHas() {
    assertRefused(
        List.of(entry("a", DType.F16, 1, 2, 1, 1, 1)),
        SDXL,
        "tensor 'a' has shape [1, 2, 1, 1, 1], but a GGUF file holds at most 4 dimensions; write a"
            + " safetensors file.");
  }

  private static void assertRefused(
      List<TensorEntry> tensors, Map<String, String> texts, String message) {
    assertThatThrownBy(() -> GgufLayout.of(tensors, texts, Optional.empty()))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(message);
  }

  /// What a tensor that is BF16 becomes in a file of `wanted`.
  @ParameterizedTest
  @CsvSource({
    "model.layers.0.mlp.up_proj.weight, 8x256, Q4_K, Q4_K",
    "model.layers.0.mlp.up_proj.weight, 8x96, Q4_K, Q5_0",
    "model.layers.0.mlp.up_proj.weight, 8x96, Q5_K, Q8_0",
    "model.layers.0.mlp.up_proj.weight, 8x96, Q6_K, Q8_0",
    "model.layers.0.mlp.up_proj.weight, 8x3, Q4_0, F16",
    "model.layers.0.input_layernorm.weight, 256, Q4_K, F32",
    "model.layers.0.self_attn.q_proj.bias, 256, Q8_0, F32",
    "blk.0.ffn_gate_inp.weight, 8x256, Q4_K, F32",
    "lm_head.weight, 8x256, Q4_0, Q6_K",
    "lm_head.weight, 8x256, Q8_0, Q8_0",
    "lm_head.weight, 8x96, Q4_0, Q8_0",
    "model.embed_tokens.weight, 8x256, Q4_0, Q4_0",
    "double_blocks.0.img_mlp.0.weight, 8x256, Q4_K, Q4_K",
    "img_in.weight, 8x256, Q4_K, BF16",
    "input_blocks.0.0.weight, 8x4x3x3, Q8_0, BF16",
    "input_blocks.1.0.in_layers.2.weight, 8x8x3x3, Q8_0, F16",
  })
  void whatIsUsuallyKeptMorePrecise(String name, String shape, String wanted, String stored) {
    long[] dimensions = Arrays.stream(shape.split("x")).mapToLong(Long::parseLong).toArray();
    TensorSpec tensor = new TensorSpec(name, DType.BF16, Shape.of(dimensions));
    List<String> names = List.of("model.embed_tokens.weight", "lm_head.weight", name);
    assertThat(new GgufFormat().storedAs(tensor, DType.of(wanted), names))
        .isEqualTo(DType.of(stored));
  }

  @Test
  void theEmbeddingIsTheOutputWhereThereIsNoOther() {
    TensorSpec tensor = new TensorSpec("model.embed_tokens.weight", DType.BF16, Shape.of(8, 256));
    assertThat(new GgufFormat().storedAs(tensor, DType.Q4_0, Set.of("model.embed_tokens.weight")))
        .isEqualTo(DType.Q6_K);
  }
}
