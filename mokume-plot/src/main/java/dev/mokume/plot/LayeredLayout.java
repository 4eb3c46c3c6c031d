package dev.mokume.plot;

import dev.mokume.plot.Layout.Place;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Lays a graph out in columns from left to right, so that links go right and cross little.
///
/// A node stands in the column after the last of those that it needs (longest path); one that needs
/// none, right before the first that needs it. A link over several columns keeps a lane free in
/// each between boxes. The order in a column comes from sweeps that put each node at the mean of
/// its neighbours' places (barycentre), of which the one with the fewest crossings is kept. Heights
/// minimise the squares of the distances to the neighbours' ports, in sweeps as well. A graph with
/// a cycle is laid out as if one of its links were not there.
///
/// Source: Sugiyama, Tagawa and Toda 1981.
final class LayeredLayout {
  private static final int ORDER_SWEEPS = 16;
  private static final int HEIGHT_SWEEPS = 24;

  /// A graph that would need more is a heap of threads anyway; its long links go straight.
  private static final long MOST_LANES = 20_000;

  private static final double COLUMN_GAP = 72;
  private static final double LANE_HEIGHT = 4;

  private final List<NodeBox> boxes;
  private final List<Link> links;

  /// Boxes first, then lanes.
  private final List<Item> items = new ArrayList<>();

  private final List<List<Item>> columns = new ArrayList<>();
  private final Map<Link, List<Item>> lanes = new HashMap<>();

  /// A box, or the lane of a link through a column.
  private static final class Item {
    final int column;
    final double height;
    final List<Joint> left = new ArrayList<>();
    final List<Joint> right = new ArrayList<>();
    int place;
    double y;

    Item(int column, double height) {
      this.column = column;
      this.height = height;
    }
  }

  /// One end of a piece of a link between neighbouring columns.
  ///
  /// @param port below the top of the item that holds this
  /// @param otherPort below the top of `other`
  private record Joint(double port, Item other, double otherPort) {}

  private LayeredLayout(List<NodeBox> boxes, List<Link> links) {
    this.boxes = boxes;
    this.links = links;
  }

  static Layout of(List<NodeBox> boxes, List<Link> links) {
    LayeredLayout layout = new LayeredLayout(boxes, links);
    layout.makeItems(layout.columns());
    layout.orderColumns();
    layout.findHeights();
    return layout.places();
  }

  private int[] columns() {
    int[] open = new int[boxes.size()];
    List<List<Link>> leaving = leaving();
    for (Link link : links) {
      open[link.to()]++;
    }
    int[] column = new int[boxes.size()];
    boolean[] done = new boolean[boxes.size()];
    ArrayDeque<Integer> ready = new ArrayDeque<>();
    for (int i = 0; i < open.length; i++) {
      if (open[i] == 0) {
        ready.add(i);
      }
    }
    for (int left = boxes.size(), next = 0; left > 0; left--) {
      if (ready.isEmpty()) {
        // All that is left waits for itself: one of them has to begin.
        while (done[next]) {
          next++;
        }
        open[next] = 0;
        ready.add(next);
      }
      int from = ready.remove();
      done[from] = true;
      for (Link link : leaving.get(from)) {
        if (!done[link.to()]) {
          column[link.to()] = Math.max(column[link.to()], column[from] + 1);
          if (--open[link.to()] == 0) {
            ready.add(link.to());
          }
        }
      }
    }
    moveSourcesRight(column, leaving);
    return column;
  }

  private List<List<Link>> leaving() {
    List<List<Link>> leaving = new ArrayList<>();
    boxes.forEach(_ -> leaving.add(new ArrayList<>()));
    links.forEach(link -> leaving.get(link.from()).add(link));
    return leaving;
  }

  private void moveSourcesRight(int[] column, List<List<Link>> leaving) {
    boolean[] needsAny = new boolean[boxes.size()];
    links.forEach(link -> needsAny[link.to()] = true);
    for (int i = 0; i < column.length; i++) {
      if (!needsAny[i]) {
        int first = leaving.get(i).stream().mapToInt(link -> column[link.to()]).min().orElse(1);
        column[i] = Math.max(0, first - 1);
      }
    }
  }

