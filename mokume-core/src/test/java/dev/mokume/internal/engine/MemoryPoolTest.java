package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class MemoryPoolTest {
  private final MemoryPool pool = new MemoryPool(Arena.ofAuto(), 1000);

  private MemorySegment borrow(long bytes) {
    return pool.borrow(bytes).orElseThrow();
  }

  @Test
  void itsCapacityIsAMultipleOf64() {
    assertThat(pool.capacity()).isEqualTo(960);
    assertThat(new MemoryPool(Arena.ofAuto(), 63).capacity()).isZero();
    assertThat(new MemoryPool(Arena.ofAuto(), -5).borrow(1)).isEmpty();
  }

  @Test
  void whatIsBorrowedHasTheLengthAskedForAndTakesAMultipleOf64() {
    MemorySegment first = borrow(1);
    MemorySegment second = borrow(65);
    MemorySegment third = borrow(0);
    assertThat(first.byteSize()).isEqualTo(1);
    assertThat(second.address() - first.address()).isEqualTo(64);
    assertThat(third.address() - second.address()).isEqualTo(128);
    assertThat(third.byteSize()).isZero();
  }

  @Test
  void theBudgetCannotBeExceeded() {
    borrow(900);
    assertThat(pool.borrow(1)).isEmpty();
    assertThat(pool.borrow(961)).isEmpty();
  }

  @Test
  void whatIsGivenBackIsBorrowedAgain() {
    pool.giveBack(borrow(960));
    assertThat(borrow(960).byteSize()).isEqualTo(960);
  }

  @Test
  void neighboursAreJoinedInWhateverOrderTheyComeBack() {
    MemorySegment a = borrow(320);
    MemorySegment b = borrow(320);
    MemorySegment c = borrow(320);
    pool.giveBack(a);
    pool.giveBack(c);
    assertThat(pool.borrow(640)).as("a hole is between them").isEmpty();
    pool.giveBack(b);
    assertThat(borrow(960).address()).isEqualTo(a.address());
  }

  @Test
  void theFirstRangeThatIsLargeEnoughIsTaken() {
    MemorySegment small = borrow(64);
    borrow(64);
    MemorySegment large = borrow(256);
    borrow(64);
    pool.giveBack(small);
    pool.giveBack(large);
    assertThat(borrow(128).address()).isEqualTo(large.address());
    assertThat(borrow(64).address()).isEqualTo(small.address());
  }

  /// Of the system's own pages where the module has native access.
  @Test
  void aPoolOfLargePagesLastsAsLongAsItsArena() {
    MemorySegment all;
    try (Arena arena = Arena.ofShared()) {
      all = new MemoryPool(new LargePages(arena), 128 << 20).borrow(128 << 20).orElseThrow();
      assertThat(all.address() % 64).isZero();
      all.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
      all.set(ValueLayout.JAVA_BYTE, (128 << 20) - 1, (byte) 2);
      assertThat(all.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
      assertThat(all.get(ValueLayout.JAVA_BYTE, (128 << 20) - 1)).isEqualTo((byte) 2);
    }
    assertThat(all.scope().isAlive()).isFalse();
  }
}
