package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.expression.Elements;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResidenceTest {
  private static final int COUNT = 1000;
  private static final int TILE = 4096;
  private static final long INPUT = 2 * COUNT;
  private static final long SLOT = 4 * COUNT;

  @TempDir Path folder;

  private final Arena arena = Arena.ofAuto();
  private final MemorySource file = new MemorySource("file", new byte[4 * COUNT]);
  private final Elements a = new Elements.Stored(file.tensor("a", DType.F16, 0, COUNT));
  private final Elements b = new Elements.Stored(file.tensor("b", DType.F16, 2 * COUNT, COUNT));
  private final Worker worker =
      new Worker(0, Kernels.scalar(), () -> arena.allocate(64 << 10), () -> false, _ -> {});

  private static Program compile(Elements value) {
    return ProgramCompiler.compile(Formulas.task(value, DType.F16), Map.of(), Kernels.scalar());
  }

  private MemoryPool pool(long bytes) {
    return new MemoryPool(arena, bytes);
  }

  private static long free(MemoryPool pool) {
    long bytes = pool.capacity();
    while (bytes > 0) {
      Optional<MemorySegment> piece = pool.borrow(bytes);
      if (piece.isPresent()) {
        pool.giveBack(piece.get());
        return bytes;
      }
      bytes -= 64;
    }
    return 0;
  }

  @Test
  void whatIsReadOnceIsNotKept() {
    MemoryPool pool = pool(1 << 20);
    assertThat(Residence.reserve(compile(Formulas.blend(a, b)), pool, folder, TILE)).isPresent();
    assertThat(free(pool)).isEqualTo(1 << 20);
  }

  @Test
  void inputsOfSeveralPassesAreKeptIfTheyFit() {
    MemoryPool pool = pool(1 << 20);
    Residence residence =
        Residence.reserve(compile(Formulas.slerp(a, b)), pool, folder, TILE).orElseThrow();
    assertThat(free(pool)).isEqualTo((1 << 20) - 2 * MemoryPool.rounded(INPUT));
    TileBuffers buffers = new TileBuffers(worker.buffer());
    residence.input(0, 0, COUNT, worker, buffers);
    MemorySegment again = residence.input(0, 0, COUNT, worker, buffers);
    assertThat(again.byteSize()).isEqualTo(INPUT);
    assertThat(file.bytesRead()).as("read in the first pass only").isEqualTo(INPUT);
    residence.release(pool);
    assertThat(free(pool)).isEqualTo(1 << 20);
  }

  @Test
  void inputsThatNeverFitAreReadAgain() {
    MemoryPool pool = pool(INPUT);
    Residence residence =
        Residence.reserve(compile(Formulas.slerp(a, b)), pool, folder, TILE).orElseThrow();
    TileBuffers buffers = new TileBuffers(worker.buffer());
    residence.input(0, 0, COUNT, worker, buffers);
    residence.input(0, 0, COUNT, worker, buffers);
    assertThat(file.bytesRead()).isEqualTo(2 * INPUT);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void ofInputsThatDoNotFitSomeTilesAreKept() {
    // Eight tiles of two inputs, of which memory holds two and a half.
    int count = 8 * TILE;
    long tileBytes = 2L * TILE;
    MemorySource large = new MemorySource("large", new byte[4 * count]);
    Elements x = new Elements.Stored(large.tensor("x", DType.F16, 0, count));
    Elements y = new Elements.Stored(large.tensor("y", DType.F16, 2L * count, count));
    MemoryPool pool = pool(5 * tileBytes);
    Residence residence =
        Residence.reserve(compile(Formulas.slerp(x, y)), pool, folder, TILE).orElseThrow();
    assertThat(residence.heldTiles()).isEqualTo(2);
    assertThat(IntStream.range(0, 8).filter(residence::holds)).containsExactly(3, 7);
    for (int pass = 0; pass < 3; pass++) {
      for (int tile = 0; tile < 8; tile++) {
        residence.input(0, tile * TILE, TILE, worker, new TileBuffers(worker.buffer()));
      }
    }
    assertThat(large.bytesRead()).isEqualTo((2 + 3 * 6) * tileBytes);
    residence.release(pool);
    assertThat(free(pool)).isEqualTo(pool.capacity());
  }

  @Test
  void whatWouldFitIsWaitedFor() {
    MemoryPool pool = pool(3 * MemoryPool.rounded(INPUT));
    MemorySegment other = pool.borrow(2 * MemoryPool.rounded(INPUT)).orElseThrow();
    assertThat(Residence.reserve(compile(Formulas.slerp(a, b)), pool, folder, TILE)).isEmpty();
    assertThat(free(pool))
        .as("a refused reservation gives back what it had")
        .isEqualTo(MemoryPool.rounded(INPUT));
    pool.giveBack(other);
    assertThat(Residence.reserve(compile(Formulas.slerp(a, b)), pool, folder, TILE)).isPresent();
  }

  @Test
  void slotsComeBeforeInputs() {
    // Two slots fit and no input does.
    MemoryPool pool = pool(2 * MemoryPool.rounded(SLOT));
    Residence residence =
        Residence.reserve(compile(Formulas.dare(a, b, 5)), pool, folder, TILE).orElseThrow();
    assertThat(free(pool)).isZero();
    assertThat(folder).isEmptyDirectory();
    residence.release(pool);
    assertThat(free(pool)).isEqualTo(pool.capacity());
  }

  @Test
  void slotsThatNeverFitAreSpilled() {
    MemoryPool pool = pool(SLOT);
    Residence residence =
        Residence.reserve(compile(Formulas.dare(a, b, 5)), pool, folder, TILE).orElseThrow();
    TileBuffers buffers = new TileBuffers(worker.buffer());
    MemorySegment room = residence.room(1, 0, COUNT, null, buffers);
    room.fill((byte) 7);
    residence.stored(1, 0, room);
    MemorySegment loaded = residence.load(1, 0, COUNT, buffers);
    assertThat(loaded.mismatch(room)).isEqualTo(-1);
    residence.release(pool);
    assertThat(folder).isEmptyDirectory();
  }
}
