package dev.mokume.internal.random;

/// MT19937 with the classical initialisation from a 32-bit seed.
///
/// Source: M. Matsumoto, T. Nishimura, Mersenne Twister (ACM TOMACS 8/1, 1998), and their
/// `init_genrand` of 2002.
final class MersenneTwister {
  private static final int SIZE = 624;
  private static final int SHIFT = 397;
  private static final int MATRIX = 0x9908_B0DF;

  private final int[] state = new int[SIZE];

  /// The next word to temper; at the end the state is stepped first.
  private int next = SIZE;

  private MersenneTwister() {}

  static MersenneTwister seeded(int seed) {
    MersenneTwister generator = new MersenneTwister();
    int[] state = generator.state;
    state[0] = seed;
    for (int i = 1; i < SIZE; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ state[i - 1] >>> 30) + i;
    }
    return generator;
  }

  MersenneTwister copy() {
    MersenneTwister copy = new MersenneTwister();
    copy.become(this);
    return copy;
  }

  /// Takes over another generator's place in its stream.
  void become(MersenneTwister other) {
    System.arraycopy(other.state, 0, state, 0, SIZE);
    next = other.next;
  }

  int next() {
    if (next == SIZE) {
      step();
    }
    return temper(state[next++]);
  }

  /// The next `count` words.
  void next(int[] out, int count) {
    int done = 0;
    while (done < count) {
      if (next == SIZE) {
        step();
      }
      int length = Math.min(count - done, SIZE - next);
      temper(state, next, out, done, length);
      next += length;
      done += length;
    }
  }

  /// Goes past `words` words without making them.
  void skip(long words) {
    long left = words;
    while (left > SIZE - next) {
      left -= SIZE - next;
      step();
    }
    next += (int) left;
  }

  private void step() {
    for (int i = 0; i < SIZE - SHIFT; i++) {
      state[i] = state[i + SHIFT] ^ twist(state[i], state[i + 1]);
    }
    for (int i = SIZE - SHIFT; i < SIZE - 1; i++) {
      state[i] = state[i - (SIZE - SHIFT)] ^ twist(state[i], state[i + 1]);
    }
    state[SIZE - 1] = state[SHIFT - 1] ^ twist(state[SIZE - 1], state[0]);
    next = 0;
  }

  private static int twist(int upper, int lower) {
    int mixed = upper & 0x8000_0000 | lower & 0x7FFF_FFFF;
    return mixed >>> 1 ^ -(mixed & 1) & MATRIX;
  }

  private static void temper(int[] state, int from, int[] out, int to, int count) {
    for (int i = 0; i < count; i++) {
      out[to + i] = temper(state[from + i]);
    }
  }

  private static int temper(int word) {
    int tempered = word ^ word >>> 11;
    tempered ^= tempered << 7 & 0x9D2C_5680;
    tempered ^= tempered << 15 & 0xEFC6_0000;
    return tempered ^ tempered >>> 18;
  }
}
