package dev.mokume.internal.random;

/// numpy's default generator, seeded as `numpy.random.default_rng(seed)` does: a 128-bit linear
/// congruential generator whose state is folded to 64 bits and rotated.
///
/// Sources: M. O'Neill, "PCG: A family of simple fast space-efficient statistically good algorithms
/// for random number generation" (2014), PCG XSL RR 128/64; for the seed, numpy's SeedSequence,
/// after O'Neill's seed_seq_fe.
public final class Pcg64 {
  private static final long MULTIPLIER_HIGH = 2549297995355413924L;
  private static final long MULTIPLIER_LOW = 4865540595714422341L;

  private static final int POOL = 4;
  private static final int SHIFT = 16;

  private final long incrementHigh;
  private final long incrementLow;
  private long high;
  private long low;

  private Pcg64(long[] seed) {
    this.incrementHigh = seed[2] << 1 | seed[3] >>> 63;
    this.incrementLow = seed[3] << 1 | 1;
    step();
    add(seed[0], seed[1]);
    step();
  }

  /// @param seed not negative
  public static Pcg64 seeded(long seed) {
    if (seed < 0) {
      throw new IllegalArgumentException("numpy has no seed below 0, as " + seed + " is");
    }
    return new Pcg64(state(pool(seed)));
  }

  /// The seed's two words, stirred into four.
  private static int[] pool(long seed) {
    int[] pool = new int[POOL];
    int constant = 0x43B0_D7E5;
    for (int i = 0; i < POOL; i++) {
      int word = i == 0 ? (int) seed : i == 1 ? (int) (seed >>> 32) : 0;
      int next = constant * 0x931E_8875;
      pool[i] = hashed(word, constant, next);
      constant = next;
    }
    for (int from = 0; from < POOL; from++) {
      for (int to = 0; to < POOL; to++) {
        if (from != to) {
          int next = constant * 0x931E_8875;
          int mixed = 0xCA01_F9DD * pool[to] - 0x4973_F715 * hashed(pool[from], constant, next);
          pool[to] = mixed ^ mixed >>> SHIFT;
          constant = next;
        }
      }
    }
    return pool;
  }

  private static long[] state(int[] pool) {
    long[] state = new long[4];
    int constant = 0x8B51_F9DD;
    for (int i = 0; i < 2 * state.length; i++) {
      int next = constant * 0x58F3_8DED;
      long word = Integer.toUnsignedLong(hashed(pool[i % POOL], constant, next));
      state[i / 2] |= i % 2 == 0 ? word : word << 32;
      constant = next;
    }
    return state;
  }

  private static int hashed(int word, int constant, int factor) {
    int product = (word ^ constant) * factor;
    return product ^ product >>> SHIFT;
  }

  private void step() {
    multiply(MULTIPLIER_HIGH, MULTIPLIER_LOW);
    add(incrementHigh, incrementLow);
  }

  private void multiply(long byHigh, long byLow) {
    long product = Math.unsignedMultiplyHigh(low, byLow) + high * byLow + low * byHigh;
    low *= byLow;
    high = product;
  }

  private void add(long otherHigh, long otherLow) {
    long sum = low + otherLow;
    high += otherHigh + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
    low = sum;
  }

  /// The next 64 bits.
  public long next() {
    step();
    return Long.rotateRight(high ^ low, (int) (high >>> 58));
  }

  /// The next number in [0, 1), a multiple of 2^-53.
  public double nextDouble() {
    return (next() >>> 11) * 0x1p-53;
  }

  /// Goes past so many numbers, in time that grows with the logarithm of it. Source: F. Brown,
  /// "Random number generation with arbitrary strides" (1994).
  ///
  /// @param count not negative
  public void skip(long count) {
    Pcg64 factor = new Pcg64(0, 1);
    Pcg64 sum = new Pcg64(0, 0);
    Pcg64 power = new Pcg64(MULTIPLIER_HIGH, MULTIPLIER_LOW);
    Pcg64 term = new Pcg64(incrementHigh, incrementLow);
    for (long rest = count; rest > 0; rest >>>= 1) {
      if ((rest & 1) != 0) {
        factor.multiply(power.high, power.low);
        sum.multiply(power.high, power.low);
        sum.add(term.high, term.low);
      }
      Pcg64 next = new Pcg64(power.high, power.low);
      next.add(0, 1);
      term.multiply(next.high, next.low);
      power.multiply(power.high, power.low);
    }
    multiply(factor.high, factor.low);
    add(sum.high, sum.low);
  }

  /// A number of 128 bits, no generator.
  private Pcg64(long high, long low) {
    this.high = high;
    this.low = low;
    this.incrementHigh = 0;
    this.incrementLow = 0;
  }
}
