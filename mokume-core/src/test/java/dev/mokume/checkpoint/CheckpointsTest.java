package dev.mokume.checkpoint;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.safetensors.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointsTest {
  @TempDir Path folder;

  private static void assertRefused(Path path, ErrorCode code, String message) {
    assertThatThrownBy(() -> Checkpoints.open(path).close())
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(path + ": " + message);
  }

  @Test
  void aFileIsKnownByItsContentWhateverItsName() {
    for (String name :
        List.of("model.safetensors", "model.SFT", "model.ckpt", "blob-without-extension")) {
      Path path = Safetensors.writeScalars(folder.resolve(name), "a");
      try (Checkpoint checkpoint = Checkpoints.open(path)) {
        assertThat(checkpoint.tensors()).containsOnlyKeys("a");
        assertThat(Checkpoints.files(checkpoint)).containsExactly(path);
      }
    }
  }

  static List<Arguments> foreignFiles() {
    String convert = "; convert it to safetensors first.";
    return List.of(
        Arguments.of("\u0089HDF\r\n\u001a\n", "is an HDF5 file (Keras, TensorFlow)" + convert),
        Arguments.of("\u0093NUMPY\1\0", "is a NumPy array" + convert),
        Arguments.of("\u001f\u008b\b\0", "is compressed with gzip; unpack it first."),
        Arguments.of(
            "version https://git-lfs.github.com/spec/v1\n",
            "is a Git LFS pointer of a few lines and not the checkpoint itself; fetch it with 'git"
                + " lfs pull'."),
        Arguments.of(
            "<!DOCTYPE html><html>",
            "is a web page and not a checkpoint: the download was an error or a login page."));
  }

  @ParameterizedTest
  @MethodSource("foreignFiles")
  void aForeignFileIsRefusedByName(String content, String message) throws IOException {
    for (String name : List.of("model.ckpt", "model.safetensors")) {
      Path path = Files.write(folder.resolve(name), content.getBytes(ISO_8859_1));
      assertRefused(path, ErrorCode.UNSUPPORTED_CHECKPOINT, message);
    }
  }

  @Test
  void aFileThatNothingIsKnownOf() throws IOException {
    assertRefused(
        Files.writeString(folder.resolve("notes.txt"), "hello"),
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        "is not a checkpoint that Mokume knows, by its content or by its name; it reads safetensors"
            + " (.safetensors, .sft), gguf (.gguf), PyTorch (.ckpt, .pt, .pth, .bin, .pkl).");
  }

  @Test
  void aHeaderWhoseLengthLooksLikeAPickle() {
    // 0x280 bytes of header: the file begins with 80 02, as a pickle does.
    String header = "{" + " ".repeat(0x280 - 2) + "}";
    Path path = Safetensors.write(folder.resolve("m.safetensors"), Safetensors.bytes(header));
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      assertThat(checkpoint.tensors()).isEmpty();
    }
  }

  @Test
  void aFolderWithOneFile() throws IOException {
    Files.writeString(folder.resolve("config.json"), "{}");
    Files.writeString(folder.resolve("._diffusion_pytorch_model.safetensors"), "what macOS leaves");
    Safetensors.writeScalars(folder.resolve("diffusion_pytorch_model.fp16.safetensors"), "a");
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.name())
          .isEqualTo(folder.resolve("diffusion_pytorch_model.fp16.safetensors").toString());
      assertThat(checkpoint.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void aFolderWithAnIndexOfAnotherName() throws IOException {
    Safetensors.writeScalars(
        folder.resolve("diffusion_pytorch_model-00001-of-00001.safetensors"), "a");
    Files.writeString(
        folder.resolve("diffusion_pytorch_model.safetensors.index.json"),
        "{\"weight_map\":{\"a\":\"diffusion_pytorch_model-00001-of-00001.safetensors\"}}");
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void aFolderWithoutACheckpoint() {
    assertRefused(
        folder,
        ErrorCode.UNREADABLE_INPUT,
        "is a folder without a checkpoint: neither 'model.safetensors.index.json' nor a"
            + " '.safetensors' file is in it; name a checkpoint file.");
  }

  @Test
  void aFolderWithSeveralFiles() {
    Safetensors.writeScalars(folder.resolve("a.safetensors"), "a");
    Safetensors.writeScalars(folder.resolve("b.safetensors"), "a");
    assertRefused(
        folder,
        ErrorCode.UNREADABLE_INPUT,
        "is a folder with 2 checkpoints and no index of a sharded one, 'a.safetensors',"
            + " 'b.safetensors'; name the one that is meant.");
  }

  @Test
  void aFolderWithSeveralIndexes() throws IOException {
    Files.writeString(folder.resolve("a.safetensors.index.json"), "{}");
    Files.writeString(folder.resolve("b.safetensors.index.json"), "{}");
    assertRefused(
        folder,
        ErrorCode.UNREADABLE_INPUT,
        "is a folder with 2 indexes of sharded checkpoints, 'a.safetensors.index.json',"
            + " 'b.safetensors.index.json'; name the one that is meant.");
  }

  @Test
  void theOutputsNameChoosesTheFormat() {
    for (String name : List.of("out.safetensors", "out.sft", "out", "out.v1.5")) {
      assertThat(Checkpoints.layout(Path.of(name), List.of(), Map.of()).size()).isEqualTo(40);
    }
  }

  @Test
  void aFormatThatIsNotWritten() {
    assertThatThrownBy(() -> Checkpoints.layout(Path.of("out.ckpt"), List.of(), Map.of()))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            "out.ckpt: the name is not that of a format which Mokume writes, which are safetensors"
                + " (.safetensors, .sft), gguf (.gguf); give the output one of those extensions.");
  }
}
