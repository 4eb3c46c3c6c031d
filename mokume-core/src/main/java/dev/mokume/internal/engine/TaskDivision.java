package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteRange;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the memory allows: a task of several outputs in one program, so that what they share is
/// read and computed once; or where that does not fit, its halves, as often as need be.
///
/// @param tileElements the most elements a tile may have
/// @param bufferBytes of each worker
/// @param capacity bytes that can be held between passes
/// @param heapBytes that counters and random generators may take
/// @param known numbers that other tasks measured, by the identity of their scalar
record TaskDivision(
    Kernels kernels,
    int threads,
    int tileElements,
    long bufferBytes,
    long capacity,
    long heapBytes,
    Map<Scalar, Double> known) {

  /// Methods that are given tensors whole may take so many times as much of the heap as counters
  /// and random generators.
  static final int WHOLE_SHARE = 2;

  /// Buckets of magnitudes (a 256th part of a power of two each) that a guess is given: what lies
  /// outside of the least makes it too uncertain, and the most reach further than it is ever off.
  private static final int LEAST_BUCKETS = 4;

  private static final int MOST_BUCKETS = 8;

  /// The least elements of a tile that goes by strips: to hand one out takes as long as to blend
  /// some ten thousand elements, until the compilers have been there.
  private static final int TILE_OF_STRIPS = 1 << 20;

  /// The share of the counters' part of the heap that one tensor's guesses may take.
  private static final int GUESS_SHARE = 2;

  /// Some of a task's work.
  ///
  /// @param program what is computed; null if nothing is
  /// @param copies of bytes that the program does not read; copies of the same bytes together
  record Part(@Nullable Program program, List<List<Write.Copy>> copies) {}

  /// The task in one part, or in several if it does not fit. They move fewer bytes between them
  /// than the one would where it can be run at all.
  List<Part> parts(TensorTask task) {
    Part whole = part(task);
    boolean runs = whole.program() == null || fits(whole.program());
    boolean complete =
        whole.program() == null || runs && Residence.isComplete(whole.program(), capacity);
    if (complete || !task.isDivisible()) {
      return List.of(whole);
    }
    List<Part> halves = new ArrayList<>();
    task.halves().forEach(half -> halves.addAll(parts(half)));
    return runs && traffic(List.of(whole)) <= traffic(halves) ? List.of(whole) : halves;
  }

  private Part part(TensorTask task) {
    boolean computes = !task.measures().isEmpty();
    for (Write write : task.writes()) {
      computes |= !(write instanceof Write.Copy);
    }
    Program program =
        task.count() > 0 && computes ? ProgramCompiler.compile(task, known, kernels) : null;
    Set<Write> made = new HashSet<>();
    if (program != null) {
      program.copies().forEach(copied -> made.add(copied.write()));
    }
    Map<ByteRange, List<Write.Copy>> apart = new LinkedHashMap<>();
    for (Write write : task.writes()) {
      if (write instanceof Write.Copy copy && copy.from().length() > 0 && !made.contains(copy)) {
        apart.computeIfAbsent(copy.from().range(), _ -> new ArrayList<>()).add(copy);
      }
    }
    return new Part(program, List.copyOf(apart.values()));
  }

  private boolean fits(Program program) {
    int tile = largestTile(program);
    return tile > 0
        && (program.steps().isEmpty() || Residence.isComplete(program, capacity))
        && program.heapBytes(threads, tile, guessedBuckets(program)) <= heapBytes
        && Residence.matrixBytes(program) <= capacity;
  }

  /// How many buckets are counted around a guess of where a magnitude lies; 0 if nothing is
  /// guessed, since the heap has not enough room for the counters.
  int guessedBuckets(Program program) {
    int guesses = program.guesses();
    if (guesses == 0) {
      return 0;
    }
    long each = Program.guessBytes(1, program.count(), threads);
    long buckets = Math.min(MOST_BUCKETS, heapBytes / GUESS_SHARE / (each * guesses));
    return buckets < LEAST_BUCKETS ? 0 : (int) buckets;
  }

  /// The bytes of the heap that methods which are given tensors whole take.
  ///
  /// @throws MokumeException `MEMORY_BUDGET` if that is more than there can be
  long wholeHeapBytes(Program program) {
    long bytes = program.wholeHeapBytes();
    if (bytes > WHOLE_SHARE * heapBytes) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "tensor '%s': the method %s needs %s bytes of the heap for it, but the budget leaves %s; give more --memory, or leave the tensor out with --exclude."
              .formatted(
                  program.tensor(),
                  program.steps().getFirst().whole().method().info().name(),
                  bytes,
                  WHOLE_SHARE * heapBytes));
    }
    return bytes;
  }

  /// Makes sure before anything is computed that methods which are given tensors whole, or solve by
  /// Gram matrices, have room for every one: compiling their tasks twice costs nothing beside
  /// finding out late.
  ///
  /// @param tasks of such methods
  /// @throws MokumeException `MEMORY_BUDGET` with each tensor that does not fit
  void requireRoom(List<TensorTask> tasks) {
    List<Problem> problems = new ArrayList<>();
    for (TensorTask task : tasks) {
      try {
        for (Part part : parts(task)) {
          Program program = part.program();
          if (program != null) {
            wholeHeapBytes(program);
            Residence.requireRoom(program, capacity);
          }
        }
      } catch (MokumeException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  private long traffic(List<Part> parts) {
    long bytes = 0;
    for (Part part : parts) {
      Program program = part.program();
      bytes +=
          program == null
              ? 0
              : Residence.traffic(
                  program, capacity, Math.max(largestTile(program), Block.ELEMENTS));
      for (List<Write.Copy> copies : part.copies()) {
        bytes += copies.getFirst().from().length();
      }
    }
    return bytes;
  }

  /// The elements of the largest tile whose inputs, slots and outputs fit a worker's buffer; 0 if
  /// not even a block's do.
  private int largestTile(Program program) {
    long blockBytes = Math.max(1, TensorRun.bufferBytes(program));
    // Pieces are rounded up to 64 bytes each.
    long fitting = (bufferBytes - 64L * 64) / blockBytes;
    long blocks = Math.min(tileElements / Block.ELEMENTS, fitting);
    return Math.toIntExact(blocks * Block.ELEMENTS);
  }

  /// The elements of the program's tiles: as many as a worker's buffer has room for, or more where
  /// it only has to hold a strip.
  ///
  /// @throws MokumeException `MEMORY_BUDGET` if a worker's buffer is too small for it
  int tileElements(Program program) {
    int tile = largestTile(program);
    if (tile <= 0) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "tensor '"
              + program.tensor()
              + "': its "
              + program.inputs().size()
              + " inputs need "
              + TensorRun.bufferBytes(program)
              + " bytes of buffers a thread, but the budget leaves "
              + bufferBytes
              + "; give more --memory or fewer --threads.");
    }
    return TensorRun.goesByStrips(program, tile) ? Math.max(tile, TILE_OF_STRIPS) : tile;
  }

  /// The bytes of the heap that the program takes.
  ///
  /// @throws MokumeException `MEMORY_BUDGET` if that is more than there can be
  long heapBytes(Program program, int tile) {
    long bytes = program.heapBytes(threads, tile, guessedBuckets(program));
    if (bytes > heapBytes) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "tensor '"
              + program.tensor()
              + "': its counters and random generators need "
              + bytes
              + " bytes of the heap, but the budget leaves "
              + heapBytes
              + "; give more --memory, fewer --threads, or a quantile larger chunks.");
    }
    return bytes;
  }
}
