package dev.mokume.internal.pickle;

import static dev.mokume.internal.pickle.TorchFiles.contents;
import static dev.mokume.internal.pickle.TorchFiles.floats;
import static dev.mokume.internal.pickle.TorchFiles.littleEndian;
import static dev.mokume.internal.pickle.TorchFiles.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.Note;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every form in which torch writes tensors, read to the values that were written.
class PickleFormatTest {
  @TempDir Path folder;

  private static Map<String, String> expected() {
    try (Checkpoint checkpoint = Checkpoints.open(TorchFiles.path("expected.safetensors"))) {
      return contents(checkpoint);
    }
  }

  /// An archive of a state dict with `w`, two floats in storage 0.
  private static TestArchive twoFloats() {
    return new TestArchive()
        .stored("m/data.pkl", PickleBytes.pickle().op("}").text("w").floats("0", 2).op("s").stop())
        .stored("m/data/0", littleEndian(1, 2));
  }

  /// The notes without the file's name, which each begins with.
  private static List<String> notes(Checkpoint checkpoint) {
    return checkpoint.notes().stream()
        .map(note -> {
          assertThat(note.text()).startsWith(checkpoint.name() + ": ");
          return note.text().substring(checkpoint.name().length() + 2);
        })
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain-zip.pt",
        "dict-zip.bin",
        "legacy.pt",
        "nested-state-dict.ckpt",
        "lightning.ckpt",
        "params-ema.pth",
        "numpy-inside.ckpt"
      })
  void everyFormHoldsTheSameTensors(String name) {
    try (Checkpoint checkpoint = Checkpoints.open(TorchFiles.path(name))) {
      assertThat(contents(checkpoint)).isEqualTo(expected());
      assertThat(checkpoint.metadata()).isEmpty();
      assertThat(Checkpoints.files(checkpoint)).containsExactly(TorchFiles.path(name));
    }
  }

  @Test
  void aFileIsKnownByItsContent() throws IOException {
    for (String name : List.of("plain-zip.pt", "legacy.pt")) {
      Path other = Files.write(folder.resolve("model.safetensors"), TorchFiles.bytes(name));
      try (Checkpoint checkpoint = Checkpoints.open(other)) {
        assertThat(checkpoint.tensors()).hasSize(16);
      }
    }
  }

  @Test
  void whatLiesInPlaceIsReadInPlace() {
    try (Checkpoint checkpoint = Checkpoints.open(TorchFiles.path("plain-zip.pt"))) {
      var source = checkpoint.sources().getFirst();
      assertThat(checkpoint.tensors().get("a.weight").source()).isSameAs(source);
      assertThat(checkpoint.tensors().get("shared.whole").source()).isSameAs(source);
      assertThat(checkpoint.tensors().get("transposed").source()).isNotSameAs(source);
      assertThat(checkpoint.tensors().get("expanded").source()).isNotSameAs(source);
    }
  }

  @Test
  void aNoteSaysWhereTheWeightsLie() {
    try (Checkpoint plain = Checkpoints.open(TorchFiles.path("plain-zip.pt"));
        Checkpoint nested = Checkpoints.open(TorchFiles.path("nested-state-dict.ckpt"));
        Checkpoint average = Checkpoints.open(TorchFiles.path("params-ema.pth"))) {
      assertThat(plain.notes()).isEmpty();
      assertThat(notes(nested)).containsExactly("its weights are what lies in 'state_dict'.");
      assertThat(notes(average)).containsExactly("its weights are what lies in 'params_ema'.");
      assertThat(nested.notes().getFirst().kind()).isEqualTo(Note.Kind.READING);
    }
  }

  @Test
  void notesOfALightningCheckpoint() {
    try (Checkpoint checkpoint = Checkpoints.open(TorchFiles.path("lightning.ckpt"))) {
      assertThat(notes(checkpoint))
          .containsExactly(
              "its weights are what lies in 'state_dict'; not read are 1 tensor in 'callbacks', 1"
                  + " tensor in 'optimizer_states'.",
              "beside its weights it asks for"
                  + " 'pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint', which no"
                  + " weight needs. Mokume loads and calls nothing that a file names; the weights"
                  + " are read without it.");
      assertThat(checkpoint.notes().getLast().kind()).isEqualTo(Note.Kind.SKIPPED);
    }
  }

  @Test
  void deflatedArchivesHoldTheSame() {
    TestArchive packed = new TestArchive();
    ZipArchive.entries(
            new dev.mokume.checkpoint.MemorySource("m", TorchFiles.bytes("dict-zip.bin")))
        .forEach((name, entry) -> {
          byte[] archive = TorchFiles.bytes("dict-zip.bin");
          int from = (int) entry.offset();
          byte[] data = Arrays.copyOfRange(archive, from, from + (int) entry.length());
          packed.deflated(name, data);
        });
    try (Checkpoint checkpoint = open("packed.ckpt", packed.bytes())) {
      assertThat(contents(checkpoint)).isEqualTo(expected());
    }
  }

  @Test
  void largeArchivesHaveAnEndOfTheirOwn() {
    byte[] pickle = PickleBytes.pickle().op("}").text("w").floats("0", 2).op("s").stop();
    byte[] archive =
        new TestArchive()
            .stored(
                "m/data.pkl",
                pickle,
                entry -> {
                  entry.compressed = 0xffff_ffffL;
                  entry.length = 0xffff_ffffL;
                  entry.localLength = 0xffff_ffffL;
                  entry.extra = TestArchive.wide(pickle.length, pickle.length);
                  entry.localExtra = TestArchive.wide(pickle.length, pickle.length);
                })
            .stored("m/data/0", littleEndian(1, 2))
            .zip64()
            .comment("of a person")
            .bytes();
    try (Checkpoint checkpoint = open("m.ckpt", archive)) {
      assertThat(floats(checkpoint.tensors().get("w"))).containsExactly(1, 2);
    }
  }

  @Test
  void namesInAnArchiveAreOnlyKeys() {
    byte[] pickle = PickleBytes.pickle().op("}").text("w").floats("../../0", 1).op("s").stop();
    byte[] archive =
        new TestArchive()
            .stored("m/data.pkl", pickle)
            .stored("m/data/../../0", littleEndian(7))
            .stored("/etc/passwd")
            .bytes();
    try (Checkpoint checkpoint = open("m.ckpt", archive)) {
      assertThat(floats(checkpoint.tensors().get("w"))).containsExactly(7);
    }
  }

  @Test
  void bigEndianStoragesAreSwapped() {
    byte[] pickle =
        PickleBytes.pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "0", 4, 0, new long[] {2, 2}, new long[] {1, 2})
            .text("u")
            .tensor("ByteStorage", "1", 2, 0, new long[] {2}, new long[] {1})
            .op("u")
            .stop();
    byte[] archive =
        new TestArchive()
            .stored("m/data.pkl", pickle)
            .stored("m/byteorder", "big".getBytes(StandardCharsets.UTF_8))
            .stored(
                "m/data/0",
                new byte[] {
                  0x3f, (byte) 0x80, 0, 0, 0x40, 0, 0, 0, 0x40, 0x40, 0, 0, 0x40, -128, 0, 0
                })
            .stored("m/data/1", (byte) 1, (byte) 2)
            .bytes();
    try (Checkpoint checkpoint = open("m.ckpt", archive)) {
      assertThat(floats(checkpoint.tensors().get("w"))).containsExactly(1, 3, 2, 4);
      assertThat(TorchFiles.read(checkpoint.tensors().get("u"))).containsExactly(1, 2);
    }
  }

  @Test
  void anUnknownByteOrderIsRefused() {
    byte[] archive =
        twoFloats().stored("m/byteorder", "odd".getBytes(StandardCharsets.UTF_8)).bytes();
    assertThatThrownBy(() -> open("m.ckpt", archive))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "m.ckpt: has a byte order of 'odd', which is neither 'little' nor 'big': the file is"
                + " damaged.");
  }

  @Test
  void untypedStoragesAreOfTheTensorsDtype() {
    byte[] pickle =
        PickleBytes.pickle()
            .op("}")
            .text("w")
            .global("torch._utils", "_rebuild_tensor_v3")
            .op("((")
            .text("storage")
            .global("torch.storage", "UntypedStorage")
            .text("0")
            .text("cpu")
            .number(6)
            .op("tQ")
            .number(1)
            .numbers(2, 2)
            .numbers(2, 1)
            .op(0x89)
            .global("collections", "OrderedDict")
            .op(")R")
            .global("torch", "float8_e4m3fn")
            .op("tRs")
            .stop();
    byte[] archive =
        new TestArchive()
            .stored("m/data.pkl", pickle)
            .stored("m/data/0", new byte[] {1, 2, 3, 4, 5, 6})
            .bytes();
    try (Checkpoint checkpoint = open("m.pt", archive)) {
      var tensor = checkpoint.tensors().get("w");
      assertThat(tensor.spec().dtype()).isEqualTo(DType.F8_E4M3);
      assertThat(tensor.spec().shape()).isEqualTo(Shape.of(2, 2));
      assertThat(TorchFiles.read(tensor)).containsExactly(2, 3, 4, 5);
    }
  }

  @Test
  void parametersAndTensorsOfAClassAreTensors() {
    byte[] pickle =
        PickleBytes.pickle()
            .op("}(")
            .text("a")
            .global("torch._utils", "_rebuild_parameter")
            .floats("0", 2)
            .op(0x88)
            .global("collections", "OrderedDict")
            .op(")R")
            .op(0x87)
            .op("R")
            .text("b")
            .global("torch._tensor", "_rebuild_from_type_v2")
            .op("(")
            .global("torch._utils", "_rebuild_tensor_v2")
            .global("torch.nn.parameter", "Parameter")
            .op("(")
            .storage("FloatStorage", "0", 2)
            .number(1)
            .numbers(1)
            .numbers(1)
            .op(0x89)
            .global("collections", "OrderedDict")
            .op(")Rt")
            .op("}tR")
            .op("u")
            .stop();
    byte[] archive =
        new TestArchive()
            .stored("m/data.pkl", pickle)
            .stored("m/data/0", littleEndian(1, 2))
            .bytes();
    try (Checkpoint checkpoint = open("m.pt", archive)) {
      assertThat(floats(checkpoint.tensors().get("a"))).containsExactly(1, 2);
      assertThat(floats(checkpoint.tensors().get("b"))).containsExactly(2);
    }
  }

  @Test
  void arraysOfNumPyAreTensorsWhereWeightsAre() {
    PickleBytes pickle = PickleBytes.pickle().op("}").text("model").op("}(");
    array(pickle.text("rows"), "f4", "<", false).data(0, 0, 128, 63, 0, 0, 0, 64).op("tb");
    array(pickle.text("columns"), "i2", ">", true).data(0, 1, 0, 2).op("tb");
    array(pickle.text("spelt"), "u1", "|", false)
        .global("_codecs", "encode")
        .text("\u0001\u00ff")
        .text("latin1")
        .op(0x86)
        .op("Rtb");
    try (Checkpoint checkpoint = open("m.pkl", pickle.op("us").stop())) {
      assertThat(floats(checkpoint.tensors().get("rows"))).containsExactly(1, 2);
      assertThat(checkpoint.tensors().get("columns").spec().shape()).isEqualTo(Shape.of(1, 2));
      assertThat(TorchFiles.read(checkpoint.tensors().get("columns"))).containsExactly(1, 0, 2, 0);
      assertThat(TorchFiles.read(checkpoint.tensors().get("spelt"))).containsExactly(1, -1);
      assertThat(notes(checkpoint)).containsExactly("its weights are what lies in 'model'.");
    }
  }

  /// An array of shape [1, 2], up to its bytes.
  private static PickleBytes array(
      PickleBytes pickle, String dtype, String order, boolean columns) {
    return pickle
        .global("numpy.core.multiarray", "_reconstruct")
        .global("numpy", "ndarray")
        .numbers(0)
        .data('b')
        .op(0x87)
        .op("R(")
        .number(1)
        .numbers(1, 2)
        .global("numpy", "dtype")
        .text(dtype)
        .op(0x89)
        .op(0x88)
        .op(0x87)
        .op("R(")
        .number(3)
        .text(order)
        .op("NNNtb")
        .op(columns ? 0x88 : 0x89);
  }

  @Test
  void partsOfStoragesInTheLegacyForm() {
    PickleBytes pickle =
        PickleBytes.pickle()
            .op("}")
            .text("w")
            .global("torch._utils", "_rebuild_tensor")
            .op("((")
            .text("storage")
            .global("torch", "FloatStorage")
            .text("k")
            .text("cpu")
            .number(5)
            .op("(")
            .text("part")
            .number(2)
            .number(3)
            .op("ttQ")
            .number(1)
            .numbers(2)
            .numbers(1)
            .op("tRs");
    try (Checkpoint checkpoint =
        open("m.pt", legacy(pickle.stop(), "k", 5, littleEndian(1, 2, 3, 4, 5)))) {
      assertThat(floats(checkpoint.tensors().get("w"))).containsExactly(4, 5);
    }
  }

  /// A file of the form before torch 1.6 with one storage.
  static byte[] legacy(byte[] object, String key, long count, byte[] data) {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    out.writeBytes(
        PickleBytes.pickle()
            .op(0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)
            .stop());
    out.writeBytes(PickleBytes.pickle().number(1001).stop());
    out.writeBytes(PickleBytes.pickle().op("}").stop());
    out.writeBytes(object);
    out.writeBytes(PickleBytes.pickle().op("]").text(key).op("a").stop());
    out.writeBytes(
        java.nio.ByteBuffer.allocate(8)
            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
            .putLong(count)
            .array());
    out.writeBytes(data);
    return out.toByteArray();
  }

  @Test
  void attributesOfTorchScriptModulesAreTensors() {
    PickleBytes pickle = PickleBytes.pickle().global("__torch__.net", "Net").op(")").op(0x81);
    pickle
        .op("}(")
        .text("training")
        .op(0x89)
        .text("scale")
        .floats("0", 1)
        .text("layer")
        .global("__torch__.torch.nn", "Linear")
        .op(")")
        .op(0x81)
        .op("}")
        .text("weight")
        .floats("1", 2)
        .op("sb")
        .op("ub");
    byte[] archive =
        new TestArchive()
            .stored("net/data.pkl", pickle.stop())
            .deflated(
                "net/code/__torch__/net.py",
                "class Net(Module): ...".getBytes(StandardCharsets.UTF_8))
            .stored("net/data/0", littleEndian(3))
            .stored("net/data/1", littleEndian(4, 5))
            .bytes();
    try (Checkpoint checkpoint = open("net.pt", archive)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("scale", "layer.weight");
      assertThat(floats(checkpoint.tensors().get("layer.weight"))).containsExactly(4, 5);
      assertThat(notes(checkpoint))
          .containsExactly(
              "is a TorchScript archive: its tensors are the attributes of its modules, and its"
                  + " code is not read.");
      assertThat(checkpoint.notes().getFirst().kind()).isEqualTo(Note.Kind.READING);
    }
  }

  @Test
  void shardsWithAnIndexAreOneCheckpoint() throws IOException {
    Files.write(folder.resolve("pytorch_model-00001-of-00002.bin"), twoFloats().bytes());
    Files.write(
        folder.resolve("pytorch_model-00002-of-00002.bin"),
        new TestArchive()
            .stored(
                "m/data.pkl", PickleBytes.pickle().op("}").text("v").floats("0", 1).op("s").stop())
            .stored("m/data/0", littleEndian(3))
            .bytes());
    Path index =
        Files.writeString(
            folder.resolve("pytorch_model.bin.index.json"),
            """
            {"metadata": {"total_size": 12}, "weight_map": {
              "w": "pytorch_model-00001-of-00002.bin", "v": "pytorch_model-00002-of-00002.bin"}}
            """);
    for (Path given : List.of(index, folder)) {
      try (Checkpoint checkpoint = Checkpoints.open(given)) {
        assertThat(checkpoint.tensors()).containsOnlyKeys("w", "v");
        assertThat(floats(checkpoint.tensors().get("v"))).containsExactly(3);
        assertThat(checkpoint.sources()).hasSize(2);
      }
    }
  }

  @Test
  void aFolderOffersSafetensorsBeforePickles() throws IOException {
    Files.write(folder.resolve("pytorch_model.bin"), TorchFiles.bytes("dict-zip.bin"));
    Files.writeString(folder.resolve("training_args.bin"), "no checkpoint");
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.name()).isEqualTo(folder.resolve("pytorch_model.bin").toString());
    }
    Path safe = folder.resolve("model.safetensors");
    Files.copy(TorchFiles.path("expected.safetensors"), safe);
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.name()).isEqualTo(safe.toString());
    }
  }

  @Test
  void aPickleIsReadAndNotWritten() {
    assertThatThrownBy(() -> Checkpoints.layout(Path.of("out.ckpt"), List.of(), Map.of()))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            "out.ckpt: the name is not that of a format which Mokume writes, which are safetensors"
                + " (.safetensors, .sft), gguf (.gguf); give the output one of those extensions.");
  }
}
