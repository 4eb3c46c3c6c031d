package dev.mokume.checkpoint;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A checkpoint for tests, tensor by tensor.
public final class TinyCheckpoint {
  private final List<TensorEntry> entries = new ArrayList<>();
  private final Map<String, byte[]> data = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  /// Nothing is in it yet.
  public TinyCheckpoint() {}

  /// A vector of F32 values.
  public TinyCheckpoint f32(String name, float... values) {
    return f32(name, Shape.of(values.length), values);
  }

  public TinyCheckpoint f32(String name, Shape shape, float... values) {
    ByteBuffer bytes = buffer(values.length * Float.BYTES);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return tensor(name, DType.F32, shape, bytes.array());
  }

  /// A vector of F16 values.
  public TinyCheckpoint f16(String name, float... values) {
    ByteBuffer bytes = buffer(values.length * Short.BYTES);
    for (float value : values) {
      bytes.putShort(Float.floatToFloat16(value));
    }
    return tensor(name, DType.F16, Shape.of(values.length), bytes.array());
  }

  /// A vector of I64 values.
  public TinyCheckpoint i64(String name, long... values) {
    ByteBuffer bytes = buffer(values.length * Long.BYTES);
    for (long value : values) {
      bytes.putLong(value);
    }
    return tensor(name, DType.I64, Shape.of(values.length), bytes.array());
  }

  /// A tensor by its bytes.
  public TinyCheckpoint tensor(String name, DType dtype, Shape shape, byte... bytes) {
    entries.add(new TensorEntry(new TensorSpec(name, dtype, shape), bytes.length));
    data.put(name, bytes);
    return this;
  }

  public TinyCheckpoint metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /// Writes the file and returns its path.
  public Path write(Path file) {
    CheckpointLayout layout = Checkpoints.layout(file, entries, metadata);
    AtomicFileOutput.Options options =
        AtomicFileOutput.Options.defaults().durable(false).replaceExisting(true);
    try (AtomicFileOutput sink = AtomicFileOutput.create(file, layout.size(), options);
        CheckpointWriter writer = CheckpointWriter.open(layout, sink);
        Arena arena = Arena.ofConfined()) {
      for (CheckpointLayout.Placement placement : layout.placements().values()) {
        byte[] bytes = data.get(placement.name());
        MemorySegment part = arena.allocate(Math.max(1, bytes.length)).asSlice(0, bytes.length);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, part, 0, bytes.length);
        writer.write(placement, 0, part);
      }
      writer.commit();
    }
    return file;
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
