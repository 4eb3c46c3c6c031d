package dev.mokume.internal.engine;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Matrix;
import dev.mokume.internal.kernel.Block;
import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where a tensor's inputs, matrices and intermediate values are while it is worked on: in memory,
/// borrowed from the pool, or read anew for every pass and spilled to a file. Of inputs that do not
/// fit as many tiles are in memory as do, spread evenly. Matrices are always in memory.
final class Residence {
  private final Program program;
  private final int tileElements;

  /// Tiles of the tensor, and how many of them stay in memory.
  private final int tiles;

  private final int heldTiles;
  private final @Nullable MemorySegment[] inputs;

  /// Of each block of the inputs that stay in memory, whether it has been read. A tile has one
  /// worker at a time.
  private final boolean[][] filled;

  private final @Nullable MemorySegment[] matrices;
  private final @Nullable MemorySegment[] slots;
  private @Nullable MemorySegment workspace;
  private final long[] spillOffsets;
  private final Path spillFolder;
  private @Nullable SpillFile spill;

  private Residence(Program program, Path spillFolder, int tileElements, int heldTiles) {
    this.program = program;
    this.tileElements = tileElements;
    this.tiles = tiles(program, tileElements);
    this.heldTiles = heldTiles;
    this.filled = new boolean[program.inputs().size()][0];
    this.inputs = new MemorySegment[program.inputs().size()];
    this.matrices = new MemorySegment[program.matrices().size()];
    this.slots = new MemorySegment[program.slots().size()];
    this.spillOffsets = new long[program.slots().size()];
    this.spillFolder = spillFolder;
  }

  /// Borrows what the program needs: matrices, inputs that more than one pass reads, and slots.
  /// Nothing if the pool has no room just now and waiting for others helps; slots that could never
  /// fit are spilled, and what could never fit of the inputs is read again for every pass.
  ///
  /// @throws MokumeException `MEMORY_BUDGET` if the matrices could never fit
  static Optional<Residence> reserve(
      Program program, MemoryPool pool, Path spillFolder, int tileElements) {
    long room = pool.capacity() - matrixBytesWithin(program, pool.capacity());
    boolean keepSlots = slotBytes(program) <= room;
    requireRoom(program, pool.capacity());
    Residence residence =
        new Residence(
            program, spillFolder, tileElements, heldTiles(program, pool.capacity(), tileElements));
    boolean complete =
        residence.borrowMatrices(pool)
            && residence.borrowWorkspace(pool)
            && (!keepSlots || residence.borrowSlots(pool))
            && residence.borrowInputs(pool);
    if (!complete) {
      residence.release(pool);
      return Optional.empty();
    }
    if (!keepSlots) {
      residence.placeSpills();
    }
    return Optional.of(residence);
  }

  private static int tiles(Program program, int tileElements) {
    return Math.toIntExact((program.count() + tileElements - 1) / tileElements);
  }

  /// How many tiles of the inputs that are needed more than once can stay in memory.
  private static int heldTiles(Program program, long capacity, int tileElements) {
    int tiles = tiles(program, tileElements);
    long slots = slotBytes(program);
    long room = capacity - matrixBytes(program);
    room -= slots <= room ? slots : 0;
    if (inputBytes(program) <= room) {
      return tiles;
    }
    long bytes = 0;
    for (int i = 0; i < program.inputs().size(); i++) {
      Packing packing = program.inputs().get(i).packing();
      bytes += program.readings(i) > 1 ? MemoryPool.rounded(packing.bytes(tileElements)) : 0;
    }
    return (int) Math.min(tiles - 1, room / bytes);
  }

  /// How many tiles stay in memory of the inputs that more than one pass reads.
  int heldTiles() {
    return heldTiles;
  }

  /// Whether a tile is one of these: they are spread over the tensor.
  boolean holds(int tile) {
    return place(tile + 1) > place(tile);
  }

  /// How many of the tiles before that one stay in memory.
  private int place(int tile) {
    return (int) ((long) tile * heldTiles / tiles);
  }

