package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.gguf.Gguf;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Language models in GGUF files, merged with one another and with safetensors files.
class GgufMergeTest {
  private static final String Q = "model.layers.0.self_attn.q_proj.weight";
  private static final String DOWN = "model.layers.0.mlp.down_proj.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final String NORM = "model.norm.weight";

  private static final Weights HALF =
      new Weights.Interpolate(
          Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.empty());

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void models() throws IOException {
    merge = new SmallMerge(folder);
    gguf("a", 1);
    gguf("b", 3);
  }

  /// Row r of a matrix holds `factor * (r + 1)`; the query's rows are stored as GGUF has them, for
  /// one head of 4.
  private void gguf(String name, float factor) throws IOException {
    byte[] file =
        new Gguf()
            .text("general.architecture", "llama")
            .text("general.name", name)
            .u32("llama.attention.head_count", 1)
            .value(
                "tokenizer.ggml.tokens",
                Gguf.ARRAY,
                Gguf.concat(Gguf.i32(Gguf.STRING), Gguf.i64(1), Gguf.string("token of " + name)))
            .u32("general.file_type", 7)
            .tensor("token_embd.weight", Gguf.F32, new long[] {256, 2}, rows(factor, 1, 2))
            .tensor("blk.0.attn_q.weight", Gguf.F32, new long[] {256, 4}, rows(factor, 1, 3, 2, 4))
            .tensor("blk.0.ffn_down.weight", Gguf.F32, new long[] {32, 2}, new byte[256])
            .tensor("output_norm.weight", Gguf.F32, new long[] {3}, Gguf.f32(factor, 0, factor))
            .bytes();
    merge.models.put(name, Files.write(folder.resolve(name + ".gguf"), file));
  }

  private static byte[] rows(float factor, float... rows) {
    float[] values = new float[256 * rows.length];
    for (int i = 0; i < rows.length; i++) {
      Arrays.fill(values, i * 256, (i + 1) * 256, factor * rows[i]);
    }
    return Gguf.f32(values);
  }

  private SmallCheckpoint merge(Result result, String output) {
    Path file = folder.resolve(output);
    Mokume.merge(merge.recipe(result), file, merge.options);
    return SmallCheckpoint.read(file);
  }

  private static Result.Checkpoint half() {
    return (Result.Checkpoint) SmallMerge.only(Component.LM, HALF);
  }

  private static Result.Checkpoint half(DType dtype) {
    return half().withDtypes(Map.of(Component.LM, dtype));
  }

  private static float[] firstColumn(SmallCheckpoint read, String name) {
    float[] values = read.values(name);
    int columns = (int) read.spec(name).shape().dimension(1);
    float[] column = new float[values.length / columns];
    for (int i = 0; i < column.length; i++) {
      column[i] = values[i * columns];
    }
    return column;
  }

  @Test
  void twoModelsBecomeOne() {
    SmallCheckpoint merged = merge(half(), "out.gguf");
    assertThat(merged.names()).containsExactlyInAnyOrder(Q, DOWN, EMBEDDING, NORM);
    assertThat(firstColumn(merged, Q)).containsExactly(2, 4, 6, 8);
    assertThat(firstColumn(merged, EMBEDDING)).containsExactly(2, 4);
    assertThat(merged.values(NORM)).containsExactly(2, 0, 2);
  }

  @Test
  void theFirstModelsValuesAreCarriedOverAndProvenanceIsAdded() {
    SmallCheckpoint merged = merge(half(), "out.gguf");
    assertThat(merged.metadata())
        .containsEntry("general.architecture", "llama")
        .containsEntry("general.name", "a")
        .containsEntry("llama.attention.head_count", "1")
        .containsEntry("tokenizer.ggml.tokens", "[token of a]")
        .containsEntry("general.file_type", "0")
        .doesNotContainKey("general.quantization_version")
        .containsKeys("mokume.recipe", "mokume.inputs", "mokume.version");
  }

