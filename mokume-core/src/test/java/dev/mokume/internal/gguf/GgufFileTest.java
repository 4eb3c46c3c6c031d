package dev.mokume.internal.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class GgufFileTest {
  private static final Path REFERENCE = Path.of("src/test/resources/dev/mokume/internal/gguf");

  @TempDir Path folder;

  /// Every type of value and the place of every tensor, as `@huggingface/gguf` tells them.
  @Test
  void aHeaderIsReadAsTheReferenceReadsIt() throws IOException {
    JsonNode expected =
        JsonMapper.builder().build().readTree(Files.readString(REFERENCE.resolve("header.json")));
    try (Checkpoint checkpoint = Checkpoints.open(REFERENCE.resolve("header.gguf"))) {
      GgufHeader header = GgufHeader.read(checkpoint.sources().getFirst());
      assertThat(header.dataStart()).isEqualTo(expected.get("tensorDataOffset").asLong());
      List<String> keys = new ArrayList<>();
      for (var entry : expected.get("metadata").properties()) {
        if (!List.of("version", "tensor_count", "kv_count").contains(entry.getKey())) {
          keys.add(entry.getKey());
          assertValue(header.values().get(entry.getKey()), entry.getValue());
        }
      }
      assertThat(header.values().sequencedKeySet()).containsExactlyElementsOf(keys);
      List<JsonNode> infos = new ArrayList<>();
      expected.get("tensorInfos").forEach(infos::add);
      assertThat(header.tensors()).hasSameSizeAs(infos);
      for (int i = 0; i < infos.size(); i++) {
        assertTensor(header.tensors().get(i), infos.get(i));
      }
    }
  }

  private static void assertValue(KeyValue value, JsonNode expected) {
    switch (value.type()) {
      case F32 -> assertThat(Float.parseFloat(value.text())).isEqualTo((float) expected.asDouble());
      case F64 -> assertThat(Double.parseDouble(value.text())).isEqualTo(expected.asDouble());
      case ARRAY -> {
        if (value.whole()) {
          assertThat(value.numbers()).hasSize(expected.size());
          for (int i = 0; i < expected.size(); i++) {
            assertThat(value.numbers()[i]).isEqualTo(expected.get(i).asLong());
          }
        } else {
          assertThat(value.text()).startsWith("(" + expected.size() + " values of type ");
        }
      }
      default -> assertThat(value.text()).isEqualTo(expected.asString());
    }
  }

  private static void assertTensor(GgufHeader.Entry tensor, JsonNode expected) {
    assertThat(tensor.name()).isEqualTo(expected.get("name").asString());
    assertThat(tensor.offset()).isEqualTo(expected.get("offset").asLong());
    assertThat(TensorType.number(tensor.spec().dtype())).hasValue(expected.get("dtype").asInt());
    long[] dimensions = new long[expected.get("n_dims").asInt()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = expected.get("shape").get(dimensions.length - 1 - i).asLong();
    }
    assertThat(tensor.spec().shape()).isEqualTo(Shape.of(dimensions));
  }

  /// Heads of four rows: GGUF has the first of each half, then the second of each half.
  @Test
  void aLanguageModelHasItsUsualNamesAndItsRowsInOrder() {
    SmallCheckpoint read = SmallCheckpoint.read(REFERENCE.resolve("header.gguf"));
    assertThat(read.names())
        .containsExactly(
            "model.embed_tokens.weight",
            "model.layers.0.self_attn.q_proj.weight",
            "model.layers.0.self_attn.k_proj.weight",
            "model.norm.weight",
            "lm_head.weight");
    assertThat(read.spec("model.layers.0.self_attn.q_proj.weight").dtype()).isEqualTo(DType.Q8_0);
    assertThat(firstColumn(read, "model.layers.0.self_attn.q_proj.weight"))
        .containsExactly(0, 2, 1, 3, 4, 6, 5, 7);
    assertThat(firstColumn(read, "model.layers.0.self_attn.k_proj.weight"))
        .containsExactly(0, 2, 1, 3);
    assertThat(read.spec("lm_head.weight").shape()).isEqualTo(Shape.of(3, 5));
  }

  private static List<Integer> firstColumn(SmallCheckpoint read, String name) {
    float[] values = read.values(name);
    List<Integer> column = new ArrayList<>();
    for (int row = 0; row < values.length / 32; row++) {
      // A scale is rounded to F16.
      column.add(Math.round(values[row * 32]));
    }
    return column;
  }

  @Test
  void textsAreToldAndLongArraysAreNot() {
    SmallCheckpoint read = SmallCheckpoint.read(REFERENCE.resolve("header.gguf"));
    assertThat(read.metadata())
        .containsEntry("general.architecture", "llama")
        .containsEntry("general.name", "A small model 重み")
        .containsEntry("test.u64", "1099511627777")
        .containsEntry("test.numbers", "[1, -2, 3]")
        .doesNotContainKey("tokenizer.ggml.tokens");
  }

  /// As tools for ComfyUI write what has more dimensions, or rows that do not fall into blocks.
  @Test
  void anImageModelHasItsOwnNamesAndOriginalShapes() throws IOException {
    byte[] file =
        new Gguf()
            .text("general.architecture", "sdxl")
            .value(
                "comfy.gguf.orig_shape.input_blocks.1.0.in_layers.2.weight",
                Gguf.ARRAY,
                Gguf.concat(
                    Gguf.i32(5), Gguf.i64(4), Gguf.i32(4), Gguf.i32(8), Gguf.i32(1), Gguf.i32(1)))
            .tensor("input_blocks.1.0.in_layers.2.weight", Gguf.Q8_0, new long[] {32}, new byte[34])
            .bytes();
    SmallCheckpoint read = SmallCheckpoint.read(Files.write(folder.resolve("m.gguf"), file));
    assertThat(read.spec("input_blocks.1.0.in_layers.2.weight").shape())
        .isEqualTo(Shape.of(4, 8, 1, 1));
  }

  private Path part(int number, int count, String tensor) throws IOException {
    byte[] file =
        new Gguf()
            .text("general.architecture", "gpt2")
            .value("split.no", 2, (byte) (number - 1), (byte) 0)
            .value("split.count", 2, (byte) count, (byte) 0)
            .value("split.tensors.count", 5, Gguf.i32(count))
            .tensor(tensor, Gguf.F32, new long[] {1}, Gguf.f32(number))
            .bytes();
    return Files.write(folder.resolve("m-0000%s-of-0000%s.gguf".formatted(number, count)), file);
  }

  @Test
  void aSetIsOpenedByItsFirstFileOrItsFolder() throws IOException {
    Path first = part(1, 2, "a");
    part(2, 2, "b");
    for (Path path : List.of(first, folder)) {
      SmallCheckpoint read = SmallCheckpoint.read(path);
      assertThat(read.names()).containsExactly("a", "b");
      assertThat(read.values("b")).containsExactly(2);
    }
  }

  @Test
  void aSetOfWhichAFileIsMissing() throws IOException {
    Path first = part(1, 3, "a");
    part(2, 3, "b");
    assertRefused(
        first,
        "1 of the 3 files of the set are not beside it: 'm-00003-of-00003.gguf'; fetch them as"
            + " well.");
  }

  @Test
  void aSetOfFilesThatDoNotBelongTogether() throws IOException {
    Path first = part(1, 2, "a");
    Files.copy(part(1, 3, "b"), folder.resolve("m-00002-of-00002.gguf"));
    assertRefused(
        first,
        "'m-00002-of-00002.gguf' does not say that it is file 2 of 2 ('split.no' is 0, counted from"
            + " 0, and 'split.count' 3): the files are not of one set.");
  }

  @Test
  void aTensorInTwoFilesOfASet() throws IOException {
    Path first = part(1, 2, "a");
    part(2, 2, "a");
    assertRefused(
        first,
        "tensor 'a' lies in two files, so it cannot be told which one is meant.\n"
            + first
            + ": the set has 1 tensor, but says that it has 2: the files are not of one set.");
  }

  @Test
  void anotherFileOfASet() throws IOException {
    part(1, 2, "a");
    assertRefused(
        part(2, 2, "b"),
        "is one of the 2 files of a set. Name the first one, which ends in"
            + " '-00001-of-00002.gguf'.");
  }

  private static void assertRefused(Path path, String message) {
    assertThatThrownBy(() -> Checkpoints.open(path).close())
        .isInstanceOf(MokumeException.class)
        .hasMessage(path + ": " + message);
  }
}
