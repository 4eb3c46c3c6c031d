package dev.mokume.lowrank;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.AtomicFileSet;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.CheckpointLayout.Placement;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.engine.SpillFile;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// The tensors of a LoRA in the making, in a temporary file beside it: how many columns factors
/// have, and so where they stand in the output, is known only when all are there.
final class FactorStore implements AutoCloseable {
  private static final long PIECE = 1 << 20;

  private final LoraTarget target;
  private final AtomicFileOutput.Options options;
  private final boolean madeFolder;
  private final SpillFile file;
  private final AtomicLong end = new AtomicLong();
  private final Map<String, Stored> tensors = new ConcurrentHashMap<>();

  private record Stored(TensorSpec spec, long offset, long length) {}

  /// @throws MokumeException with what speaks against the output whatever its size will be
  FactorStore(LoraTarget target, AtomicFileOutput.Options options) {
    this.target = target;
    this.options = options;
    this.madeFolder = target.createFolder();
    try {
      target.refuseEarly(options);
      this.file =
          new SpillFile(
              target.folder(),
              "which a LoRA in the making needs. Write it to a folder with space.");
    } catch (RuntimeException e) {
      removeEmptyFolder();
      throw e;
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
  ///
  /// @param config for the target's config, if it has one
  CheckpointLayout write(Map<String, String> metadata, Supplier<AdapterConfig> config) {
    List<TensorEntry> entries =
        tensors.values().stream().map(stored -> TensorEntry.of(stored.spec)).toList();
    CheckpointLayout layout = Checkpoints.layout(target.weights(), entries, metadata);
    byte[] text = target.config().isPresent() ? config.get().bytes() : new byte[0];
    try (Arena arena = Arena.ofConfined();
        AtomicFileSet files =
            AtomicFileSet.create(target.files(layout.size(), text.length), options)) {
      ByteSink weights = files.files().getFirst();
      layout.writeHeader(weights);
      ByteSink placing = layout.placing(weights);
      MemorySegment piece = arena.allocate(PIECE, 64);
      for (Placement placement : layout.placements().values()) {
        copy(placement, placing, piece);
      }
      if (target.config().isPresent()) {
        files.files().getLast().write(0, arena.allocateFrom(ValueLayout.JAVA_BYTE, text));
      }
      files.commit();
    }
    return layout;
  }

  private void copy(Placement placement, ByteSink sink, MemorySegment piece) {
    Stored stored = Objects.requireNonNull(tensors.get(placement.name()));
    for (long at = 0; at < stored.length; at += PIECE) {
      MemorySegment part = piece.asSlice(0, Math.min(PIECE, stored.length - at));
      file.read(stored.offset + at, part);
      sink.write(placement.offset() + at, part);
    }
  }

  @Override
  public void close() {
    file.close();
    removeEmptyFolder();
  }

  /// What an output that came to nothing leaves behind.
  private void removeEmptyFolder() {
    if (madeFolder) {
      try {
        Files.deleteIfExists(target.folder());
      } catch (IOException stays) {
        // The adapter is in it, or somebody else's file.
      }
    }
  }
}
