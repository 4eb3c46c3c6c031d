package dev.mokume.plot;

import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.plot.Sketch.Mark;
import dev.mokume.workflow.Input;
import dev.mokume.workflow.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;

/// A node as a box: its title and class, a row for each pair of an input that is linked and an
/// output that is used, and a row for each value that it is given.
///
/// Places inside are relative to its upper left corner.
final class NodeBox {
  static final double PORT_RADIUS = 4.5;

  private static final double LEAST_WIDTH = 170;
  private static final double MOST_WIDTH = 360;
  private static final double PADDING = 12;
  private static final double TITLE_SIZE = 12.5;
  private static final double SIZE = 10.5;
  private static final double ROW = 18;
  private static final double HEADER = 26;
  private static final double HEADER_WITH_CLASS = 40;

  /// The largest models have some seventy blocks.
  private static final int MOST_VALUES = 100;

  /// Nobody reads more of a prompt in a box.
  private static final int LONGEST_VALUE = 200;

  private final Node node;
  private final SequencedMap<String, LinkType> inputs = new LinkedHashMap<>();
  private final SequencedMap<Integer, LinkType> outputs;
  private final SequencedMap<String, String> values = new LinkedHashMap<>();
  private final double width;

  /// @param types of what its linked inputs take
  /// @param outputs the slots that are used, in order
  NodeBox(
      Node node, SequencedMap<String, LinkType> types, SequencedMap<Integer, LinkType> outputs) {
    this.node = node;
    this.outputs = outputs;
    node.inputs()
        .forEach((name, input) -> {
          switch (input) {
            case Input.Link _ -> {
              LinkType type = types.get(name);
              inputs.put(name, type == null ? LinkType.guess(name) : type);
            }
            case Input.Literal(var value) -> values.put(name, text(value));
          }
        });
    if (values.size() > MOST_VALUES) {
      int more = values.size() - MOST_VALUES;
      while (values.size() > MOST_VALUES) {
        values.pollLastEntry();
      }
      values.put("and " + Amount.count(more) + " more", "");
    }
    this.width = Math.clamp(wanted(), LEAST_WIDTH, MOST_WIDTH);
  }

