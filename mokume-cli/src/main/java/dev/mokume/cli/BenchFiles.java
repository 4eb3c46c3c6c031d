package dev.mokume.cli;

import dev.mokume.architecture.Layout;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.CheckpointLayout.Placement;
import dev.mokume.checkpoint.CheckpointWriter;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Checkpoints to measure with: tensors of the sizes that an SD 1.x U-Net has, filled with finite
/// pseudo-random weights.
final class BenchFiles {
  /// Elements of the tensors, in turn: the mix of a U-Net, from its biases to its largest
  /// convolutions.
  private static final long[] ELEMENTS = {
    320,
    320L * 320 * 9,
    1280L * 1280,
    640L * 640 * 9,
    1280L * 1280 * 9,
    1280,
    2560L * 1280 * 9,
    10240L * 1280,
    320L * 768
  };

  private static final int PIECE = 1 << 22;

  private BenchFiles() {}

  /// Writes a checkpoint of about `bytes` bytes.
  static void write(Path file, DType dtype, long bytes, long seed) {
    write(file, dtype, bytes, seed, ELEMENTS);
  }

  /// Writes a checkpoint of one tensor, of so many bytes.
  static void writeOne(Path file, DType dtype, long bytes, long seed) {
    write(file, dtype, bytes, seed, new long[] {bytes / width(dtype)});
  }

  private static void write(Path file, DType dtype, long bytes, long seed, long[] sizes) {
    List<TensorEntry> entries = new ArrayList<>();
    long elements = bytes / width(dtype);
    for (int i = 0; elements > 0; i++) {
      long count = Math.min(elements, sizes[i % sizes.length]);
      String name =
          String.format(Locale.ROOT, "model.diffusion_model.input_blocks.%d.%d.weight", i % 12, i);
      entries.add(TensorEntry.of(new TensorSpec(name, dtype, Shape.of(count))));
      elements -= count;
    }
    CheckpointLayout layout = Checkpoints.layout(file, entries, Map.of("format", "pt"));
    AtomicFileOutput.Options options =
        AtomicFileOutput.Options.defaults().replaceExisting(true).durable(false);
    try (CheckpointWriter writer =
            CheckpointWriter.open(layout, AtomicFileOutput.create(file, layout.size(), options));
        Arena arena = Arena.ofConfined()) {
      MemorySegment piece = arena.allocate(PIECE, 8);
      long state = seed;
      for (Placement placement : layout.placements().values()) {
        for (long done = 0; done < placement.length(); done += PIECE) {
          MemorySegment part = piece.asSlice(0, Math.min(PIECE, placement.length() - done));
          state = fill(piece, dtype, state);
          writer.write(placement, done, part);
        }
      }
      writer.commit();
    }
  }

  /// Writes a checkpoint of which only the header takes room on the disk, so that it need not have
  /// any for more; its weights are holes.
  static void writeHeader(Path file, Layout layout) {
    List<TensorEntry> entries = layout.specs().stream().map(TensorEntry::of).toList();
    CheckpointLayout written = Checkpoints.layout(file, entries, Map.of("format", "pt"));
    try (ByteSink sink = new OverwrittenFile(file);
        Arena arena = Arena.ofConfined()) {
      written.writeHeader(sink);
      sink.write(written.size() - 1, arena.allocate(1));
    }
  }

  private static int width(DType dtype) {
    return dtype.bytes().orElseThrow();
  }

  /// Weights between 2^-8 and 1 in size, of either sign.
  private static long fill(MemorySegment piece, DType dtype, long state) {
    long seed = state;
    for (long i = 0; i < PIECE; i += Long.BYTES) {
      seed += 0x9E3779B97F4A7C15L;
      long word = (seed ^ (seed >>> 30)) * 0xBF58476D1CE4E5B9L;
      word = (word ^ (word >>> 27)) * 0x94D049BB133111EBL;
      piece.set(ValueLayout.JAVA_LONG_UNALIGNED, i, finite(word ^ (word >>> 31), dtype));
    }
    return seed;
  }

  /// Random bits with the exponents of every element in the word limited.
  private static long finite(long word, DType dtype) {
    if (dtype.equals(DType.F16)) {
      return (word & 0x9FFF_9FFF_9FFF_9FFFL) | 0x2000_2000_2000_2000L;
    }
    if (dtype.equals(DType.BF16)) {
      return (word & 0x83FF_83FF_83FF_83FFL) | 0x3C00_3C00_3C00_3C00L;
    }
    if (dtype.equals(DType.F32)) {
      return (word & 0x83FF_FFFF_83FF_FFFFL) | 0x3C00_0000_3C00_0000L;
    }
    throw new MokumeException(
        ErrorCode.INVALID_RECIPE, "--dtype: measured are F16, BF16 and F32, not " + dtype + ".");
  }
}
