package dev.mokume.synth;

import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.CheckpointWriter;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.threads.Workers;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Fills and writes tensors tile by tile on worker threads. A worker holds two tiles, whatever the
/// size of the tensors.
final class SynthRun {
  /// Elements a tile: 512 KiB of F16, 1 MiB of F32.
  static final int TILE_ELEMENTS = 1 << 18;

  private final List<SynthTensor> tensors;
  private final CheckpointWriter writer;
  private final SynthOptions options;
  private final Kernels kernels = Kernels.best();

  /// The number of tiles of all tensors before each one.
  private final long[] tilesBefore;

  private final AtomicLong nextTile = new AtomicLong();
  private final AtomicLong written = new AtomicLong();

  SynthRun(List<SynthTensor> tensors, CheckpointWriter writer, SynthOptions options) {
    this.tensors = tensors;
    this.writer = writer;
    this.options = options;
    this.tilesBefore = new long[tensors.size() + 1];
    for (int i = 0; i < tensors.size(); i++) {
      tilesBefore[i + 1] = tilesBefore[i] + tiles(tensors.get(i));
    }
  }

  /// Bytes that are copied are counted as if each were an element: their dtype's size may not be
  /// known.
  private static long units(SynthTensor tensor) {
    return switch (tensor.content()) {
      case Content.Copy _ -> tensor.entry().length();
      case Content.Random _,
          Content.Values _,
          Content.Constant _,
          Content.Positions _,
          Content.Zeros _,
          Content.Sibling _ ->
          tensor.entry().spec().elementCount();
    };
  }

  private static long tiles(SynthTensor tensor) {
    return Math.ceilDiv(units(tensor), (long) TILE_ELEMENTS);
  }

  void run() {
    Workers.run(options.threads(), "mokume-synth", this::work);
  }

  static void checkCancelled(SynthOptions options) {
    if (options.cancelled().getAsBoolean()) {
      throw new MokumeException(ErrorCode.CANCELLED, "Cancelled; no file was written.");
    }
  }

  private void work(Workers.Failure failed) {
    try (Arena arena = Arena.ofConfined()) {
      TileFiller filler = new TileFiller(kernels, arena);
      long tile = nextTile.getAndIncrement();
      int tensor = 0;
      while (tile < tilesBefore[tensors.size()] && !failed.isPresent()) {
        checkCancelled(options);
        while (tilesBefore[tensor + 1] <= tile) {
          tensor++;
        }
        write(tensors.get(tensor), (tile - tilesBefore[tensor]) * TILE_ELEMENTS, filler);
        tile = nextTile.getAndIncrement();
      }
    }
  }

  private void write(SynthTensor tensor, long first, TileFiller filler) {
    int count = (int) Math.min(TILE_ELEMENTS, units(tensor) - first);
    MemorySegment tile = filler.fill(tensor, first, count);
    CheckpointLayout.Placement placement = writer.layout().placement(tensor.entry().name());
    writer.write(placement, packing(tensor).bytes(first), tile);
    options
        .progress()
        .advanced(
            written.addAndGet(tile.byteSize()),
            writer.layout().size() - writer.layout().headerLength());
  }

  static Packing packing(SynthTensor tensor) {
    return switch (tensor.content()) {
      case Content.Copy(StoredTensor _) -> DType.U8.packing();
      case Content.Random _,
          Content.Values _,
          Content.Constant _,
          Content.Positions _,
          Content.Zeros _,
          Content.Sibling _ ->
          tensor.entry().spec().dtype().packing();
    };
  }
}
