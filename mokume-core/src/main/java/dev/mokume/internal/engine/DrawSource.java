package dev.mokume.internal.engine;

import dev.mokume.expression.Draw;

/// Random numbers by element index, for one node of one tensor. `first` is the index of a block's first element.
interface DrawSource {
  void keep(long first, double probability, long[] out, int count);

  void uniform(long first, float[] out, int count);

  void normal(long first, double mean, double deviation, float[] out, int count);

  void quarter(long first, int quarter, long[] out, int count);

  static DrawSource of(Draw draw, long elements, int tileElements) {
    throw new UnsupportedOperationException(draw + " " + elements + " " + tileElements);
  }
}