  @Test
  void anOutputIsBroughtUpToDate() throws IOException {
    Path out = folder.resolve("out.gguf");
    Mokume.merge(merge.recipe(half(DType.Q8_0)), out, merge.options);
    Result.Checkpoint other =
        half(DType.Q8_0).withUntouched(new Result.Untouched(Result.Mismatch.ERROR, List.of(NORM)));
    MergeReport report =
        Mokume.update(
            new MergeOutput(merge.recipe(other), out), MergeMethods.installed(), merge.options);
    assertThat(
            report.plan().tensors().stream()
                .filter(tensor -> tensor.treatment() != PlannedTensor.Treatment.KEPT)
                .map(tensor -> tensor.spec().name()))
        .as("queries keep their order of rows")
        .containsExactly(NORM);
    byte[] updated = Files.readAllBytes(out);
    Mokume.merge(merge.recipe(other), out, merge.options);
    assertThat(out).hasBinaryContent(updated);
  }

  @Test
  void aTextCanBeSetAndANumberCannot() {
    Result named = half().withMetadata(Map.of("general.name", "half"));
    assertThat(merge(named, "out.gguf").metadata()).containsEntry("general.name", "half");
    Result numbered = half().withMetadata(Map.of("llama.attention.head_count", "2"));
    assertThatThrownBy(() -> merge(numbered, "out.gguf"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "metadata: 'llama.attention.head_count' is of type U32 in the first model, and only"
                + " texts can be set.");
  }

  /// Rows of 256 fall into super-blocks, those of 32 do not; the embedding is the output matrix
  /// too.
  @Test
  void quantisedAsUsual() {
    SmallCheckpoint merged = merge(half(DType.Q4_K), "out.gguf");
    assertThat(merged.spec(Q).dtype()).isEqualTo(DType.Q4_K);
    assertThat(merged.spec(DOWN).dtype()).isEqualTo(DType.Q5_0);
    assertThat(merged.spec(EMBEDDING).dtype()).isEqualTo(DType.Q6_K);
    assertThat(merged.spec(NORM).dtype()).isEqualTo(DType.F32);
    assertThat(firstColumn(merged, Q)).containsExactly(new float[] {2, 4, 6, 8}, within(0.01f));
    assertThat(merged.metadata())
        .containsEntry("general.file_type", "14")
        .containsEntry("general.quantization_version", "2");
    assertThat(merge(half(DType.Q8_0), "out.gguf").spec(EMBEDDING).dtype()).isEqualTo(DType.Q8_0);
  }

  private static org.assertj.core.data.Offset<Float> within(float distance) {
    return org.assertj.core.data.Offset.offset(distance);
  }

  @Test
  void quantisingTwiceIsToldOf() {
    merge(half(DType.Q8_0), "a8.gguf");
    merge.models.put("a", folder.resolve("a8.gguf"));
    SmallCheckpoint merged = merge(half(), "out.gguf");
    assertThat(merged.spec(Q).dtype()).isEqualTo(DType.Q8_0);
    MergePlan plan = Mokume.plan(merge.recipe(half()), folder.resolve("out.gguf"), merge.options);
    assertThat(plan.notes())
        .contains(
            "3 tensors are quantised in the models, and what is computed from them is quantised"
                + " again: what that loses is lost twice. Where there are F16 or BF16 originals,"
                + " merge those and quantise the result.");
  }

  @Test
  void safetensorsHoldWhatIsQuantisedAsF16() {
    merge(half(DType.Q8_0), "a8.gguf");
    merge.models.put("a", folder.resolve("a8.gguf"));
    SmallCheckpoint merged = merge(half(), "out.safetensors");
    assertThat(merged.spec(Q).dtype()).isEqualTo(DType.F16);
    assertThat(merged.spec(NORM).dtype()).isEqualTo(DType.F32);
    assertThatThrownBy(() -> merge(half(DType.Q8_0), "out.safetensors"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "dtype: a safetensors file cannot hold Q8_0. Store as f16, bf16 or f32, or give the"
                + " output the extension .gguf.");
  }

  /// The same model in both formats: nothing changes, to the bit.
  @Test
  void aGgufMeetsASafetensorsFile() {
    SmallCheckpoint b =
        new SmallCheckpoint()
            .with(EMBEDDING, Shape.of(2, 256), filled(3, 2))
            .with(Q, Shape.of(4, 256), filled(3, 4))
            .with(DOWN, Shape.of(2, 32), new float[64])
            .with(NORM, 3, 0, 3);
    SmallCheckpoint both = merge(half(), "out.gguf");
    merge.model("b", b);
    SmallCheckpoint mixed = merge(half(), "mixed.gguf");
    for (String name : both.names()) {
      assertThat(mixed.bytes(name)).as(name).isEqualTo(both.bytes(name));
    }
    assertThat(merge(half(), "mixed.safetensors").values(Q)).isEqualTo(both.values(Q));
  }

  private static float[] filled(float factor, int rows) {
    float[] values = new float[256 * rows];
    for (int i = 0; i < values.length; i++) {
      values[i] = factor * (i / 256 + 1);
    }
    return values;
  }

  /// A tokenizer comes from whichever model has one; without any, there is nothing to write.
  @Test
  void aSafetensorsFileBecomesAGgufWithAnothersTokenizer() {
    SmallCheckpoint plain =
        new SmallCheckpoint()
            .with(EMBEDDING, Shape.of(2, 256), filled(1, 2))
            .with(Q, Shape.of(4, 256), filled(1, 4))
            .with(NORM, 1, 0, 1);
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", plain.write(folder.resolve("plain.safetensors")));
    models.putAll(Map.of("b", folder.resolve("b.gguf")));
    merge.models.clear();
    merge.models.putAll(models);
    Result copy = SmallMerge.only(Component.LM, A);
    SmallCheckpoint written = merge(copy, "out.gguf");
    assertThat(written.metadata()).containsEntry("tokenizer.ggml.tokens", "[token of b]");
    assertThat(written.values(Q)).isEqualTo(filled(1, 4));
    merge.models.remove("b");
    assertThatThrownBy(() -> merge(copy, "out.gguf"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "A GGUF file says what kind of model it is and holds its tokenizer, which a safetensors"
                + " file does not have. Name a GGUF file of such a model among the models, or write"
                + " a safetensors file.");
  }

  /// An image model has no tokenizer, and nothing to say but what it is.
  @Test
  void anImageModelBecomesAGguf() {
    String matrix = "double_blocks.0.img_mlp.0.weight";
    merge.models.clear();
    merge.model(
        "a",
        new SmallCheckpoint()
            .with(matrix, DType.F16, Shape.of(2, 256), filled(1, 2))
            .with("double_blocks.0.img_mlp.0.bias", DType.F16, Shape.of(2), 1, 2)
            .with("img_in.weight", DType.F16, Shape.of(2, 256), filled(1, 2)));
    Result.Checkpoint copy = (Result.Checkpoint) SmallMerge.only(Component.UNET, A);
    SmallCheckpoint written =
        merge(copy.withDtypes(Map.of(Component.UNET, DType.Q4_K)), "out.gguf");
    assertThat(written.metadata()).containsEntry("general.architecture", "flux");
    assertThat(written.spec(matrix).dtype()).isEqualTo(DType.Q4_K);
    assertThat(written.spec("double_blocks.0.img_mlp.0.bias").dtype()).isEqualTo(DType.F32);
    assertThat(written.spec("img_in.weight").dtype()).isEqualTo(DType.F16);
  }

  @Test
  void whatIsOnlyReadIsWrittenAsTheNextType() throws IOException {
    byte[] file =
        new Gguf()
            .text("general.architecture", "qwen2")
            .tensor("blk.0.attn_q.weight", 3, new long[] {32, 1}, new byte[20])
            .bytes();
    merge.models.put("a", Files.write(folder.resolve("q4_1.gguf"), file));
    merge.models.put("b", Files.write(folder.resolve("q4_1b.gguf"), file));
    MergePlan plan = Mokume.plan(merge.recipe(half()), folder.resolve("out.gguf"), merge.options);
    assertThat(plan.tensors())
        .extracting(PlannedTensor::spec)
        .extracting(spec -> spec.dtype())
        .containsExactly(DType.Q5_0);
    assertThat(plan.notes())
        .contains("Q4_1 is only read: what is computed is stored as Q5_0 instead.");
  }

  @Test
  void theSameBytesFromAnyTileAndThread() throws IOException {
    merge(half(DType.Q8_0), "out1.gguf");
    byte[] expected = Files.readAllBytes(folder.resolve("out1.gguf"));
    merge.options = merge.options.withThreads(3).withTileElements(4096);
    merge(half(DType.Q8_0), "out1.gguf");
    assertThat(Files.readAllBytes(folder.resolve("out1.gguf"))).isEqualTo(expected);
    try (Checkpoint checkpoint = Checkpoints.open(folder.resolve("out1.gguf"))) {
      assertThat(checkpoint.tensors().get(Q).spec().dtype()).isEqualTo(DType.Q8_0);
    }
  }
}
