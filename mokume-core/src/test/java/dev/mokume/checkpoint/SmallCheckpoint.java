package dev.mokume.checkpoint;

import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/// A checkpoint whose values a person can check: written by hand, and read back into arrays.
public final class SmallCheckpoint {
  private record Tensor(TensorSpec spec, byte[] bytes) {}

  private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new TreeMap<>();

  public SmallCheckpoint() {}

  /// A matrix, given row by row, or whatever has that shape.
  public SmallCheckpoint with(String name, Shape shape, float... values) {
    return with(name, DType.F32, shape, values);
  }

  /// A vector.
  public SmallCheckpoint with(String name, float... values) {
    return with(name, Shape.of(values.length), values);
  }

  public SmallCheckpoint with(String name, DType dtype, Shape shape, float... values) {
    if (shape.elementCount() != values.length) {
      throw new IllegalArgumentException(values.length + " values for " + shape);
    }
    try (Arena arena = Arena.ofConfined()) {
      long length = dtype.packing().bytes(values.length);
      MemorySegment bytes = arena.allocate(Math.max(1, length));
      Kernels.scalar().codec(dtype).encode(values, bytes, 0, values.length);
      return withBytes(name, dtype, shape, bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  /// Bytes as they are, of whatever dtype.
  public SmallCheckpoint withBytes(String name, DType dtype, Shape shape, byte... bytes) {
    tensors.put(name, new Tensor(new TensorSpec(name, dtype, shape), bytes.clone()));
    return this;
  }

  public SmallCheckpoint withMetadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /// Writes it in place of whatever is there.
  public Path write(Path file) {
    List<TensorEntry> entries =
        tensors.values().stream()
            .map(tensor -> new TensorEntry(tensor.spec, tensor.bytes.length))
            .toList();
    CheckpointLayout layout = Checkpoints.layout(file, entries, metadata);
    byte[] bytes = new byte[Math.toIntExact(layout.size())];
    System.arraycopy(layout.header(), 0, bytes, 0, layout.headerLength());
    tensors.forEach((name, tensor) ->
        System.arraycopy(
            tensor.bytes, 0, bytes, (int) layout.placement(name).offset(), tensor.bytes.length));
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static SmallCheckpoint read(Path file) {
    SmallCheckpoint read = new SmallCheckpoint();
    try (Checkpoint checkpoint = Checkpoints.open(file);
        Arena arena = Arena.ofConfined()) {
      read.metadata.putAll(checkpoint.metadata());
      for (StoredTensor tensor : checkpoint.tensors().values()) {
        MemorySegment bytes =
            arena.allocate(Math.max(1, tensor.length())).asSlice(0, tensor.length());
        tensor.source().read(tensor.offset(), bytes);
        read.tensors.put(
            tensor.name(), new Tensor(tensor.spec(), bytes.toArray(ValueLayout.JAVA_BYTE)));
      }
    }
    return read;
  }

  public Map<String, String> metadata() {
    return metadata;
  }

  /// In the order of the file.
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  public TensorSpec spec(String name) {
    return tensor(name).spec;
  }

  public byte[] bytes(String name) {
    return tensor(name).bytes.clone();
  }

  public float[] values(String name) {
    Tensor tensor = tensor(name);
    float[] values = new float[(int) tensor.spec.elementCount()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(1, tensor.bytes.length));
      MemorySegment.copy(MemorySegment.ofArray(tensor.bytes), 0, bytes, 0, tensor.bytes.length);
      Kernels.scalar().codec(tensor.spec.dtype()).decode(bytes, 0, values, values.length);
    }
    return values;
  }

  /// Element i is bit `i & 7` of byte `i >> 3`.
  public boolean[] packedBits(String name, int count) {
    byte[] bytes = bytes(name);
    boolean[] bits = new boolean[count];
    for (int i = 0; i < count; i++) {
      bits[i] = (bytes[i >> 3] >> (i & 7) & 1) == 1;
    }
    return bits;
  }

  private Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("there is no tensor '" + name + "', only " + names());
    }
    return tensor;
  }
}
