package dev.mokume.method;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// The share of the second tensor in each column of a matrix, for the methods that blend by column. An empty list means that
/// the blend does not fit into the matrix. Source: ComfyUI-DareMerge, `ddare/merge.py`.
final class ColumnShares {
  /// Half the width of a seam, as a share of the columns.
  private static final double SEAM = 0.05;

  /// How much of a matrix `cyclic` takes from the second tensor, as a share of the columns.
  private static final double BAND = 0.10;

  /// The greatest share that `gradient` gives to the second tensor.
  private static final float PEAK = 0.9f;

  private ColumnShares() {}

  /// All of the first tensor, a seam around column `(1 - t) columns`, all of the second.
  static List<Float> slice(long columns, double t) {
    int seam = (int) (columns * SEAM);
    long start = (long) (columns * (1 - t)) - seam;
    if (start < 0 || start + 2L * seam > columns) {
      return List.of();
    }
    List<Float> shares = new ArrayList<>(filled(start, 0f));
    shares.addAll(rising(seam));
    shares.addAll(filled(columns - shares.size(), 1f));
    return shares;
  }

  /// As [#slice], then a band of the second tensor, a seam back, and the first tensor again.
  static List<Float> cyclic(long columns, double t) {
    int seam = (int) (columns * SEAM);
    int band = (int) (columns * BAND);
    long start = (long) (columns * (1 - t)) - seam;
    if (start < 0 || start + 4L * seam + band > columns) {
      return List.of();
    }
    List<Float> shares = new ArrayList<>(filled(start, 0f));
    shares.addAll(rising(seam));
    shares.addAll(filled(band, 1f));
    for (float share : rising(seam)) {
      shares.add(1 - share);
    }
    shares.addAll(filled(columns - shares.size(), 0f));
    return shares;
  }

  /// Rising linearly up to column `(1 - t) columns`, falling after it.
  static List<Float> gradient(long columns, double t) {
    int width = Math.toIntExact(columns);
    int peak = (int) (width * (1 - t));
    List<Float> shares = new ArrayList<>(width);
    for (int i = 0; i < width; i++) {
      float way = i < peak ? (float) i / peak : (float) (width - 1 - i) / (width - peak);
      shares.add(way * PEAK);
    }
    return shares;
  }

  private static List<Float> rising(int seam) {
    List<Float> shares = new ArrayList<>(2 * seam);
    for (int i = 0; i < 2 * seam; i++) {
      shares.add((float) i / (2 * seam));
    }
    return shares;
  }

  private static List<Float> filled(long count, float share) {
    return Collections.nCopies(Math.toIntExact(count), share);
  }
}