  /// A value on one line.
  private static String text(JsonNode value) {
    String text = value.isString() ? value.stringValue() : value.toString();
    String line = Quoted.printable(text.strip().replaceAll("\\s+", " "));
    return line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE);
  }

  private double wanted() {
    double widest = Lettering.width(title(), TITLE_SIZE, true);
    widest = Math.max(widest, Lettering.width(node.type(), SIZE, false));
    List<String> left = new ArrayList<>(inputs.keySet());
    List<LinkType> right = new ArrayList<>(outputs.values());
    for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
      double pair = i < left.size() ? Lettering.width(left.get(i), SIZE, false) + PADDING : 0;
      pair += i < right.size() ? Lettering.width(right.get(i).name(), SIZE, false) : 0;
      widest = Math.max(widest, pair);
    }
    for (var value : values.entrySet()) {
      widest =
          Math.max(
              widest,
              Lettering.width(value.getKey(), SIZE, false)
                  + 2 * PADDING
                  + Lettering.width(value.getValue(), SIZE, false));
    }
    // A little more than is needed, lest rounding cuts a letter off.
    return widest + 2 * PADDING + 2;
  }

  private String title() {
    return Quoted.printable(node.title());
  }

  private boolean showsClass() {
    return !node.title().equals(node.type());
  }

  double width() {
    return width;
  }

  double height() {
    return top() + ports() * ROW + values.size() * ROW + 6;
  }

  private int ports() {
    return Math.max(inputs.size(), outputs.size());
  }

  private double top() {
    return (showsClass() ? HEADER_WITH_CLASS : HEADER) + 6;
  }

  /// How far below the box's top a linked input's port is.
  double inputPort(String input) {
    int index = 0;
    for (String name : inputs.keySet()) {
      if (name.equals(input)) {
        return port(index);
      }
      index++;
    }
    throw new IllegalArgumentException("node " + node.id() + " has no linked input " + input);
  }

  /// How far below the box's top the port of an output that is used is.
  double outputPort(int slot) {
    int index = 0;
    for (int used : outputs.keySet()) {
      if (used == slot) {
        return port(index);
      }
      index++;
    }
    throw new IllegalArgumentException("output " + slot + " of node " + node.id() + " is not used");
  }

  private double port(int index) {
    return top() + (index + 0.5) * ROW;
  }

  /// What a link from or to here carries.
  LinkType input(String name) {
    LinkType type = inputs.get(name);
    return type == null ? LinkType.of("") : type;
  }

  /// The box at a place of the page.
  List<Mark> marks(double x, double y, Ink ink) {
    List<Mark> marks = new ArrayList<>();
    marks.add(new Mark.Box(x, y, width, height(), 6, ink.body(), ink.edge()));
    double inside = width - 2 * PADDING;
    marks.add(
        text(
            x + PADDING,
            y + 18,
            Lettering.fit(title(), TITLE_SIZE, true, inside),
            TITLE_SIZE,
            true,
            ink.text()));
    if (showsClass()) {
      marks.add(
          text(
              x + PADDING,
              y + 33,
              Lettering.fit(Quoted.printable(node.type()), SIZE, false, inside),
              SIZE,
              false,
              ink.quiet()));
    }
    double line = y + top() - 6;
    marks.add(new Mark.Curve(new double[] {x, line, x + width, line}, 0.6, ink.edge()));
    drawPorts(marks, x, y, ink);
    drawValues(marks, x, y + top() + ports() * ROW, ink);
    return marks;
  }

  private void drawPorts(List<Mark> marks, double x, double y, Ink ink) {
    double inside = width - 2 * PADDING;
    List<String> left = new ArrayList<>(inputs.keySet());
    List<LinkType> right = new ArrayList<>(outputs.values());
    for (int i = 0; i < ports(); i++) {
      double middle = y + port(i);
      double room = inside;
      if (i < left.size()) {
        marks.add(new Mark.Dot(x, middle, PORT_RADIUS, ink.link(input(left.get(i)))));
        double most = i < right.size() ? inside * 0.6 : inside;
        String name = Lettering.fit(Quoted.printable(left.get(i)), SIZE, false, most);
        marks.add(text(x + PADDING, middle + 4, name, SIZE, false, ink.text()));
        room -= Lettering.width(name, SIZE, false) + PADDING / 2;
      }
      if (i < right.size()) {
        marks.add(new Mark.Dot(x + width, middle, PORT_RADIUS, ink.link(right.get(i))));
        String name = Lettering.fit(Quoted.printable(right.get(i).name()), SIZE, false, room);
        marks.add(
            new Mark.Text(x + width - PADDING, middle + 4, name, SIZE, false, true, ink.quiet()));
      }
    }
  }

  private void drawValues(List<Mark> marks, double x, double y, Ink ink) {
    double inside = width - 2 * PADDING;
    double below = y;
    for (var value : values.entrySet()) {
      String name = Quoted.printable(value.getKey());
      double valueWidth = Lettering.width(value.getValue(), SIZE, false);
      double nameRoom = Math.max(inside * 0.4, inside - valueWidth - PADDING);
      String shownName = Lettering.fit(name, SIZE, false, nameRoom);
      double valueRoom = inside - Lettering.width(shownName, SIZE, false) - PADDING;
      marks.add(text(x + PADDING, below + 13, shownName, SIZE, false, ink.quiet()));
      marks.add(
          new Mark.Text(
              x + width - PADDING,
              below + 13,
              Lettering.fit(value.getValue(), SIZE, false, valueRoom),
              SIZE,
              false,
              true,
              ink.text()));
      below += ROW;
    }
  }

  private static Mark text(double x, double y, String text, double size, boolean bold, int colour) {
    return new Mark.Text(x, y, text, size, bold, false, colour);
  }
}
