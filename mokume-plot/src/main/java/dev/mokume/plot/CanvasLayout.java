package dev.mokume.plot;

import dev.mokume.plot.Layout.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// The places that a person gave the nodes in ComfyUI's editor.
///
/// Our boxes are of another size than the editor's, so one that would lie on another moves down.
final class CanvasLayout {
  /// Beyond this the picture would be mostly empty.
  private static final double FARTHEST = 20_000;

  private CanvasLayout() {}

  /// Nothing if the canvas does not place every node, or places them too far apart.
  ///
  /// @param ids of the nodes that the boxes are for
  static Optional<Layout> of(JsonNode canvas, List<String> ids, List<NodeBox> boxes) {
    Map<String, Place> drawn = new HashMap<>();
    for (JsonNode node : canvas.path("nodes")) {
      // An array, or in older files an object with the keys 0 and 1.
      JsonNode place = node.path("pos");
      JsonNode x = place.isArray() ? place.path(0) : place.path("0");
      JsonNode y = place.isArray() ? place.path(1) : place.path("1");
      if (x.isNumber() && y.isNumber()) {
        drawn.put(node.path("id").asString(), new Place(x.doubleValue(), y.doubleValue()));
      }
    }
    List<Place> places = new ArrayList<>();
    for (String id : ids) {
      Place place = drawn.get(id);
      if (place == null || !isNear(place, places.isEmpty() ? place : places.getFirst())) {
        return Optional.empty();
      }
      places.add(place);
    }
    moveApart(places, boxes);
    return Optional.of(new Layout(places, Map.of()));
  }

  /// Also false for what is not finite.
  private static boolean isNear(Place a, Place b) {
    return Math.abs(a.x() - b.x()) <= FARTHEST && Math.abs(a.y() - b.y()) <= FARTHEST;
  }

  private static void moveApart(List<Place> places, List<NodeBox> boxes) {
    List<Integer> settled = new ArrayList<>();
    List<Integer> order =
        IntStream.range(0, boxes.size())
            .boxed()
            .sorted(Comparator.comparingDouble(i -> places.get(i).y()))
            .toList();
    for (int box : order) {
      Place place = places.get(box);
      for (int i = 0; i < settled.size(); i++) {
        int other = settled.get(i);
        if (overlap(place, boxes.get(box), places.get(other), boxes.get(other))) {
          double below = places.get(other).y() + boxes.get(other).height() + Layout.GAP;
          place = new Place(place.x(), below);
          // It may now lie on one that was passed already.
          i = -1;
        }
      }
      places.set(box, place);
      settled.add(box);
    }
  }

  private static boolean overlap(Place a, NodeBox boxA, Place b, NodeBox boxB) {
    return a.x() < b.x() + boxB.width() + Layout.GAP
        && b.x() < a.x() + boxA.width() + Layout.GAP
        && a.y() < b.y() + boxB.height() + Layout.GAP
        && b.y() < a.y() + boxA.height() + Layout.GAP;
  }
}