  private void makeItems(int[] column) {
    for (int i = 0; i < boxes.size(); i++) {
      add(new Item(column[i], boxes.get(i).height()));
    }
    long wanted = links.stream().mapToLong(link -> column[link.to()] - column[link.from()]).sum();
    Map<List<Integer>, Item> laneOf = new HashMap<>();
    for (Link link : links) {
      Item target = items.get(link.to());
      Item before = items.get(link.from());
      double port = boxes.get(link.from()).outputPort(link.slot());
      boolean isLong = target.column - before.column > 1;
      if (before.column >= target.column || isLong && wanted > MOST_LANES) {
        continue;
      }
      List<Item> way = new ArrayList<>();
      for (int c = before.column + 1; c < target.column; c++) {
        // Links from one output share a lane.
        List<Integer> key = List.of(link.from(), link.slot(), c);
        Item lane = laneOf.get(key);
        if (lane == null) {
          lane = new Item(c, LANE_HEIGHT);
          add(lane);
          laneOf.put(key, lane);
          join(before, port, lane, LANE_HEIGHT / 2);
        }
        way.add(lane);
        before = lane;
        port = LANE_HEIGHT / 2;
      }
      join(before, port, target, boxes.get(link.to()).inputPort(link.input()));
      lanes.put(link, way);
    }
  }

  private void add(Item item) {
    items.add(item);
    while (columns.size() <= item.column) {
      columns.add(new ArrayList<>());
    }
    item.place = columns.get(item.column).size();
    columns.get(item.column).add(item);
  }

  private static void join(Item from, double fromPort, Item to, double toPort) {
    from.right.add(new Joint(fromPort, to, toPort));
    to.left.add(new Joint(toPort, from, fromPort));
  }

  private void orderColumns() {
    long fewest = crossings();
    List<List<Item>> best = columns.stream().map(List::copyOf).toList();
    for (int sweep = 0; sweep < ORDER_SWEEPS && fewest > 0; sweep++) {
      boolean toTheRight = sweep % 2 == 0;
      for (int i = 1; i < columns.size(); i++) {
        sort(columns.get(toTheRight ? i : columns.size() - 1 - i), toTheRight);
      }
      long now = crossings();
      if (now < fewest) {
        fewest = now;
        best = columns.stream().map(List::copyOf).toList();
      }
    }
    for (int i = 0; i < columns.size(); i++) {
      columns.get(i).clear();
      columns.get(i).addAll(best.get(i));
      number(columns.get(i));
    }
  }

  private static void sort(List<Item> column, boolean byLeft) {
    Map<Item, Double> wanted = new HashMap<>();
    for (Item item : column) {
      wanted.put(
          item,
          (byLeft ? item.left : item.right)
              .stream().mapToDouble(LayeredLayout::rank).average().orElse(item.place));
    }
    column.sort(Comparator.comparing(wanted::get));
    number(column);
  }

  /// The place of a joint's other end among all ends of its column.
  private static double rank(Joint joint) {
    return joint.other.place + joint.otherPort / joint.other.height;
  }

  private static void number(List<Item> column) {
    for (int i = 0; i < column.size(); i++) {
      column.get(i).place = i;
    }
  }

  private long crossings() {
    long crossings = 0;
    for (List<Item> column : columns) {
      List<double[]> pieces = new ArrayList<>();
      for (Item item : column) {
        for (Joint joint : item.right) {
          pieces.add(new double[] {item.place + joint.port / item.height, rank(joint)});
        }
      }
      crossings += inversions(pieces);
    }
    return crossings;
  }

