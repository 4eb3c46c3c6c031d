package dev.mokume.internal.kernel;

import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One operation's way from plain loops to the vector kernel.
///
/// A kernel of the Vector API is ten times slower than plain loops until C2 has compiled it, which
/// costs most of a second of processor time. So an operation runs on plain loops until it has done
/// about that much work with them; then a background thread runs the vector kernel on a block of
/// its own until one call beats the plain kernel's best, and from then on every thread uses it. A
/// short merge never pays, and a machine on which vectors do not win never changes.
///
/// Fields are read and written without synchronisation: a thread that sees an old value uses plain
/// loops for a while longer or counts a little short, and both kernels give the same bits.
///
/// @param <T> the family that the operation belongs to
final class Warmup<T> {
  private static final int BLOCKS_A_HEAT = 64;
  private static final int HEATS = 2000;

  private final String name;
  private final Supplier<T> vector;
  private final Supplier<Rehearsal> block;
  private final BiConsumer<T, Rehearsal> oneBlock;
  private final long patience;
  private final LongSupplier nanoTime;
  private T current;
  private long done;
  private @Nullable Thread race;

  /// @param name of the operation, for the thread
  /// @param patience how many elements plain loops do before the race starts
  /// @param block makes the block that the race runs on
  /// @param oneBlock runs the operation once
  /// @param nanoTime a clock, as [System#nanoTime()]
  Warmup(
      String name,
      T plain,
      Supplier<T> vector,
      long patience,
      Supplier<Rehearsal> block,
      BiConsumer<T, Rehearsal> oneBlock,
      LongSupplier nanoTime) {
    this.name = name;
    this.current = plain;
    this.vector = vector;
    this.patience = patience;
    this.block = block;
    this.oneBlock = oneBlock;
    this.nanoTime = nanoTime;
  }

  /// The kernels to do the operation with on `count` elements.
  T forNext(long count) {
    T now = current;
    if (done < patience) {
      done += count;
      if (done >= patience) {
        start();
      }
    }
    return now;
  }

  /// Waits until a race that has started is over.
  synchronized void await() throws InterruptedException {
    if (race != null) {
      race.join();
    }
  }

  private synchronized void start() {
    if (race == null) {
      race = Thread.ofPlatform().daemon().name("mokume-warmup-" + name).start(this::race);
    }
  }

  private void race() {
    // One race at a time in the process: they would slow each other and the merge.
    synchronized (Warmup.class) {
      T challenger = vector.get();
      Rehearsal values = block.get();
      long toBeat = Long.MAX_VALUE;
      for (int heat = 0; heat < HEATS; heat++) {
        toBeat = Math.min(toBeat, bestOf(current, values));
        if (bestOf(challenger, values) < toBeat) {
          current = challenger;
          return;
        }
      }
    }
  }

  private long bestOf(T kernels, Rehearsal values) {
    long best = Long.MAX_VALUE;
    for (int i = 0; i < BLOCKS_A_HEAT; i++) {
      long start = nanoTime.getAsLong();
      oneBlock.accept(kernels, values);
      best = Math.min(best, nanoTime.getAsLong() - start);
    }
    return best;
  }
}
