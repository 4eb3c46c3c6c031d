package dev.mokume.workflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The editor's own library and Mokume agree on which output each input of each node gets. Where
/// the cases come from is said in `src/test/oracle/litegraph/README.md`.
class LitegraphTest {
  private static final List<JsonNode> CASES = new ArrayList<>();

  @BeforeAll
  static void readCases() throws IOException {
    JsonMapper mapper = new JsonMapper();
    try (InputStream packed =
            Objects.requireNonNull(
                LitegraphTest.class.getResourceAsStream("litegraph-cases.jsonl.gz"));
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(packed), StandardCharsets.UTF_8))) {
      lines.lines().map(mapper::readTree).forEach(CASES::add);
    }
  }

  @Test
  void everyLinkIsTheOneThatLitegraphFollows() {
    SoftAssertions softly = new SoftAssertions();
    for (JsonNode example : CASES) {
      Workflow workflow =
          WorkflowReader.parse("the case", example.get("workflow").toString(), Catalogs.NONE);
      softly
          .assertThat(links(workflow))
          .as("seed %s", example.get("seed"))
          .isEqualTo(links(example.get("links")));
    }
    softly.assertAll();
  }

  @Test
  void theCasesAreWorthComparing() {
    List<Map<String, Map<String, Input.Link>>> expected =
        CASES.stream().map(example -> links(example.get("links"))).toList();
    long acrossDrawings =
        expected.stream()
            .flatMap(nodes -> nodes.entrySet().stream())
            .mapToLong(node ->
                node.getValue().values().stream()
                    .filter(link -> !path(link.node()).equals(path(node.getKey())))
                    .count())
            .sum();
    assertThat(CASES).hasSize(300);
    assertThat(expected.stream().flatMap(n -> n.values().stream()).mapToInt(Map::size).sum())
        .isGreaterThan(1_500);
    assertThat(acrossDrawings).isGreaterThan(150);
    assertThat(modes(2)).isGreaterThan(200);
    assertThat(modes(4)).isGreaterThan(200);
    assertThat(CASES.stream().filter(example -> version(example) == 1)).hasSizeGreaterThan(100);
    assertThat(CASES.stream().filter(example -> version(example) == 0.4)).hasSizeGreaterThan(100);
  }

  private static long modes(int mode) {
    return CASES.stream()
        .flatMap(example -> example.get("workflow").findValues("mode").stream())
        .filter(value -> value.intValue() == mode)
        .count();
  }

  private static double version(JsonNode example) {
    return example.get("workflow").get("version").doubleValue();
  }

  private static String path(String id) {
    return id.substring(0, id.lastIndexOf(':') + 1);
  }

  private static Map<String, Map<String, Input.Link>> links(Workflow workflow) {
    Map<String, Map<String, Input.Link>> links = new TreeMap<>();
    for (Node node : workflow.nodes().values()) {
      Map<String, Input.Link> inputs = new LinkedHashMap<>();
      node.inputs().forEach((name, input) -> inputs.put(name, (Input.Link) input));
      links.put(node.id(), inputs);
    }
    return links;
  }

  private static Map<String, Map<String, Input.Link>> links(JsonNode expected) {
    Map<String, Map<String, Input.Link>> links = new TreeMap<>();
    for (var node : expected.properties()) {
      Map<String, Input.Link> inputs = new LinkedHashMap<>();
      for (var input : node.getValue().properties()) {
        JsonNode link = input.getValue();
        inputs.put(
            input.getKey(), new Input.Link(link.get(0).stringValue(), link.get(1).intValue()));
      }
      links.put(node.getKey(), inputs);
    }
    return links;
  }
}