  /// How many pairs have one order in their first numbers and the other in their second.
  private static long inversions(List<double[]> pairs) {
    pairs.sort(
        Comparator.<double[]>comparingDouble(pair -> pair[0]).thenComparingDouble(pair -> pair[1]));
    double[] seconds = pairs.stream().mapToDouble(pair -> pair[1]).sorted().distinct().toArray();
    // A Fenwick tree: how many pairs so far have at most the second number of that rank.
    int[] counts = new int[seconds.length + 1];
    long inversions = 0;
    for (int seen = 0; seen < pairs.size(); seen++) {
      int rank = Arrays.binarySearch(seconds, pairs.get(seen)[1]) + 1;
      int notAbove = 0;
      for (int i = rank; i > 0; i -= i & -i) {
        notAbove += counts[i];
      }
      inversions += seen - notAbove;
      for (int i = rank; i < counts.length; i += i & -i) {
        counts[i]++;
      }
    }
    return inversions;
  }

  private void findHeights() {
    for (List<Item> column : columns) {
      double y = 0;
      for (Item item : column) {
        item.y = y;
        y += item.height + Layout.GAP;
      }
    }
    for (int sweep = 0; sweep < HEIGHT_SWEEPS; sweep++) {
      for (int i = 0; i < columns.size(); i++) {
        boolean toTheRight = sweep % 2 == 0;
        // The last sweeps look both ways, so that a column does not lean to one side.
        boolean bothWays = sweep >= HEIGHT_SWEEPS / 2;
        settle(
            columns.get(toTheRight ? i : columns.size() - 1 - i),
            toTheRight || bothWays,
            !toTheRight || bothWays);
      }
    }
  }

  /// Moves the items of a column as near to where their neighbours want them as their order and
  /// their heights allow: the least sum of squares, by pooling neighbours that would overlap.
  private static void settle(List<Item> column, boolean left, boolean right) {
    int size = column.size();
    double[] above = new double[size];
    double[] mean = new double[size];
    int[] count = new int[size];
    int pools = 0;
    double height = 0;
    for (int i = 0; i < size; i++) {
      above[i] = height;
      height += column.get(i).height + Layout.GAP;
      mean[pools] = wanted(column.get(i), left, right) - above[i];
      count[pools++] = 1;
      while (pools > 1 && mean[pools - 2] > mean[pools - 1]) {
        int together = count[pools - 2] + count[pools - 1];
        mean[pools - 2] =
            (mean[pools - 2] * count[pools - 2] + mean[pools - 1] * count[pools - 1]) / together;
        count[pools - 2] = together;
        pools--;
      }
    }
    for (int pool = 0, i = 0; pool < pools; pool++) {
      for (int end = i + count[pool]; i < end; i++) {
        column.get(i).y = mean[pool] + above[i];
      }
    }
  }

  private static double wanted(Item item, boolean left, boolean right) {
    List<Joint> joints = new ArrayList<>();
    if (left) {
      joints.addAll(item.left);
    }
    if (right) {
      joints.addAll(item.right);
    }
    return joints.stream()
        .mapToDouble(joint -> joint.other.y + joint.otherPort - joint.port)
        .average()
        .orElse(item.y);
  }

  private Layout places() {
    double[] width = new double[columns.size()];
    for (int i = 0; i < boxes.size(); i++) {
      int column = items.get(i).column;
      width[column] = Math.max(width[column], boxes.get(i).width());
    }
    double[] left = new double[columns.size() + 1];
    for (int c = 0; c < columns.size(); c++) {
      left[c + 1] = left[c] + width[c] + COLUMN_GAP;
    }
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < boxes.size(); i++) {
      places.add(new Place(left[items.get(i).column], items.get(i).y));
    }
    Map<Link, double[]> ways = new HashMap<>();
    lanes.forEach((link, way) -> {
      Item from = items.get(link.from());
      // Level to the end of the column first, where a wider box may stand above or below.
      double[] points = new double[2 + 4 * way.size()];
      points[0] = left[from.column] + width[from.column];
      points[1] = from.y + boxes.get(link.from()).outputPort(link.slot());
      int at = 2;
      for (Item lane : way) {
        double y = lane.y + LANE_HEIGHT / 2;
        points[at++] = left[lane.column];
        points[at++] = y;
        points[at++] = left[lane.column] + width[lane.column];
        points[at++] = y;
      }
      ways.put(link, Arrays.copyOf(points, at));
    });
    return new Layout(places, ways);
  }
}
