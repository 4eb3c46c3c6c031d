package dev.mokume.internal.safetensors;

import static dev.mokume.internal.safetensors.Safetensors.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.CheckpointWriter;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFileTest {
  @TempDir Path folder;

  private Checkpoint open(byte[] file) {
    return Checkpoints.open(Safetensors.write(folder.resolve("m.safetensors"), file));
  }

  private static byte[] read(Checkpoint checkpoint, String name) {
    StoredTensor tensor = checkpoint.tensors().get(name);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(tensor.length());
      tensor.source().read(tensor.offset(), into);
      return into.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static TensorSpec spec(String name, DType dtype, long... dimensions) {
    return new TensorSpec(name, dtype, Shape.of(dimensions));
  }

  @Test
  void namesDtypesShapesAndPlaces() {
    String header =
        """
        {"__metadata__":{"format":"pt","modelspec.title":"T\\u00fcr"},
         "b":{"dtype":"F16","shape":[2,1],"data_offsets":[0,4]},
         "a":{"data_offsets":[4,5],"shape":[1],"dtype":"U8"}}\
        """
            + "   ";
    try (Checkpoint checkpoint = open(bytes(header, 1, 2, 3, 4, 5))) {
      long data = 8 + header.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
      assertThat(checkpoint.name()).isEqualTo(folder.resolve("m.safetensors").toString());
      assertThat(checkpoint.metadata()).isEqualTo(Map.of("format", "pt", "modelspec.title", "Tür"));
      assertThat(checkpoint.sources()).hasSize(1);
      assertThat(checkpoint.tensors().values())
          .containsExactly(
              new StoredTensor(
                  spec("b", DType.F16, 2, 1), checkpoint.sources().getFirst(), data, 4),
              new StoredTensor(
                  spec("a", DType.U8, 1), checkpoint.sources().getFirst(), data + 4, 1));
      assertThat(read(checkpoint, "b")).containsExactly(1, 2, 3, 4);
      assertThat(read(checkpoint, "a")).containsExactly(5);
    }
  }

  @Test
  void tensorsComeInTheOrderOfTheData() {
    try (Checkpoint checkpoint =
        open(
            bytes(
                """
                {"z":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},
                 "e":{"dtype":"U8","shape":[0],"data_offsets":[2,2]},
                 "y":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},
                 "a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}\
                """,
                1,
                2,
                3))) {
      assertThat(checkpoint.tensors().sequencedKeySet()).containsExactly("a", "y", "e", "z");
    }
  }

  @Test
  void aFileWithoutTensors() {
    try (Checkpoint checkpoint = open(bytes("{}"))) {
      assertThat(checkpoint.tensors()).isEmpty();
      assertThat(checkpoint.metadata()).isEmpty();
    }
  }

  @Test
  void noDimensionsHoldOneElement() {
    try (Checkpoint checkpoint =
        open(
            bytes(
                "{\"scale\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}",
                0,
                0,
                0x80,
                0x3f))) {
      assertThat(checkpoint.tensors().get("scale").spec()).isEqualTo(spec("scale", DType.F32));
      assertThat(read(checkpoint, "scale")).hasSize(4);
    }
  }

  @Test
  void emptyTensorsMayShareAPlace() {
    try (Checkpoint checkpoint =
        open(
            bytes(
                """
                {"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},
                 "b":{"dtype":"F32","shape":[3,0],"data_offsets":[0,0]},
                 "c":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
                 "d":{"dtype":"F32","shape":[0],"data_offsets":[1,1]}}\
                """,
                7))) {
      assertThat(checkpoint.tensors().sequencedKeySet()).containsExactly("a", "b", "c", "d");
      assertThat(read(checkpoint, "b")).isEmpty();
    }
  }

  @Test
  void anUnknownDtypeTakesWhatItsOffsetsSay() {
    try (Checkpoint checkpoint =
        open(
            bytes(
                "{\"q\":{\"dtype\":\"Q3_K\",\"shape\":[256],\"data_offsets\":[0,3]}}", 1, 2, 3))) {
      assertThat(checkpoint.tensors().get("q").spec().dtype()).isEqualTo(DType.unknown("Q3_K"));
      assertThat(read(checkpoint, "q")).containsExactly(1, 2, 3);
    }
  }

  @Test
  void elementsOfLessThanAByteArePacked() {
    try (Checkpoint checkpoint =
        open(
            bytes(
                """
                {"f4":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]},
                 "f6":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[3,6]}}\
                """,
                1,
                2,
                3,
                4,
                5,
                6))) {
      assertThat(checkpoint.tensors().get("f4").length()).isEqualTo(3);
      assertThat(checkpoint.tensors().get("f6").length()).isEqualTo(3);
    }
  }

  /// Those that the format knows.
  private static final List<DType> DTYPES =
      DType.known().stream().filter(dtype -> !dtype.isBlockwise()).toList();

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    List<TensorEntry> entries = new ArrayList<>();
    for (DType dtype : DTYPES) {
      entries.add(TensorEntry.of(spec("tensor of " + dtype, dtype, 2, 4)));
    }
    entries.add(new TensorEntry(spec("unknown \"\\\n\u0001 重み 😀", DType.unknown("Q3_K"), 5), 3));
    entries.add(TensorEntry.of(spec("", DType.F32)));
    entries.add(TensorEntry.of(spec("empty", DType.F32, 0, 4)));
    Map<String, String> metadata =
        Map.of("recipe", "{\"a\":\n1}\t\u0007", "format", "pt", "ü", "\u2028");
    Path file = folder.resolve("out.safetensors");
    CheckpointLayout layout = Checkpoints.layout(file, entries, metadata);
    write(file, layout);
    assertThat(Files.size(file)).isEqualTo(layout.size());
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      assertThat(checkpoint.metadata()).isEqualTo(metadata);
      assertThat(checkpoint.tensors().sequencedKeySet())
          .containsExactlyElementsOf(layout.placements().keySet());
      for (TensorEntry entry : entries) {
        assertThat(checkpoint.tensors().get(entry.name()).spec()).isEqualTo(entry.spec());
        assertThat(read(checkpoint, entry.name())).isEqualTo(content(entry.name(), entry.length()));
      }
    }
  }

  private static void write(Path file, CheckpointLayout layout) {
    try (AtomicFileOutput output =
            AtomicFileOutput.create(file, layout.size(), AtomicFileOutput.Options.defaults());
        CheckpointWriter writer = CheckpointWriter.open(layout, output);
        Arena arena = Arena.ofConfined()) {
      for (CheckpointLayout.Placement tensor : layout.placements().reversed().values()) {
        byte[] content = content(tensor.name(), tensor.length());
        writer.write(tensor, 0, arena.allocateFrom(ValueLayout.JAVA_BYTE, content));
      }
      writer.commit();
    }
  }

  private static byte[] content(String name, long length) {
    byte[] content = new byte[(int) length];
    new java.util.Random(name.hashCode()).nextBytes(content);
    return content;
  }

  @Test
  void aSparseFileFarAboveFourGibibytes() throws IOException {
    long elements = 12L << 30;
    List<TensorEntry> entries =
        List.of(
            TensorEntry.of(spec("huge", DType.F16, 12, 1 << 30)),
            TensorEntry.of(spec("last", DType.U8, 3)));
    Path file = folder.resolve("huge.safetensors");
    CheckpointLayout layout = Checkpoints.layout(file, entries, Map.of());
    CheckpointLayout.Placement huge = layout.placement("huge");
    CheckpointLayout.Placement last = layout.placement("last");
    AtomicFileOutput.Options fast = AtomicFileOutput.Options.defaults().durable(false);
    try (AtomicFileOutput output = AtomicFileOutput.create(file, layout.size(), fast);
        Arena arena = Arena.ofConfined()) {
      output.write(0, arena.allocateFrom(ValueLayout.JAVA_BYTE, layout.header()));
      output.write(
          huge.offset() + huge.length() - 2,
          arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 1, (byte) 2));
      output.write(
          last.offset(), arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) 3, (byte) 4, (byte) 5));
      output.commit();
    }
    try (Checkpoint checkpoint = Checkpoints.open(file);
        Arena arena = Arena.ofConfined()) {
      StoredTensor stored = checkpoint.tensors().get("huge");
      assertThat(stored.length()).isEqualTo(2 * elements);
      MemorySegment into = arena.allocate(4);
      stored.source().read(stored.offset() + stored.length() - 4, into);
      assertThat(into.toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, 1, 2);
      assertThat(read(checkpoint, "last")).containsExactly(3, 4, 5);
    }
  }

  @Test
  void fiftyThousandTensors() {
    int count = 50_000;
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(
          TensorEntry.of(
              spec("model.layers.%05d.mlp.experts.gate_proj.weight".formatted(i), DType.F32, 1)));
    }
    Path file = folder.resolve("many.safetensors");
    CheckpointLayout layout = Checkpoints.layout(file, entries, Map.of());
    byte[] bytes = java.util.Arrays.copyOf(layout.header(), (int) layout.size());
    try (Checkpoint checkpoint = open(bytes)) {
      assertThat(checkpoint.tensors()).hasSize(count);
      StoredTensor last = checkpoint.tensors().lastEntry().getValue();
      assertThat(last.name()).isEqualTo("model.layers.49999.mlp.experts.gate_proj.weight");
      assertThat(last.offset()).isEqualTo(layout.headerLength() + 4L * (count - 1));
      assertThat(last.spec().shape())
          .as("equal shapes are kept once")
          .isSameAs(checkpoint.tensors().firstEntry().getValue().spec().shape());
    }
  }

  @Test
  void aMillionTensorsIsTheMost() {
    StringBuilder header = new StringBuilder("{\"0\":");
    String entry = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
    header.append(entry);
    for (int i = 1; i <= 1_000_000; i++) {
      header.append(",\"").append(i).append("\":").append(entry);
    }
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> open(bytes(header.append('}').toString())))
        .hasMessage(
            folder.resolve("m.safetensors")
                + ": its header names more than 1,000,000 tensors, the most that is allowed.");
  }
}
