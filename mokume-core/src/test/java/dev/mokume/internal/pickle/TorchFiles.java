package dev.mokume.internal.pickle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.MemorySource;
import dev.mokume.checkpoint.StoredTensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// The files in the test resources, and the reading of small ones.
final class TorchFiles {
  private TorchFiles() {}

  static Path path(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(TorchFiles.class.getResource("/torch/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static byte[] bytes(String name) {
    try (InputStream in = TorchFiles.class.getResourceAsStream("/torch/" + name)) {
      return Objects.requireNonNull(in).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Checkpoint open(String name, byte[] bytes) {
    return new PickleFormat().open(new MemorySource(name, bytes));
  }

  /// What a checkpoint holds: dtype, shape and bytes of each tensor, by name.
  static Map<String, String> contents(Checkpoint checkpoint) {
    Map<String, String> contents = new TreeMap<>();
    checkpoint
        .tensors()
        .forEach((name, tensor) -> {
          assertThat(tensor.name()).isEqualTo(name);
          contents.put(
              name,
              tensor.spec().dtype()
                  + " "
                  + tensor.spec().shape()
                  + " "
                  + java.util.HexFormat.of().formatHex(read(tensor)));
        });
    return contents;
  }

  static byte[] read(StoredTensor tensor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(tensor.length() + 1).asSlice(0, tensor.length());
      tensor.source().read(tensor.offset(), into);
      return into.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /// The values of a tensor of F32.
  static float[] floats(StoredTensor tensor) {
    ByteBuffer bytes = ByteBuffer.wrap(read(tensor)).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  static byte[] littleEndian(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }
}
