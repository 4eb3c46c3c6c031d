package dev.mokume.internal.engine;

import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where a tensor's inputs and intermediate values are while it is worked on: in memory, borrowed
/// from the pool, or read anew for every pass and spilled to a file.
final class Residence {
  private final Program program;
  private final @Nullable MemorySegment[] inputs;
  private final int[] firstPass;
  private final @Nullable MemorySegment[] slots;
  private final long[] spillOffsets;
  private final Path spillFolder;
  private @Nullable SpillFile spill;

  private Residence(Program program, Path spillFolder) {
    this.program = program;
    this.inputs = new MemorySegment[program.inputs().size()];
    this.firstPass = firstPasses(program);
    this.slots = new MemorySegment[program.slots().size()];
    this.spillOffsets = new long[program.slots().size()];
    this.spillFolder = spillFolder;
  }

  private static int[] firstPasses(Program program) {
    int[] first = new int[program.inputs().size()];
    for (int pass = program.passes().size() - 1; pass >= 0; pass--) {
      for (int input : program.passes().get(pass).inputs()) {
        first[input] = pass;
      }
    }
    return first;
  }

  /// Borrows what the program needs: inputs that more than one pass reads, and slots. Nothing if
  /// the pool has no room just now and waiting for others helps; what could never fit is read again
  /// for every pass, or spilled.
  static Optional<Residence> reserve(Program program, MemoryPool pool, Path spillFolder) {
    Residence residence = new Residence(program, spillFolder);
    long slotBytes = 0;
    for (Program.Slot slot : program.slots()) {
      slotBytes += MemoryPool.rounded(slot.packing().bytes(program.count()));
    }
    long inputBytes = 0;
    for (Program.Input input : program.inputs()) {
      inputBytes += input.passes() > 1 ? MemoryPool.rounded(input.tensor().length()) : 0;
    }
    boolean keepSlots = slotBytes <= pool.capacity();
    boolean keepInputs = keepSlots && slotBytes + inputBytes <= pool.capacity();
    boolean complete =
        (!keepSlots || residence.borrowSlots(pool))
            && (!keepInputs || residence.borrowInputs(pool));
    if (!complete) {
      residence.release(pool);
      return Optional.empty();
    }
    if (!keepSlots) {
      residence.placeSpills();
    }
    return Optional.of(residence);
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
      if (program.inputs().get(i).passes() > 1) {
        Optional<MemorySegment> memory = pool.borrow(program.inputs().get(i).tensor().length());
        if (memory.isEmpty()) {
          return false;
        }
        inputs[i] = memory.get();
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
    spill = new SpillFile(spillFolder);
  }

  /// The bytes of a tile of an input.
  MemorySegment input(
      int number, int pass, long start, int length, Worker worker, TileBuffers buffers) {
    Program.Input input = program.inputs().get(number);
    long offset = input.packing().bytes(start);
    long bytes = input.packing().bytes(length);
    MemorySegment resident = inputs[number];
    MemorySegment tile =
        resident != null ? resident.asSlice(offset, bytes) : buffers.take(input.packing(), length);
    if (resident == null || pass == firstPass[number]) {
      worker.read(input.tensor(), offset, tile);
    }
    return tile;
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
    borrowed.forEach(pool::giveBack);
    java.util.Arrays.fill(inputs, null);
    java.util.Arrays.fill(slots, null);
    if (spill != null) {
      spill.close();
      spill = null;
    }
  }
}
