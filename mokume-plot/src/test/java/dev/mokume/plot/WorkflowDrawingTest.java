package dev.mokume.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import dev.mokume.plot.Sketch.Mark;
import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class WorkflowDrawingTest {
  private static List<Mark.Box> boxes(WorkflowDrawing drawing) {
    return marks(drawing, Mark.Box.class);
  }

  private static <M extends Mark> List<M> marks(WorkflowDrawing drawing, Class<M> type) {
    return drawing.sketch().marks().stream().filter(type::isInstance).map(type::cast).toList();
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text);
  }

  private static boolean overlap(Mark.Box a, Mark.Box b) {
    return a.x() < b.x() + b.width()
        && b.x() < a.x() + a.width()
        && a.y() < b.y() + b.height()
        && b.y() < a.y() + a.height();
  }

  private static void assertApart(List<Mark.Box> boxes) {
    for (int i = 0; i < boxes.size(); i++) {
      for (int j = 0; j < i; j++) {
        assertThat(overlap(boxes.get(i), boxes.get(j)))
            .as("%s and %s overlap", boxes.get(i), boxes.get(j))
            .isFalse();
      }
    }
  }

  private static SampleWorkflow merge() {
    return new SampleWorkflow()
        .node("1", "CheckpointLoaderSimple", "Load", "ckpt_name", "a.safetensors")
        .node("2", "CheckpointLoaderSimple", "Load", "ckpt_name", "b.safetensors")
        .node("3", "ModelMergeSimple", "Merge", "model1", "@1.0", "model2", "@2.0", "ratio", 0.5);
  }

  @Test
  void drawsEachNodeWithTitleClassInputsAndValues() {
    WorkflowDrawing drawing = WorkflowDrawing.of(merge().workflow());
    assertThat(boxes(drawing)).hasSize(3);
    assertThat(marks(drawing, Mark.Text.class))
        .extracting(Mark.Text::text)
        .containsExactly(
            "Load",
            "CheckpointLoaderSimple",
            "MODEL",
            "ckpt_name",
            "a.safetensors",
            "Load",
            "CheckpointLoaderSimple",
            "MODEL",
            "ckpt_name",
            "b.safetensors",
            "Merge",
            "ModelMergeSimple",
            "model1",
            "model2",
            "ratio",
            "0.5");
  }

  @Test
  void columnsGoFromLeftToRightAndLinksEndAtPorts() {
    WorkflowDrawing drawing = WorkflowDrawing.of(merge().workflow());
    List<Mark.Box> boxes = boxes(drawing);
    assertThat(boxes.get(0).x()).isEqualTo(boxes.get(1).x());
    assertThat(boxes.get(2).x()).isGreaterThan(boxes.get(0).x() + boxes.get(0).width());
    List<Mark.Dot> ports = marks(drawing, Mark.Dot.class);
    List<double[]> links =
        marks(drawing, Mark.Curve.class).stream()
            .filter(curve -> curve.thickness() > 1)
            .map(Mark.Curve::points)
            .toList();
    assertThat(links).hasSize(2);
    for (double[] link : links) {
      assertThat(ports).anyMatch(port -> port.x() == link[0] && port.y() == link[1]);
      assertThat(ports)
          .anyMatch(port -> port.x() == link[link.length - 2] && port.y() == link[link.length - 1]);
    }
  }

  @Test
  void thirtyNodesDoNotOverlapAndNoLinkCrossesABoxInItsColumn() {
    WorkflowDrawing drawing = WorkflowDrawing.of(SampleWorkflow.thirtyNodes().workflow());
    List<Mark.Box> boxes = boxes(drawing);
    assertThat(boxes).hasSize(30);
    assertApart(boxes);
    for (Mark.Curve curve : marks(drawing, Mark.Curve.class)) {
      double[] points = curve.points();
      for (int i = 2; curve.thickness() > 1 && i < points.length; i += 2) {
        boolean level = points[i + 1] == points[i - 1];
        double from = points[i - 2];
        double to = points[i];
        double y = points[i + 1];
        assertThat(boxes)
            .noneMatch(box ->
                level
                    && from < box.x() + box.width() - 1
                    && to > box.x() + 1
                    && y > box.y()
                    && y < box.y() + box.height());
      }
    }
  }

  /// A link that has to go round the boxes of a column may lie lower than all boxes.
  @Test
  void everyLinkLiesOnThePage() {
    SampleWorkflow sample =
        new SampleWorkflow()
            .node("1", "CheckpointLoaderSimple", "Load")
            .node("2", "DM_MagnitudeMasker", "Mask", "model_a", "@1.0", "threshold", 0.5)
            .node("3", "ModelMergeSimple", "Merge", "model1", "@1.0", "model_mask", "@2.0")
            .node("4", "CheckpointSave", "Save", "model", "@3.0", "clip", "@1.1", "vae", "@1.2");
    for (SampleWorkflow each : List.of(sample, SampleWorkflow.thirtyNodes())) {
      Sketch page = WorkflowDrawing.of(each.workflow()).sketch();
      for (Mark mark : page.marks()) {
        if (mark instanceof Mark.Curve(double[] points, _, _)) {
          for (int i = 0; i < points.length; i += 2) {
            assertThat(points[i]).isBetween(0.0, page.width());
            assertThat(points[i + 1]).isBetween(10.0, page.height() - 10);
          }
        }
      }
    }
  }

  /// Else it would stick out of its port.
  @Test
  void aShortPieceOfALinkDoesNotLoop() {
    assertThat(Bend.handle(100, 100)).isZero();
    assertThat(Bend.handle(100, 110)).isEqualTo(5);
    assertThat(Bend.handle(100, 90)).isEqualTo(24);
    assertThat(Bend.handle(100, 1000)).isEqualTo(160);
  }

  @Test
  void nodesThatAreLeftOutAreGreyWithTheirLinks() {
    WorkflowDrawing drawing = WorkflowDrawing.of(merge().workflow()).withLeftOut(Set.of("2"));
    assertThat(boxes(drawing))
        .extracting(Mark.Box::fill)
        .containsExactly(Ink.TAKES_PART.body(), Ink.LEFT_OUT.body(), Ink.TAKES_PART.body());
    assertThat(
            marks(drawing, Mark.Curve.class).stream()
                .filter(curve -> curve.thickness() > 1)
                .map(Mark.Curve::colour))
        .containsExactly(Ink.LEFT_OUT.link(LinkType.of("MODEL")), LinkType.of("MODEL").colour());
  }

  @Test
  void typesThatAreKnownComeBeforeGuesses() {
    SampleWorkflow sample =
        new SampleWorkflow()
            .node("1", "Strange", "Strange")
            .node("2", "Other", "Other", "thing", "@1.0");
    assertThat(marks(WorkflowDrawing.of(sample.workflow()), Mark.Text.class))
        .extracting(Mark.Text::text)
        .containsExactly("Strange", "", "Other", "thing");
    WorkflowDrawing known =
        WorkflowDrawing.of(sample.workflow())
            .withTypes((type, slot) -> Optional.of(type.equals("Strange") ? "VAE" : "?"));
    assertThat(marks(known, Mark.Text.class))
        .extracting(Mark.Text::text)
        .containsExactly("Strange", "VAE", "Other", "thing");
  }

  @Test
  void placesOfTheEditorAreKeptAndWhatWouldOverlapMovesDown() {
    JsonNode canvas =
        json(
            """
            {"nodes": [{"id": 1, "pos": [1000, 500]}, {"id": 2, "pos": [1010, 510]},
                       {"id": 3, "pos": {"0": 1600, "1": 480}}]}\
            """);
    List<Mark.Box> boxes = boxes(WorkflowDrawing.of(merge().on(canvas)));
    assertThat(boxes.get(2).x() - boxes.get(0).x()).isEqualTo(600);
    assertThat(boxes.get(2).y() - boxes.get(0).y()).isEqualTo(-20);
    assertThat(boxes.get(1).x() - boxes.get(0).x()).isEqualTo(10);
    assertApart(boxes);
  }

  @Test
  void aCanvasThatLacksANodeOrPlacesOneAbsurdlyIsNotUsed() {
    List<Mark.Box> own = boxes(WorkflowDrawing.of(merge().workflow()));
    for (String place :
        List.of("[1, 2]}, {\"id\": 9", "[1e300, 0]}, {\"id\": 3", "\"here\"}, {\"id\": 9")) {
      JsonNode canvas =
          json(
              "{\"nodes\": [{\"id\": 1, \"pos\": [0, 0]}, {\"id\": 2, \"pos\": "
                  + place
                  + ", \"pos\": [5, 5]}]}");
      assertThat(boxes(WorkflowDrawing.of(merge().on(canvas)))).isEqualTo(own);
    }
  }

  @Test
  void aCycleAndALinkToNothingDoNotStopTheDrawing() {
    SampleWorkflow sample =
        new SampleWorkflow()
            .node("1", "A", "A", "model", "@2.0")
            .node("2", "B", "B", "model", "@1.0", "clip", "@77.1")
            .node("3", "C", "C", "model", "@3.0");
    List<Mark.Box> boxes = boxes(WorkflowDrawing.of(sample.workflow()));
    assertThat(boxes).hasSize(3);
    assertApart(boxes);
  }

  @Test
  void anEmptyWorkflowIsAnEmptyPage() {
    assertThat(WorkflowDrawing.of(new SampleWorkflow().workflow()).svg())
        .isEqualTo(
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="48" height="48" viewBox="0 0 48 48" font-family="'DejaVu Sans', Verdana, sans-serif">
            <rect width="48" height="48" fill="#ffffff"/>
            </svg>
            """);
  }

  @Test
  void svgIsXmlWhateverTheFileSays() throws Exception {
    SampleWorkflow sample =
        new SampleWorkflow()
            .node("1", "<b>\u0001\uffff", "a & b < c", "text", "\"]]><script>\u001b[31m\n\ud800");
    String svg = WorkflowDrawing.of(sample.workflow()).svg();
    Document document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    var texts = document.getElementsByTagName("text");
    assertThat(texts.item(0).getTextContent()).isEqualTo("a & b < c");
    assertThat(texts.item(1).getTextContent()).isEqualTo("<b>\\u0001?");
    assertThat(texts.item(3).getTextContent()).isEqualTo("\"]]><script>\\u001b[31m \\ud800");
  }

  @Test
  void pngHasTwoPixelsAUnit() throws Exception {
    WorkflowDrawing drawing = WorkflowDrawing.of(merge().workflow());
    var image = ImageIO.read(new ByteArrayInputStream(drawing.png()));
    assertThat(image.getWidth()).isEqualTo((int) (2 * drawing.sketch().width()));
    assertThat(image.getHeight()).isEqualTo((int) (2 * drawing.sketch().height()));
  }

  @Test
  void textThatIsTooLongEndsInAnEllipsisAndManyValuesInACount() {
    SampleWorkflow sample = new SampleWorkflow().node("1", "T".repeat(300), "T".repeat(300));
    assertThat(marks(WorkflowDrawing.of(sample.workflow()), Mark.Text.class))
        .allSatisfy(text -> assertThat(text.text()).matches("T{20,40}…"));
    Object[] values = new Object[2 * 103];
    for (int i = 0; i < 103; i++) {
      values[2 * i] = "value" + i;
      values[2 * i + 1] = i;
    }
    SampleWorkflow many = new SampleWorkflow().node("1", "M", "M", values);
    assertThat(marks(WorkflowDrawing.of(many.workflow()), Mark.Text.class))
        .extracting(Mark.Text::text)
        .contains("value99", "and 3 more")
        .doesNotContain("value100");
  }

  @Test
  void refusesWhatNobodyCouldLookAt() {
    SampleWorkflow sample = new SampleWorkflow();
    for (int i = 0; i <= 1000; i++) {
      sample.node("" + i, "N", "N");
    }
    assertThatThrownBy(() -> WorkflowDrawing.of(sample.workflow()))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the workflow has 1,001 nodes and 0 links; a drawing of more than 1,000 nodes or 5,000"
                + " links could not be looked at, so none is made.");
  }

  @Test
  void aThousandNodesInAChainWithLongLinksAreDrawn() {
    SampleWorkflow sample = new SampleWorkflow().node("0", "N", "N");
    for (int i = 1; i < 1000; i++) {
      sample.node("" + i, "N", "N", "model", "@" + (i - 1) + ".0", "clip", "@" + i / 2 + ".1");
    }
    List<Mark.Box> boxes = boxes(WorkflowDrawing.of(sample.workflow()));
    assertThat(boxes).hasSize(1000);
    assertApart(boxes);
  }
}
