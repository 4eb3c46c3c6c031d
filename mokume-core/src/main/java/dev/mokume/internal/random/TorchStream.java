package dev.mokume.internal.random;

import java.util.ArrayList;
import java.util.List;

/// What one call to torch's CPU generator draws for one tensor, readable tile by tile in any order
/// and by many threads.
///
/// The generator is serial, so one pass over the tensor's words takes its state at the start of
/// every tile, or every so many tiles if there are more than [#MOST_STATES]; a state is 2.5 KB, and
/// going past a word costs well under a nanosecond. Immutable: each thread takes a [DrawSequence]
/// of its own from [#draws].
public final class TorchStream {
  private static final int MOST_STATES = 256;

  /// The words of a state, and what the JVM adds to them.
  private static final long STATE_BYTES = 624 * Integer.BYTES + 64;

  private final TorchGenerator start;
  private final long elements;
  private final long tile;
  private final TorchNormal kernel;
  private final List<MersenneTwister> tiles = new ArrayList<>();
  private final float[] tail = new float[TorchNormal.GROUP];

  /// @param start the generator where the call begins; it is not changed
  /// @param elements how many the tensor has
  /// @param tile how many elements lie between two states, a multiple of 4,096
  /// @param kernel which normal kernel the torch that is followed used
  public TorchStream(TorchGenerator start, long elements, long tile, TorchNormal kernel) {
    this.start = start.copy();
    this.elements = elements;
    this.tile = spacing(elements, tile);
    this.kernel = kernel;
    MersenneTwister words = start.copy().words();
    for (long at = 0; at < elements; at += this.tile) {
      tiles.add(words.copy());
      words.skip(Math.min(this.tile, elements - at));
    }
    for (int i = 0; i < tail.length; i++) {
      tail[i] = (words.next() & 0xFF_FFFF) * 0x1p-24f;
    }
  }

  /// The heap that the states of a stream take.
  public static long heapBytes(long elements, long tile) {
    long spacing = spacing(elements, tile);
    return (elements + spacing - 1) / spacing * STATE_BYTES;
  }

  private static long spacing(long elements, long tile) {
    long tiles = (elements + tile - 1) / tile;
    return tile * Math.max(1, (tiles + MOST_STATES - 1) / MOST_STATES);
  }

  /// The draws, for one thread.
  public DrawSequence draws() {
    return new TorchDraws(this);
  }

  long elements() {
    return elements;
  }

  TorchNormal kernel() {
    return kernel;
  }

  /// The start of the tile that `element` lies in.
  long tileStart(long element) {
    return element - element % tile;
  }

  /// The generator's words at the start of the tile that `element` lies in.
  MersenneTwister wordsAtTile(long element) {
    return tiles.get((int) (element / tile));
  }

  /// Uniform deviates that a normal call draws anew for the last sixteen elements, if they are not
  /// a whole group.
  float[] tail() {
    return tail;
  }

  /// A normal call of fewer than sixteen elements.
  void smallNormal(double mean, double deviation, float[] out) {
    start.copy().normal(mean, deviation, out, (int) elements, kernel);
  }
}
