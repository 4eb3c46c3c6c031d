package dev.mokume.plot;

import java.util.List;
import java.util.Map;

/// Where everything is on the page.
///
/// @param places of the boxes' upper left corners, by index
/// @param ways points (x and y in turn) that a link goes through between its ends; none for a link
///   that goes there directly
record Layout(List<Place> places, Map<Link, double[]> ways) {
  Layout {
    places = List.copyOf(places);
    ways = Map.copyOf(ways);
  }

  record Place(double x, double y) {}

  /// Room between boxes, one above the other.
  static final double GAP = 22;
}
