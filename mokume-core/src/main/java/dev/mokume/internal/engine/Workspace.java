package dev.mokume.internal.engine;

import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.ChosenElements;
import dev.mokume.internal.kernel.FusedBlend;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.kernel.Pools;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One worker's registers and the block it is at. Allocated once a worker, grown only between
/// passes.
final class Workspace {
  final Kernels kernels;

  /// Which of the engine's workers this is, from 0.
  final int worker;

  /// f32 registers of a block each.
  float[][] values = new float[0][];

  /// Mask registers of a block each.
  long[][] masks = new long[0][];

  /// The tile's bytes, of each input, slot and output of the pass.
  MemorySegment[] inputs = new MemorySegment[0];

  MemorySegment[] slots = new MemorySegment[0];
  MemorySegment[] outputs = new MemorySegment[0];

  private final float[][] rooms = new float[2][0];
  private double[] sums = new double[0];
  private float[][] rows = new float[0][];
  private final List<float[][]> operands = new ArrayList<>();
  private final Map<FusedBlend, FusedBlend.Strip> strips = new HashMap<>();
  private final RankedRows ranked = new RankedRows();
  private @Nullable ChosenElements chosen;

  /// The run that the tile belongs to.
  private @Nullable TensorRun run;

  /// The index of the block's first element in the tensor.
  long first;

  /// The same within the tile.
  int inTile;

  /// Elements of the block.
  int count;

  /// NaN and infinite values among what was encoded of this tile, for each of the program's
  /// outputs.
  long[] nonFinite = new long[0];

  Workspace(Kernels kernels, int worker) {
    this.kernels = kernels;
    this.worker = worker;
  }

  /// Turns to a tile of `run`, with so many registers.
  void begin(TensorRun ofTile, int outputsOfRun, int valueRegisters, int maskRegisters) {
    run = ofTile;
    ranked.forget();
    if (nonFinite.length < outputsOfRun) {
      nonFinite = new long[outputsOfRun];
    } else {
      Arrays.fill(nonFinite, 0);
    }
    reserve(valueRegisters, maskRegisters);
  }

  /// Turns to a block of the tile.
  void at(long firstElement, int offsetInTile, int elements) {
    first = firstElement;
    inTile = offsetInTile;
    count = elements;
  }

  /// How many elements of the block lie before that element of the tensor.
  int before(long element) {
    return (int) Math.clamp(element - first, 0L, (long) count);
  }

  /// Room for so many numbers that one instruction needs for itself; its content is whatever the
  /// last left.
  float[] room(int number, int size) {
    if (rooms[number].length < size) {
      rooms[number] = new float[size];
    }
    return rooms[number];
  }

  /// Room for so many sums; its content is whatever the last left.
  double[] sums(int size) {
    if (sums.length < size) {
      sums = new double[size];
    }
    return sums;
  }

  /// So many rows of [Pools#LANES] numbers; their content is whatever the last left.
  float[][] rows(int count) {
    if (rows.length < count) {
      rows = new float[count][Pools.LANES];
    }
    return rows;
  }

  /// An array of so many registers, for one instruction to fill.
  float[][] operands(int count) {
    while (operands.size() <= count) {
      operands.add(new float[operands.size()][]);
    }
    return operands.get(count);
  }

  /// The arrays of a fused blend, always for as many elements.
  FusedBlend.Strip strip(FusedBlend blend, int elements) {
    return strips.computeIfAbsent(blend, _ -> blend.strip(elements));
  }

  /// What a mask chooses of the block.
  ChosenElements chosen() {
    if (chosen == null) {
      chosen = new ChosenElements();
    }
    return chosen;
  }

  /// The ranks of the rows that this worker was at last.
  RankedRows ranked() {
    return ranked;
  }

  TensorRun run() {
    return Objects.requireNonNull(run);
  }

  private void reserve(int valueRegisters, int maskRegisters) {
    if (values.length < valueRegisters) {
      values = Arrays.copyOf(values, valueRegisters);
      for (int i = 0; i < values.length; i++) {
        if (values[i] == null) {
          values[i] = new float[Block.ELEMENTS];
        }
      }
    }
    if (masks.length < maskRegisters) {
      masks = Arrays.copyOf(masks, maskRegisters);
      for (int i = 0; i < masks.length; i++) {
        if (masks[i] == null) {
          masks[i] = new long[Block.MASK_WORDS];
        }
      }
    }
  }

  /// The number that a scalar node has in this run, as elements meet it.
  float scalar(int node) {
    return (float) run().scalar(node);
  }
}
