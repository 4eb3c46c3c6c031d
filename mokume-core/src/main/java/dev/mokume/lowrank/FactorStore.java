package dev.mokume.lowrank;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.CheckpointLayout.Placement;
import dev.mokume.checkpoint.CheckpointWriter;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.internal.engine.SpillFile;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// The tensors of a LoRA in the making, in a temporary file beside it: how many columns factors
/// have, and so where they stand in the output, is known only when all are there.
final class FactorStore implements AutoCloseable {
  private static final long PIECE = 1 << 20;

  private final Path output;
  private final SpillFile file;
  private final AtomicLong end = new AtomicLong();
  private final Map<String, Stored> tensors = new ConcurrentHashMap<>();

  private record Stored(TensorSpec spec, long offset, long length) {}

  FactorStore(Path output) {
    this.output = output;
    Path folder = output.toAbsolutePath().getParent();
    this.file =
        new SpillFile(
            folder == null ? Path.of(".") : folder,
            "which a LoRA in the making needs. Write it to a folder with space.");
  }

  /// @throws MokumeException with what speaks against the output whatever its size will be
  static void refuseEarly(Path output, AtomicFileOutput.Options target) {
    List<Problem> early = new ArrayList<>(AtomicFileOutput.problems(output, 0, target));
    try {
      Checkpoints.layout(output, List.of(), Map.of());
    } catch (MokumeException foreignFormat) {
      early.addAll(foreignFormat.problems());
    }
    if (!early.isEmpty()) {
      throw new MokumeException(early);
    }
  }

  /// Keeps a tensor's bytes, which are native memory; from any thread.
  void put(TensorSpec spec, MemorySegment bytes) {
    long offset = end.getAndAdd(bytes.byteSize());
    for (long at = 0; at < bytes.byteSize(); at += PIECE) {
      file.write(offset + at, bytes.asSlice(at, Math.min(PIECE, bytes.byteSize() - at)));
    }
    Stored before = tensors.put(spec.name(), new Stored(spec, offset, bytes.byteSize()));
    if (before != null) {
      throw new IllegalStateException("two tensors are called '" + spec.name() + "'");
    }
  }

  /// Keeps a single number.
  void put(TensorSpec spec, float number) {
    try (Arena arena = Arena.ofConfined()) {
      put(spec, arena.allocateFrom(ValueLayout.JAVA_FLOAT, number));
    }
  }

  /// Writes all of it to the output.
  CheckpointLayout write(Map<String, String> metadata, AtomicFileOutput.Options options) {
    List<TensorEntry> entries =
        tensors.values().stream().map(stored -> TensorEntry.of(stored.spec)).toList();
    CheckpointLayout layout = Checkpoints.layout(output, entries, metadata);
    try (Arena arena = Arena.ofConfined();
        CheckpointWriter writer =
            CheckpointWriter.open(
                layout, AtomicFileOutput.create(output, layout.size(), options))) {
      MemorySegment piece = arena.allocate(PIECE, 64);
      for (Placement placement : layout.placements().values()) {
        copy(placement, writer, piece);
      }
      writer.commit();
    }
    return layout;
  }

  private void copy(Placement placement, CheckpointWriter writer, MemorySegment piece) {
    Stored stored = java.util.Objects.requireNonNull(tensors.get(placement.name()));
    for (long at = 0; at < stored.length; at += PIECE) {
      MemorySegment part = piece.asSlice(0, Math.min(PIECE, stored.length - at));
      file.read(stored.offset + at, part);
      writer.write(placement, at, part);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
