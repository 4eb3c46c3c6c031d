package dev.mokume.method;

import java.util.ArrayList;
import java.util.List;

/// The shares of two matrices in each column, for the methods that blend by column. No shares at
/// all mean that the blend does not fit into the matrix. Source: ComfyUI-DareMerge,
/// `ddare/merge.py`.
record ColumnShares(List<Float> first, List<Float> later) {
  /// Half the width of a seam, as a share of the columns.
  private static final double SEAM = 0.05;

  /// How much of a matrix `cyclic` takes from the second tensor, as a share of the columns.
  private static final double BAND = 0.10;

  /// The greatest share that `gradient` gives to the second tensor.
  private static final float PEAK = 0.9f;

  private static final ColumnShares NONE = new ColumnShares(List.of(), List.of());

  boolean isEmpty() {
    return first.isEmpty();
  }

  /// All of the first tensor, a seam around column `(1 - t) columns`, all of the second.
  static ColumnShares slice(long columns, double t) {
    int seam = (int) (columns * SEAM);
    long start = (long) (columns * (1 - t)) - seam;
    if (start < 0 || start + 2L * seam > columns) {
      return NONE;
    }
    Builder shares = new Builder(columns);
    shares.fill(start, 0);
    shares.rise(seam);
    shares.fill(columns - shares.size(), 1);
    return shares.build();
  }

  /// As [#slice], then a band of the second tensor, a seam back, and the first tensor again.
  static ColumnShares cyclic(long columns, double t) {
    int seam = (int) (columns * SEAM);
    int band = (int) (columns * BAND);
    long start = (long) (columns * (1 - t)) - seam;
    if (start < 0 || start + 4L * seam + band > columns) {
      return NONE;
    }
    Builder shares = new Builder(columns);
    shares.fill(start, 0);
    shares.rise(seam);
    shares.fill(band, 1);
    shares.fall(seam);
    shares.fill(columns - shares.size(), 0);
    return shares.build();
  }

  /// Rising linearly up to column `(1 - t) columns`, falling after it; all in f32, as the
  /// reference's ratios are a tensor.
  static ColumnShares gradient(long columns, double t) {
    int width = Math.toIntExact(columns);
    int peak = (int) (width * (1 - t));
    Builder shares = new Builder(columns);
    for (int i = 0; i < width; i++) {
      float way = i < peak ? (float) i / peak : (float) (width - 1 - i) / (width - peak);
      float later = way * PEAK;
      shares.add(1 - later, later);
    }
    return shares.build();
  }

  private static final class Builder {
    private final List<Float> first;
    private final List<Float> later;

    Builder(long columns) {
      first = new ArrayList<>(Math.toIntExact(columns));
      later = new ArrayList<>(Math.toIntExact(columns));
    }

    void add(float ofFirst, float ofLater) {
      first.add(ofFirst);
      later.add(ofLater);
    }

    /// Formed in double, and each of the two rounded once.
    private void add(double share) {
      add((float) (1 - share), (float) share);
    }

    void fill(long count, double share) {
      for (long i = 0; i < count; i++) {
        add(share);
      }
    }

    void rise(int seam) {
      for (int i = 0; i < 2 * seam; i++) {
        add((double) i / (2 * seam));
      }
    }

    void fall(int seam) {
      for (int i = 0; i < 2 * seam; i++) {
        add(1 - (double) i / (2 * seam));
      }
    }

    int size() {
      return first.size();
    }

    ColumnShares build() {
      return new ColumnShares(List.copyOf(first), List.copyOf(later));
    }
  }
}
