package dev.mokume.plot;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plot.Layout.Place;
import dev.mokume.plot.Sketch.Mark;
import dev.mokume.workflow.Input;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// A workflow as a picture: a box for each node with its title, class, links and values, and a
/// curve for each link in the colour of what it carries.
///
/// The boxes lie as in ComfyUI's editor if the workflow still knows how, else in columns from left
/// to right. The same workflow gives the same SVG on every machine; a PNG depends on its fonts.
///
/// @param leftOut ids of nodes that are drawn grey, with their links
/// @param types what comes out of nodes; where that is not known, the name of the input that it
///   goes to decides
public record WorkflowDrawing(Workflow workflow, Set<String> leftOut, OutputTypes types) {
  /// More could not be looked at.
  private static final int MOST_NODES = 1000;

  private static final int MOST_LINKS = 5000;

  private static final double MARGIN = 24;
  private static final double LINK_WIDTH = 2.2;

  public WorkflowDrawing {
    leftOut = Set.copyOf(leftOut);
    long links =
        workflow.nodes().values().stream()
            .flatMap(node -> node.inputs().values().stream())
            .filter(Input.Link.class::isInstance)
            .count();
    if (workflow.nodes().size() > MOST_NODES || links > MOST_LINKS) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the workflow has %s and %s; a drawing of more than %s nodes or %s links could not be looked at, so none is made."
              .formatted(
                  Amount.count(workflow.nodes().size(), "node", "nodes"),
                  Amount.count(links, "link", "links"),
                  Amount.count(MOST_NODES),
                  Amount.count(MOST_LINKS)));
    }
  }

  /// A drawing that knows of no node type and greys nothing.
  ///
  /// @throws MokumeException `INVALID_RECIPE` for more than 1,000 nodes or 5,000 links
  public static WorkflowDrawing of(Workflow workflow) {
    return new WorkflowDrawing(workflow, Set.of(), (_, _) -> Optional.empty());
  }

  public WorkflowDrawing withLeftOut(Set<String> nodes) {
    return new WorkflowDrawing(workflow, nodes, types);
  }

  public WorkflowDrawing withTypes(OutputTypes known) {
    return new WorkflowDrawing(workflow, leftOut, known);
  }

  /// The drawing as an SVG document.
  public String svg() {
    return SvgPicture.of(sketch());
  }

  /// The drawing as PNG, two pixels a unit, or fewer if that would be too many.
  ///
  /// @throws MokumeException `IO_FAILED` if there is no font on the machine
  public byte[] png() {
    return PngPicture.of(sketch());
  }

  Sketch sketch() {
    List<Node> nodes = List.copyOf(workflow.nodes().values());
    List<Link> links = links(nodes);
    List<NodeBox> boxes = boxes(nodes, links);
    Layout layout =
        workflow
            .canvas()
            .flatMap(
                canvas -> CanvasLayout.of(canvas, nodes.stream().map(Node::id).toList(), boxes))
            .orElseGet(() -> LayeredLayout.of(boxes, links));
    return new Page(nodes, boxes, links, layout).sketch();
  }

  /// Links whose both ends are there; a link to a node that is missing cannot be drawn.
  private List<Link> links(List<Node> nodes) {
    Map<String, Integer> indexes = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      indexes.put(nodes.get(i).id(), i);
    }
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      int to = i;
      nodes
          .get(i)
          .inputs()
          .forEach((name, input) -> {
            if (input instanceof Input.Link(var node, var slot) && indexes.containsKey(node)) {
              links.add(new Link(indexes.get(node), slot, to, name));
            }
          });
    }
    return links;
  }

  private List<NodeBox> boxes(List<Node> nodes, List<Link> links) {
    List<SequencedMap<String, LinkType>> inputs = new ArrayList<>();
    List<TreeMap<Integer, LinkType>> outputs = new ArrayList<>();
    nodes.forEach(_ -> {
      inputs.add(new LinkedHashMap<>());
      outputs.add(new TreeMap<>());
    });
    for (Link link : links) {
      LinkType type =
          types
              .of(nodes.get(link.from()).type(), link.slot())
              .map(LinkType::of)
              .orElseGet(() -> LinkType.guess(link.input()));
      inputs.get(link.to()).put(link.input(), type);
      // Of several guesses about one output the first that says something counts.
      outputs
          .get(link.from())
          .merge(link.slot(), type, (old, next) -> old.name().isEmpty() ? next : old);
    }
    return IntStream.range(0, nodes.size())
        .mapToObj(i -> new NodeBox(nodes.get(i), inputs.get(i), outputs.get(i)))
        .toList();
  }

  /// What is where, moved so that the page begins at 0.
  private final class Page {
    private final List<Node> nodes;
    private final List<NodeBox> boxes;
    private final List<Link> links;
    private final Layout layout;
    private final double left;
    private final double top;

    Page(List<Node> nodes, List<NodeBox> boxes, List<Link> links, Layout layout) {
      this.nodes = nodes;
      this.boxes = boxes;
      this.links = links;
      this.layout = layout;
      this.left = layout.places().stream().mapToDouble(Place::x).min().orElse(0) - MARGIN;
      double highest = layout.places().stream().mapToDouble(Place::y).min().orElse(0);
      this.top = Math.min(highest, heights().min().orElse(highest)) - MARGIN;
    }

    /// Where links go that go round boxes.
    private DoubleStream heights() {
      return layout.ways().values().stream()
          .flatMapToDouble(
              way -> IntStream.range(0, way.length / 2).mapToDouble(i -> way[2 * i + 1]));
    }

    Sketch sketch() {
      List<Mark> marks = new ArrayList<>();
      // Grey links below those that count.
      links.stream()
          .sorted(Comparator.comparing((Link link) -> ink(link) == Ink.TAKES_PART))
          .forEach(link -> marks.add(curve(link)));
      double right = MARGIN;
      double bottom = Math.max(MARGIN, heights().max().orElse(top) - top);
      for (int i = 0; i < boxes.size(); i++) {
        NodeBox box = boxes.get(i);
        marks.addAll(box.marks(x(i), y(i), ink(i)));
        right = Math.max(right, x(i) + box.width());
        bottom = Math.max(bottom, y(i) + box.height());
      }
      return new Sketch(right + MARGIN, bottom + MARGIN, marks);
    }

    private double x(int node) {
      return layout.places().get(node).x() - left;
    }

    private double y(int node) {
      return layout.places().get(node).y() - top;
    }

    private Ink ink(int node) {
      return leftOut.contains(nodes.get(node).id()) ? Ink.LEFT_OUT : Ink.TAKES_PART;
    }

    private Ink ink(Link link) {
      return ink(link.from()) == Ink.LEFT_OUT ? Ink.LEFT_OUT : ink(link.to());
    }

    private Mark curve(Link link) {
      NodeBox from = boxes.get(link.from());
      NodeBox to = boxes.get(link.to());
      double[] way = layout.ways().getOrDefault(link, new double[0]);
      double[] points = new double[way.length + 4];
      points[0] = x(link.from()) + from.width();
      points[1] = y(link.from()) + from.outputPort(link.slot());
      for (int i = 0; i < way.length; i += 2) {
        points[2 + i] = way[i] - left;
        points[3 + i] = way[i + 1] - top;
      }
      points[way.length + 2] = x(link.to());
      points[way.length + 3] = y(link.to()) + to.inputPort(link.input());
      return new Mark.Curve(points, LINK_WIDTH, ink(link).link(to.input(link.input())));
    }
  }
}
