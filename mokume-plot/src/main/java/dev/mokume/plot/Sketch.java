package dev.mokume.plot;

import java.util.List;

/// A drawing as marks, in the order in which they are drawn, on a page of its own units. Colours
/// are 0xRRGGBB.
record Sketch(double width, double height, List<Mark> marks) {
  Sketch {
    marks = List.copyOf(marks);
  }

  /// One thing that is drawn.
  sealed interface Mark {
    /// A rectangle with round corners, filled and with an edge.
    record Box(double x, double y, double width, double height, double radius, int fill, int edge)
        implements Mark {}

    /// A line of text whose baseline is at `y`.
    ///
    /// @param x where it starts, or ends if `fromRight`
    record Text(
        double x, double y, String text, double size, boolean bold, boolean fromRight, int colour)
        implements Mark {}

    /// A line through `points` (x and y in turn), horizontal at each and curved in between.
    record Curve(double[] points, double thickness, int colour) implements Mark {}

    record Dot(double x, double y, double radius, int colour) implements Mark {}
  }
}
