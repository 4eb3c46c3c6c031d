package dev.mokume.plot;

/// How a link is bent between two points.
final class Bend {
  private static final double LEAST = 24;
  private static final double MOST = 160;

  private Bend() {}

  /// How far the handles of a cubic curve reach from its ends: half-way if the link goes right, and
  /// in a loop if it goes back.
  static double handle(double from, double to) {
    double half = Math.abs(to - from) / 2;
    return to < from ? Math.clamp(half, LEAST, MOST) : Math.min(half, MOST);
  }
}
