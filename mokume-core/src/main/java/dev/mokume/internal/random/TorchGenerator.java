package dev.mokume.internal.random;

/// torch's CPU generator: what `torch.manual_seed` and the calls after it hand out, bit for bit.
///
/// Draws are serial: each method goes on where the last one ended, and the order of elements is
/// that of a contiguous tensor. Recorded from torch 1.13; uniform, Bernoulli and integer draws have
/// been stable across versions, normal ones depend on the kernel ([TorchNormal]). A merge made on a
/// GPU drew other numbers.
public final class TorchGenerator {
  /// A call that draws a tensor, as far as it moves the generator.
  public enum Draw {
    /// `torch.rand`, `torch.bernoulli` of f32 probabilities and `torch.randint` below 2^32.
    WORD_AN_ELEMENT,
    /// `torch.rand` of f64 and `torch.bernoulli` of f64 probabilities.
    TWO_WORDS_AN_ELEMENT,
    /// `torch.normal` and `torch.randn` of f32.
    NORMAL
  }

  private static final double TURN = 2 * Math.PI;

  private final MersenneTwister words;
  private double cachedNormal;
  private boolean hasCachedNormal;

  private TorchGenerator(MersenneTwister words) {
    this.words = words;
  }

  /// `torch.manual_seed(seed)`: only the lower 32 bits count.
  public static TorchGenerator seeded(long seed) {
    return new TorchGenerator(MersenneTwister.seeded((int) seed));
  }

  /// A generator at the same place, which then goes its own way.
  public TorchGenerator copy() {
    TorchGenerator copy = new TorchGenerator(words.copy());
    copy.cachedNormal = cachedNormal;
    copy.hasCachedNormal = hasCachedNormal;
    return copy;
  }

  /// One word of 32 bits.
  public int next32() {
    return words.next();
  }

  /// Two words, the first of which is the upper half.
  public long next64() {
    long upper = words.next();
    return upper << 32 | words.next() & 0xFFFF_FFFFL;
  }

  /// Goes past `count` words.
  public void skip(long count) {
    words.skip(count);
  }

  /// Goes past one call that draws `count` elements, as if it had been made, the small normal
  /// call's cached value included.
  public void advance(Draw draw, long count) {
    switch (draw) {
      case WORD_AN_ELEMENT -> words.skip(count);
      case TWO_WORDS_AN_ELEMENT -> words.skip(2 * count);
      case NORMAL -> {
        if (count >= TorchNormal.GROUP) {
          words.skip(count % TorchNormal.GROUP == 0 ? count : count + TorchNormal.GROUP);
        } else {
          for (int i = 0; i < count; i++) {
            nextNormal();
          }
        }
      }
    }
  }

  /// `torch.rand` in f32: multiples of 2^-24.
  public void uniform(float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = uniform24();
    }
  }

  /// `torch.rand` in f64: multiples of 2^-53.
  public void uniform(double[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = uniform53();
    }
  }

  /// `torch.rand` in f16: multiples of 2^-11.
  public void uniformF16(float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = (words.next() & 0x7FF) * 0x1p-11f;
    }
  }

  /// `torch.rand` in bf16: multiples of 2^-8.
  public void uniformBf16(float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = (words.next() & 0xFF) * 0x1p-8f;
    }
  }

  /// `torch.bernoulli` of a tensor of f32 probabilities, for one element.
  public boolean bernoulli(float probability) {
    return uniform24() < probability;
  }

  /// `torch.bernoulli` of a tensor of f64 probabilities, for one element.
  public boolean bernoulli(double probability) {
    return uniform53() < probability;
  }

  /// `torch.randint(low, high)`, for one element; `high - low` is below 2^32.
  public long integer(long low, long high) {
    return low + (words.next() & 0xFFFF_FFFFL) % (high - low);
  }

  /// `torch.randperm(count)`.
  public int[] permutation(int count) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    for (int i = 0; i < count - 1; i++) {
      int other = i + (int) integer(0, count - i);
      int swap = order[i];
      order[i] = order[other];
      order[other] = swap;
    }
    return order;
  }

  /// `torch.normal(mean, deviation, size=(count,))` in f32.
  public void normal(double mean, double deviation, float[] out, int count, TorchNormal kernel) {
    if (count < TorchNormal.GROUP) {
      for (int i = 0; i < count; i++) {
        out[i] = (float) (nextNormal() * deviation + mean);
      }
      return;
    }
    uniform(out, count);
    int whole = count - count % TorchNormal.GROUP;
    for (int start = 0; start < whole; start += TorchNormal.GROUP) {
      kernel.transform(out, start, (float) mean, (float) deviation);
    }
    if (whole < count) {
      // The last sixteen are drawn anew, over values that are finished already.
      int start = count - TorchNormal.GROUP;
      for (int i = start; i < count; i++) {
        out[i] = uniform24();
      }
      kernel.transform(out, start, (float) mean, (float) deviation);
    }
  }

  MersenneTwister words() {
    return words;
  }

  private float uniform24() {
    return (words.next() & 0xFF_FFFF) * 0x1p-24f;
  }

  private double uniform53() {
    return (next64() & (1L << 53) - 1) * 0x1p-53;
  }

  /// Box-Muller in pairs; the second of a pair waits for the next small call, whatever is drawn in
  /// between.
  private double nextNormal() {
    if (hasCachedNormal) {
      hasCachedNormal = false;
      return cachedNormal;
    }
    double angle = TURN * uniform53();
    double radius = Math.sqrt(-2 * StrictMath.log1p(-uniform53()));
    cachedNormal = radius * StrictMath.sin(angle);
    hasCachedNormal = true;
    return radius * StrictMath.cos(angle);
  }
}
