package dev.mokume.internal.random;

import dev.mokume.internal.kernel.Block;

/// One thread's place in a [TorchStream].
final class TorchDraws implements DrawSequence {
  private final TorchStream stream;
  private final MersenneTwister cursor;
  private long position;
  private final int[] words = new int[Block.ELEMENTS];
  private final float[] group = new float[TorchNormal.GROUP];

  TorchDraws(TorchStream stream) {
    this.stream = stream;
    this.cursor = MersenneTwister.seeded(0);
    this.position = Long.MAX_VALUE;
  }

  @Override
  public void keep(long first, double probability, long[] out, int count) {
    // torch compares multiples of 2^-24 with an f32; both are exact in a double.
    long limit = (long) Math.ceil((float) probability * 0x1p24);
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      read(first + start, length);
      for (int from = 0; from < length; from += Long.SIZE) {
        long word = 0;
        for (int i = from; i < Math.min(from + Long.SIZE, length); i++) {
          word |= (words[i] & 0xFF_FFFF) - limit >>> 63 << i;
        }
        out[start + from >> 6] = word;
      }
    }
  }

  @Override
  public void uniform(long first, float[] out, int count) {
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      read(first + start, length);
      for (int i = 0; i < length; i++) {
        out[start + i] = (words[i] & 0xFF_FFFF) * 0x1p-24f;
      }
    }
  }

  @Override
  public void normal(long first, double mean, double deviation, float[] out, int count) {
    long elements = stream.elements();
    if (elements < TorchNormal.GROUP) {
      stream.smallNormal(mean, deviation, out);
      return;
    }
    uniform(first, out, count);
    for (int start = 0; start + TorchNormal.GROUP <= count; start += TorchNormal.GROUP) {
      stream.kernel().transform(out, start, (float) mean, (float) deviation);
    }
    long tail = elements - TorchNormal.GROUP;
    if (elements % TorchNormal.GROUP != 0 && first + count > tail) {
      System.arraycopy(stream.tail(), 0, group, 0, TorchNormal.GROUP);
      stream.kernel().transform(group, 0, (float) mean, (float) deviation);
      int skipped = (int) Math.max(0, first - tail);
      int to = (int) (tail + skipped - first);
      System.arraycopy(group, skipped, out, to, Math.min(count - to, TorchNormal.GROUP - skipped));
    }
  }

  @Override
  public void quarter(long first, int quarter, long[] out, int count) {
    for (int start = 0; start < count; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, count - start);
      read(first + start, length);
      for (int from = 0; from < length; from += Long.SIZE) {
        long word = 0;
        for (int i = from; i < Math.min(from + Long.SIZE, length); i++) {
          word |= ((words[i] & 3 ^ quarter) - 1L >>> 63) << i;
        }
        out[start + from >> 6] = word;
      }
    }
  }

  /// Fills [#words] with those of the elements from `first` on.
  private void read(long first, int count) {
    long tileStart = stream.tileStart(first);
    if (first < position || position < tileStart) {
      cursor.become(stream.wordsAtTile(first));
      position = tileStart;
    }
    cursor.skip(first - position);
    cursor.next(words, count);
    position = first + count;
  }
}