  /// @throws MokumeException `MEMORY_BUDGET` if a method has to be given tensors whole and they do
  ///   not fit, or if what is solved by Gram matrices has no room to work in
  static void requireRoom(Program program, long capacity) {
    requireWorkspace(program, capacity);
    long room = capacity - matrixBytes(program);
    if (program.steps().isEmpty() || slotBytes(program) <= room) {
      return;
    }
    Program.Step step = program.steps().getFirst();
    throw new MokumeException(
        ErrorCode.MEMORY_BUDGET,
        "tensor '%s': the method %s needs it whole, %s bytes with all of its inputs, but the budget leaves %s; give more --memory, or leave the tensor out with --exclude."
            .formatted(
                program.tensor(), step.whole().method().info().name(), slotBytes(program), room));
  }

  private static void requireWorkspace(Program program, long capacity) {
    long work = workBytes(program);
    if (work > capacity) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "tensor '%s': solving by Gram matrices takes %s of memory, half of the matrix in f64 and strips of the layer, but the budget leaves %s; give about %sM more --memory, or leave the tensor out with --exclude."
              .formatted(
                  program.tensor(),
                  Amount.bytes(work),
                  Amount.bytes(capacity),
                  moreMemory(work - capacity)));
    }
  }

  /// How many MiB more of `--memory` leave so many bytes more for tensors: a quarter of it goes to
  /// the heap.
  private static long moreMemory(long bytes) {
    return Math.ceilDiv(Math.ceilDiv(4 * bytes, 3), 1L << 20);
  }

  /// What regressions work in, one after the other.
  private static long workBytes(Program program) {
    long most = 0;
    for (Program.Regression regression : program.regressions()) {
      most = Math.max(most, regression.workBytes());
    }
    return most;
  }

  private static long bytes(Matrix matrix) {
    return MemoryPool.rounded(
        Math.multiplyExact(Math.multiplyExact(matrix.rows(), matrix.columns()), Float.BYTES));
  }

  /// What has to be in memory from the first pass to the last.
  static long matrixBytes(Program program) {
    long work = workBytes(program);
    long bytes = work == 0 ? 0 : MemoryPool.rounded(work);
    for (Matrix matrix : program.matrices()) {
      bytes = Math.addExact(bytes, bytes(matrix));
    }
    return bytes;
  }

  private static long matrixBytesWithin(Program program, long capacity) {
    long bytes = matrixBytes(program);
    if (bytes > capacity) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "tensor '"
              + program.tensor()
              + "': what adapters add to it is made of matrices of "
              + bytes
              + " bytes, which are held in memory, but the budget leaves "
              + capacity
              + "; give more --memory.");
    }
    return bytes;
  }

  private static long slotBytes(Program program) {
    long bytes = 0;
    for (Program.Slot slot : program.slots()) {
      bytes += MemoryPool.rounded(slot.packing().bytes(program.count()));
    }
    return bytes;
  }

  private boolean borrowMatrices(MemoryPool pool) {
    for (int i = 0; i < matrices.length; i++) {
      Matrix matrix = program.matrices().get(i);
      Optional<MemorySegment> memory = pool.borrow(bytes(matrix));
      if (memory.isEmpty()) {
        return false;
      }
      matrices[i] = memory.get();
    }
    return true;
  }

  private boolean borrowWorkspace(MemoryPool pool) {
    long bytes = workBytes(program);
    workspace = bytes == 0 ? null : pool.borrow(bytes).orElse(null);
    return bytes == 0 || workspace != null;
  }

  private static long inputBytes(Program program) {
    long bytes = 0;
    for (int i = 0; i < program.inputs().size(); i++) {
      long length = program.inputs().get(i).tensor().length();
      bytes += program.readings(i) > 1 ? MemoryPool.rounded(length) : 0;
    }
    return bytes;
  }

  /// Whether so much memory holds all that is needed more than once: every input is then read once,
  /// and nothing is spilled.
  static boolean isComplete(Program program, long capacity) {
    return matrixBytes(program) + slotBytes(program) + inputBytes(program) <= capacity;
  }

  /// The bytes that a run moves in and out of memory besides its outputs, where so much can be held
  /// between passes: inputs, and what is spilled.
  static long traffic(Program program, long capacity, int tileElements) {
    long tiles = tiles(program, tileElements);
    long notHeld = tiles - heldTiles(program, capacity, tileElements);
    long bytes = 0;
    for (int i = 0; i < program.inputs().size(); i++) {
      long length = program.inputs().get(i).tensor().length();
      bytes += length + (program.readings(i) - 1) * (length * notHeld / tiles);
    }
    for (Matrix matrix : program.matrices()) {
      bytes += matrix.tensors().stream().mapToLong(StoredTensor::length).sum();
    }
    if (matrixBytes(program) + slotBytes(program) > capacity) {
      for (Program.Pass pass : program.passes()) {
        for (int slot : pass.loads()) {
          bytes += program.slots().get(slot).packing().bytes(program.count());
        }
        for (int slot : pass.stores()) {
          bytes += program.slots().get(slot).packing().bytes(program.count());
        }
      }
    }
    return bytes;
  }

  private boolean borrowSlots(MemoryPool pool) {
    for (int i = 0; i < slots.length; i++) {
      Optional<MemorySegment> memory =
          pool.borrow(program.slots().get(i).packing().bytes(program.count()));
      if (memory.isEmpty()) {
        return false;
      }
      slots[i] = memory.get();
    }
    return true;
  }

  private boolean borrowInputs(MemoryPool pool) {
    for (int i = 0; i < inputs.length; i++) {
      Program.Input input = program.inputs().get(i);
      if (program.readings(i) > 1 && heldTiles > 0) {
        long bytes =
            heldTiles == tiles
                ? input.tensor().length()
                : heldTiles * input.packing().bytes(tileElements);
        Optional<MemorySegment> memory = pool.borrow(bytes);
        if (memory.isEmpty()) {
          return false;
        }
        inputs[i] = memory.get();
        filled[i] = new boolean[Math.toIntExact(Block.count(program.count()))];
      }
    }
    return true;
  }

  private void placeSpills() {
    long offset = 0;
    for (int i = 0; i < slots.length; i++) {
      spillOffsets[i] = offset;
      offset += MemoryPool.rounded(program.slots().get(i).packing().bytes(program.count()));
    }
    spill =
        new SpillFile(
            spillFolder,
            "which this merge needs since a tensor does not fit the memory budget. Give it more"
                + " --memory, or write the output to a folder with space.");
  }

  /// Fills the matrices.
  void readMatrices(Worker worker) {
    for (int i = 0; i < matrices.length; i++) {
      new MatrixReading(worker).into(program.matrices().get(i), matrix(i));
    }
  }

  MemorySegment matrix(int number) {
    return Objects.requireNonNull(matrices[number]);
  }

  /// A slot that is in memory.
  MemorySegment slot(int number) {
    return Objects.requireNonNull(slots[number]);
  }

  /// Elements of a slot that a pass that is over filled.
  void read(int slot, long first, float[] into, int count) {
    MemorySegment resident = slots[slot];
    if (resident != null) {
      MemorySegment.copy(
          resident, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, into, 0, count);
    } else {
      MemorySegment room = new MemorySegmentOfThread().get();
      int most = (int) (room.byteSize() / Float.BYTES);
      for (int at = 0; at < count; at += most) {
        int length = Math.min(most, count - at);
        MemorySegment part = room.asSlice(0, (long) length * Float.BYTES);
        Objects.requireNonNull(spill).read(spillOffset(slot, first + at), part);
        MemorySegment.copy(part, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, into, at, length);
      }
    }
  }

  /// What regressions work in.
  MemorySegment workspace() {
    return Objects.requireNonNull(workspace);
  }

  /// Fills elements of a slot between two passes.
  void write(int slot, long first, float[] from, int count) {
    MemorySegment resident = slots[slot];
    if (resident != null) {
      MemorySegment.copy(
          from, 0, resident, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, count);
    } else {
      MemorySegment room = new MemorySegmentOfThread().get();
      int most = (int) (room.byteSize() / Float.BYTES);
      for (int at = 0; at < count; at += most) {
        int length = Math.min(most, count - at);
        MemorySegment part = room.asSlice(0, (long) length * Float.BYTES);
        MemorySegment.copy(from, at, part, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, length);
        Objects.requireNonNull(spill).write(spillOffset(slot, first + at), part);
      }
    }
  }

  /// The bytes of a tile of an input, or of a part of a tile that begins with a block.
  MemorySegment input(int number, long start, int length, Worker worker, TileBuffers buffers) {
    Program.Input input = program.inputs().get(number);
    long offset = input.packing().bytes(start);
    MemorySegment held = inputs[number];
    int tile = (int) (start / tileElements);
    if (held == null || !holds(tile)) {
      MemorySegment room = buffers.take(input.packing(), length);
      worker.read(input.tensor(), offset, room);
      return room;
    }
    long tileStart = (long) tile * tileElements;
    long at = place(tile) * input.packing().bytes(tileElements) - input.packing().bytes(tileStart);
    fill(number, start, length, held, at, worker);
    return held.asSlice(at + offset, input.packing().bytes(length));
  }

  /// Reads what is missing.
  ///
  /// @param at where the tensor's first byte would be in `held`, if its tiles before were there
  private void fill(
      int number, long start, int length, MemorySegment held, long at, Worker worker) {
    Program.Input input = program.inputs().get(number);
    boolean[] blocks = filled[number];
    int end = Math.toIntExact(Block.count(start + length));
    int block = (int) (start / Block.ELEMENTS);
    while (block < end) {
      int from = block;
      while (block < end && !blocks[block]) {
        blocks[block++] = true;
      }
      if (from < block) {
        long first = input.packing().bytes((long) from * Block.ELEMENTS);
        long next = input.packing().bytes(Math.min(start + length, (long) block * Block.ELEMENTS));
        worker.read(input.tensor(), first, held.asSlice(at + first, next - first));
      }
      while (block < end && blocks[block]) {
        block++;
      }
    }
  }

  /// The values of a tile that an earlier pass kept.
  MemorySegment load(int slot, long start, int length, TileBuffers buffers) {
    MemorySegment tile = place(slot, start, length, buffers);
    if (spill != null) {
      spill.read(spillOffset(slot, start), tile);
    }
    return tile;
  }

  /// Room for the values of a tile that this pass keeps; `loaded` if the pass reads that slot too.
  MemorySegment room(
      int slot, long start, int length, @Nullable MemorySegment loaded, TileBuffers buffers) {
    return loaded != null ? loaded : place(slot, start, length, buffers);
  }

  private MemorySegment place(int slot, long start, int length, TileBuffers buffers) {
    Packing packing = program.slots().get(slot).packing();
    MemorySegment resident = slots[slot];
    return resident != null
        ? resident.asSlice(packing.bytes(start), packing.bytes(length))
        : buffers.take(packing, length);
  }

  /// Called when a tile of a slot is filled.
  void stored(int slot, long start, MemorySegment tile) {
    if (spill != null) {
      spill.write(spillOffset(slot, start), tile);
    }
  }

  private long spillOffset(int slot, long start) {
    return spillOffsets[slot] + program.slots().get(slot).packing().bytes(start);
  }

  void release(MemoryPool pool) {
    List<MemorySegment> borrowed = new ArrayList<>();
    for (@Nullable MemorySegment memory : matrices) {
      if (memory != null) {
        borrowed.add(memory);
      }
    }
    for (@Nullable MemorySegment memory : inputs) {
      if (memory != null) {
        borrowed.add(memory);
      }
    }
    for (@Nullable MemorySegment memory : slots) {
      if (memory != null) {
        borrowed.add(memory);
      }
    }
    if (workspace != null) {
      borrowed.add(workspace);
      workspace = null;
    }
    borrowed.forEach(pool::giveBack);
    java.util.Arrays.fill(matrices, null);
    java.util.Arrays.fill(inputs, null);
    java.util.Arrays.fill(slots, null);
    if (spill != null) {
      spill.close();
      spill = null;
    }
  }
}
