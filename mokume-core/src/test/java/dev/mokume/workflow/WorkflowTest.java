package dev.mokume.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class WorkflowTest {
  private static Workflow workflow(String json) {
    return WorkflowReader.parse("w.json", json, Catalogs.NONE);
  }

  /// Nodes `a` to `z` as lines `c: a b`, each with its inputs: output 0 of these.
  private static Workflow graph(String lines) {
    String json =
        lines
            .lines()
            .map(line -> {
              String[] parts = line.split(":", -1);
              String inputs =
                  parts[1].isBlank()
                      ? ""
                      : List.of(parts[1].strip().split(" ")).stream()
                          .map(node -> "\"from_%s\": [\"%s\", 0]".formatted(node, node))
                          .collect(Collectors.joining(","));
              return "\"%s\": {\"class_type\": \"Type\", \"inputs\": {%s}}"
                  .formatted(parts[0], inputs);
            })
            .collect(Collectors.joining(",", "{", "}"));
    return workflow(json);
  }

  @Nested
  class Order {
    private static String order(Workflow workflow, String... wanted) {
      return workflow.inOrder(List.of(wanted), node -> OptionalInt.empty()).stream()
          .map(Node::id)
          .collect(Collectors.joining(" "));
    }

    private static void assertRefused(Workflow workflow, String wanted, String message) {
      assertThatThrownBy(() -> workflow.inOrder(List.of(wanted), node -> OptionalInt.of(1)))
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECIPE))
          .hasMessage(message);
    }

    @Test
    void aNodeStandsBehindWhatItNeeds() {
      Workflow diamond = graph("save: left right\nright: load\nleft: load\nload:\nother:");
      assertThat(order(diamond, "save")).isEqualTo("load left right save");
    }

    @Test
    void whatSeveralNeedStandsThereOnce() {
      Workflow two = graph("one: load\ntwo: load one\nload:");
      assertThat(order(two, "two", "one")).isEqualTo("load one two");
    }

    @Test
    void whatIsNotNeededMayBeBroken() {
      assertThat(order(graph("save: load\nload:\nbroken: nothing broken"), "save"))
          .isEqualTo("load save");
    }

    @Test
    void aChainMayBeAsLongAsTheGraph() {
      String lines =
          IntStream.range(1, 20_000)
              .mapToObj(i -> i + ": " + (i - 1))
              .collect(Collectors.joining("\n"));
      assertThat(order(graph("0:\n" + lines), "19999")).startsWith("0 1 2 3").endsWith("19999");
    }

    @Test
    void aWantedNodeThatDoesNotExist() {
      Workflow workflow = graph("save: load\nload:");
      assertRefused(workflow, "sav", "the workflow has no node 'sav'; did you mean 'save'?");
      assertRefused(workflow, "completely else", "the workflow has no node 'completely else'.");
    }

    @Test
    void aLinkToANodeThatDoesNotExist() {
      assertRefused(
          graph("save: load"),
          "save",
          "node 'save' (Type): input 'from_load' is linked to node 'load', which the workflow does"
              + " not have; link it to another or save the workflow again.");
    }

    @Test
    void aLinkToAnOutputThatDoesNotExist() {
      String json =
          """
          {"1": {"class_type": "Load"},
           "2": {"class_type": "Save", "inputs": {"model": ["1", %d]}}}\
          """;
      assertRefused(
          workflow(json.formatted(1)),
          "2",
          "node '2' (Save): input 'model' is linked to output 1 of node '1' (Load), which has"
              + " outputs 0 to 0.");
      assertRefused(
          workflow(json.formatted(-1)),
          "2",
          "node '2' (Save): input 'model' is linked to output -1 of node '1' (Load), which has"
              + " outputs 0 to 0.");
      assertThatThrownBy(() -> order(workflow(json.formatted(-1)), "2"))
          .hasMessage(
              "node '2' (Save): input 'model' is linked to output -1 of node '1' (Load), which"
                  + " cannot be: outputs count from 0.");
      assertThat(order(workflow(json.formatted(9)), "2")).isEqualTo("1 2");
    }

    @Test
    void aCircle() {
      assertRefused(
          graph("save: a\na: b\nb: c\nc: a"),
          "save",
          "these nodes need each other in a circle, so none of them can be first: node 'a' (Type)"
              + " -> node 'c' (Type) -> node 'b' (Type) -> node 'a' (Type). Take one of the links"
              + " away.");
    }

    @Test
    void aNodeThatNeedsItself() {
      assertRefused(
          graph("a: a"),
          "a",
          "these nodes need each other in a circle, so none of them can be first: node 'a' (Type)"
              + " -> node 'a' (Type). Take one of the links away.");
    }
  }

  @Nested
  class Written {
    @Test
    void isTheFormThatRuns() {
      String json =
          "{\"5:3\":{\"inputs\":{\"model\":[\"1\",0],\"ratio\":0.5,\"blocks\":{\"__value__\":[1,2]}},"
              + "\"class_type\":\"A\",\"_meta\":{\"title\":\"Mine\"}},"
              + "\"1\":{\"inputs\":{\"seed\":18446744073709551615},\"class_type\":\"B\"}}";
      assertThat(WorkflowWriter.apiJson(workflow(json))).isEqualTo(json);
    }

    @Test
    void nanIsBareAndWhatIsNotAsciiIsEscaped() {
      assertThat(
              WorkflowWriter.apiJson(
                  workflow(
                      "{\"1\": {\"class_type\": \"A\", \"inputs\": {\"a\": NaN, \"b\": \"木\"}}}")))
          .isEqualTo("{\"1\":{\"inputs\":{\"a\":NaN,\"b\":\"\\u6728\"},\"class_type\":\"A\"}}");
    }
  }
}
