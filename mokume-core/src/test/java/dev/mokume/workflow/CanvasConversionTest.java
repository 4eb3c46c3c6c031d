package dev.mokume.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// From the editor's form to the one that runs. Links between nodes of concrete types are compared
/// with the editor's own library in [LitegraphTest].
class CanvasConversionTest {
  private static final String LOADER =
      """
      {"id": 1, "type": "CheckpointLoaderSimple", "mode": 0, "widgets_values": ["a.safetensors"],
       "outputs": [{"name": "MODEL", "type": "MODEL"}, {"name": "CLIP", "type": "CLIP"},
                   {"name": "VAE", "type": "VAE"}]}\
      """;

  private static String canvas(String nodes, String links) {
    return "{\"version\": 0.4, \"nodes\": [" + nodes + "], \"links\": [" + links + "]}";
  }

  private static String shown(String json) {
    return Shown.of(WorkflowReader.parse("w.json", json, Catalogs.SMALL));
  }

  private static void assertRefused(String json, String message) {
    assertThatThrownBy(() -> shown(json)).isInstanceOf(MokumeException.class).hasMessage(message);
  }

  @Nested
  class Values {
    @Test
    void aRowIsReadInTheOrderOfTheDefinition() {
      assertThat(shown(canvas(LOADER, "")))
          .isEqualTo("1 CheckpointLoaderSimple ckpt_name=\"a.safetensors\"");
    }

    @Test
    void whatHappensToASeedAfterARunIsNoInput() {
      assertThat(
              shown(
                  canvas(
                      """
                      {"id": 3, "type": "KSampler",
                       "widgets_values": [18446744073709551615, "randomize", 20, 7.5, "euler"]}\
                      """,
                      "")))
          .isEqualTo(
              "3 KSampler seed=18446744073709551615 steps=20 cfg=7.5 sampler_name=\"euler\"");
    }

    @Test
    void aProgramMayHaveLeftItOut() {
      assertThat(
              shown(
                  canvas(
                      "{\"id\": 3, \"type\": \"KSampler\", \"widgets_values\": [5, 20, 7.5,"
                          + " \"euler\"]}",
                      "")))
          .isEqualTo("3 KSampler seed=5 steps=20 cfg=7.5 sampler_name=\"euler\"");
    }

    @Test
    void theButtonBesideAnImageIsNoInput() {
      assertThat(
              shown(
                  canvas(
                      "{\"id\": 3, \"type\": \"LoadImage\", \"widgets_values\": [\"a.png\","
                          + " \"image\", \"red\"]}",
                      "")))
          .isEqualTo("3 LoadImage image=\"a.png\" channel=\"red\"");
    }

    @Test
    void anObjectHasThemByName() {
      assertThat(
              shown(
                  canvas(
                      """
                      {"id": 3, "type": "ModelMergeSimple",
                       "widgets_values": {"preview": {"x": 1}, "ratio": 0.25}}\
                      """,
                      "")))
          .isEqualTo("3 ModelMergeSimple ratio=0.25");
    }

    @Test
    void aListThatIsAValueIsUnwrapped() {
      assertThat(
              shown(
                  canvas(
                      """
                      {"id": 3, "type": "Blocks", "widgets_values": [{"__value__": [0, 1]}]}\
                      """,
                      "")))
          .isEqualTo("3 Blocks blocks=[0,1]");
    }

    @Test
    void nullIsNoValue() {
      assertThat(
              shown(
                  canvas(
                      "{\"id\": 3, \"type\": \"ModelMergeSimple\", \"widgets_values\": [null]}",
                      "")))
          .isEqualTo("3 ModelMergeSimple");
    }

    @Test
    void aWidgetMadeAnInputKeepsItsPlaceInTheRowAndYieldsToItsLink() {
      assertThat(
              shown(
                  canvas(
                      """
                      {"id": 2, "type": "Seeds", "outputs": [{"type": "INT"}]},
                      {"id": 3, "type": "KSampler",
                       "inputs": [{"name": "seed", "type": "INT", "link": 9,
                                   "widget": {"name": "seed"}}],
                       "widgets_values": [5, "fixed", 20, 7.5, "euler"]}\
                      """,
                      "[9, 2, 0, 3, 0, \"INT\"]")))
          .isEqualTo(
              """
              2 Seeds
              3 KSampler seed=2#0 steps=20 cfg=7.5 sampler_name="euler\"\
              """);
    }

    @Test
    void aTypeThatIsNotKnownNamesItsOwnWidgets() {
      assertThat(
              shown(
                  canvas(
                      """
                      {"id": 3, "type": "Foreign",
                       "inputs": [{"name": "seed", "type": "INT", "widget": {"name": "seed"}},
                                  {"name": "size", "type": "INT", "widget": {"name": "size"}}],
                       "widgets_values": [5, "fixed", 20]}\
                      """,
                      "")))
          .isEqualTo("3 Foreign seed=5 size=20");
    }

    @Test
    void ifItNamesOnlySomeOfThemNoneIsCertain() {
      assertThat(
              shown(
                  canvas(
                      """
                      {"id": 3, "type": "Foreign",
                       "inputs": [{"name": "size", "type": "INT", "widget": {"name": "size"}}],
                       "widgets_values": [5, 20]}\
                      """,
                      "")))
          .isEqualTo("3 Foreign");
    }
  }

  @Nested
  class Primitives {
    private static String sampler(String steps, String between) {
      return canvas(
          """
          {"id": 1, "type": "PrimitiveNode", "outputs": [{"type": "INT"}],
           "widgets_values": [30, "fixed"]},
          %s
          {"id": 3, "type": "KSampler",
           "inputs": [{"name": "steps", "type": "INT", "link": %s, "widget": {"name": "steps"}}],
           "widgets_values": [5, "fixed", 20, 7.5, "euler"]}\
          """
              .formatted(between, steps),
          "[8, 1, 0, 2, 0, \"INT\"], [9, 1, 0, 3, 0, \"INT\"], [10, 2, 0, 3, 0, \"INT\"]");
    }

    @Test
    void givesItsValue() {
      assertThat(shown(sampler("9", "")))
          .isEqualTo("3 KSampler seed=5 steps=30 cfg=7.5 sampler_name=\"euler\"");
    }

    @Test
    void alsoThroughAReroute() {
      assertThat(
              shown(
                  sampler(
                      "10",
                      """
                      {"id": 2, "type": "Reroute", "inputs": [{"type": "*", "link": 8}]},\
                      """)))
          .isEqualTo("3 KSampler seed=5 steps=30 cfg=7.5 sampler_name=\"euler\"");
    }

    @Test
    void withoutAValueTheWidgetsOwnHolds() {
      assertThat(shown(sampler("9", "").replace("[30, \"fixed\"]", "[]")))
          .isEqualTo("3 KSampler seed=5 steps=20 cfg=7.5 sampler_name=\"euler\"");
    }
  }

  @Nested
  class SettersAndGetters {
    private static final String SAVE =
        """
        {"id": 9, "type": "CheckpointSave", "widgets_values": ["out"],
         "inputs": [{"name": "model", "type": "MODEL", "link": 2}]}\
        """;

    private static String setter(int id, String name, int link) {
      return """
      {"id": %d, "type": "SetNode", "mode": 4, "inputs": [{"type": "MODEL", "link": %d}],
       "outputs": [{"type": "*"}], "widgets_values": ["%s"]}\
      """
          .formatted(id, link, name);
    }

    private static String getter(String name) {
      return """
      {"id": 7, "type": "GetNode", "outputs": [{"type": "MODEL"}], "widgets_values": ["%s"]}\
      """
          .formatted(name);
    }

    private static String nodes(String... more) {
      return LOADER + ", " + SAVE + ", " + String.join(", ", more);
    }

    @Test
    void aGetterGivesWhatTheSetterOfItsNameHas() {
      assertThat(
              shown(
                  canvas(
                      nodes(setter(5, "other", 4), setter(6, "model", 1), getter("model")),
                      "[1, 1, 0, 6, 0, \"MODEL\"], [2, 7, 0, 9, 0, \"MODEL\"]")))
          .isEqualTo(
              """
              1 CheckpointLoaderSimple ckpt_name="a.safetensors"
              9 CheckpointSave filename_prefix="out" model=1#0\
              """);
    }

    @Test
    void aSetterPassesItsInputOnAsWell() {
      assertThat(
              shown(
                  canvas(
                      nodes(setter(6, "model", 1)),
                      "[1, 1, 0, 6, 0, \"MODEL\"], [2, 6, 0, 9, 0, \"MODEL\"]")))
          .endsWith("9 CheckpointSave filename_prefix=\"out\" model=1#0");
    }

    @Test
    void withoutASetterOfItsNameItGivesNothing() {
      assertThat(
              shown(
                  canvas(
                      nodes(setter(6, "", 1), getter("")),
                      "[1, 1, 0, 6, 0, \"MODEL\"], [2, 7, 0, 9, 0, \"MODEL\"]")))
          .endsWith("9 CheckpointSave filename_prefix=\"out\"");
    }

    @Test
    void aGetterInASubgraphSeesTheSettersAroundIt() {
      String instance =
          """
          {"id": 8, "type": "inner", "inputs": [], "outputs": [{"type": "MODEL"}]}\
          """;
      String subgraph =
          """
          "definitions": {"subgraphs": [{"id": "inner", "name": "inner", "nodes": [%s],
            "links": [{"id": 1, "origin_id": 7, "origin_slot": 0, "target_id": -20,
                       "target_slot": 0}]}]}\
          """
              .formatted(getter("model"));
      assertThat(
              shown(
                  canvas(
                          nodes(setter(6, "model", 1), instance),
                          "[1, 1, 0, 6, 0, \"MODEL\"], [2, 8, 0, 9, 0, \"MODEL\"]")
                      .replaceFirst("\\{", "{" + subgraph + ", ")))
          .endsWith("9 CheckpointSave filename_prefix=\"out\" model=1#0");
    }

    @Test
    void aSetterOfItsOwnNameGoesRoundInACircle() {
      assertRefused(
          canvas(
              nodes(setter(6, "model", 1), getter("model")),
              "[1, 7, 0, 6, 0, \"MODEL\"], [2, 7, 0, 9, 0, \"MODEL\"]"),
          "w.json: the links into node '6' go round in a circle of reroutes, bypassed nodes or"
              + " subgraphs and start nowhere; take one of them out in the editor.");
    }
  }

  @Nested
  class NodesThatDoNotRun {
    private static final String SAVE =
        """
        {"id": 9, "type": "CheckpointSave", "widgets_values": ["out"],
         "inputs": [{"name": "model", "type": "MODEL", "link": 2}]}\
        """;

    private static String merge(int mode, String inputs) {
      return canvas(
          LOADER
              + """
              , {"id": 5, "type": "ModelMergeSimple", "mode": %d, "widgets_values": [0.5],
                 "inputs": [%s], "outputs": [{"type": "MODEL"}]},\
              """
                  .formatted(mode, inputs)
              + SAVE,
          "[1, 1, 0, 5, 1, \"MODEL\"], [2, 5, 0, 9, 0, \"MODEL\"]");
    }

    @Test
    void notesAreForPeople() {
      assertThat(
              shown(
                  canvas(
                      LOADER
                          + """
                          , {"id": 2, "type": "Note", "widgets_values": ["remember"]},
                          {"id": 3, "type": "MarkdownNote", "widgets_values": ["# this"]}\
                          """,
                      "")))
          .isEqualTo("1 CheckpointLoaderSimple ckpt_name=\"a.safetensors\"");
    }

    @Test
    void aMutedNodeGivesNothing() {
      assertThat(shown(merge(2, "{\"name\": \"model1\", \"type\": \"MODEL\", \"link\": 1}")))
          .isEqualTo(
              """
              1 CheckpointLoaderSimple ckpt_name="a.safetensors"
              9 CheckpointSave filename_prefix="out\"\
              """);
    }

    @Test
    void nodesThatRunOnAnEventOrATriggerRunHere() {
      for (int mode : new int[] {1, 3}) {
        assertThat(shown(merge(mode, "{\"name\": \"model1\", \"type\": \"MODEL\", \"link\": 1}")))
            .contains("5 ModelMergeSimple ratio=0.5 model1=1#0")
            .contains("9 CheckpointSave filename_prefix=\"out\" model=5#0");
      }
    }

    @Test
    void aBypassedNodePassesOnTheInputBesideItsOutput() {
      assertThat(
              shown(
                  merge(
                      4,
                      """
                      {"name": "any", "type": "*", "link": 1},
                      {"name": "model", "type": "MODEL", "link": null}\
                      """)))
          .endsWith("9 CheckpointSave filename_prefix=\"out\" model=1#0");
    }

    @Test
    void elseTheFirstOfExactlyTheWantedType() {
      assertThat(
              shown(
                  merge(
                      4,
                      """
                      {"name": "clip", "type": "CLIP", "link": null},
                      {"name": "either", "type": "CLIP,MODEL", "link": null},
                      {"name": "model", "type": "MODEL", "link": 1}\
                      """)))
          .endsWith("9 CheckpointSave filename_prefix=\"out\" model=1#0");
    }

    @Test
    void elseTheFirstThatFits() {
      assertThat(
              shown(
                  merge(
                      4,
                      """
                      {"name": "clip", "type": "CLIP", "link": null},
                      {"name": "either", "type": "CLIP,model", "link": 1}\
                      """)))
          .endsWith("9 CheckpointSave filename_prefix=\"out\" model=1#0");
    }

    @Test
    void ifNoneFitsTheInputIsNotLinked() {
      assertThat(shown(merge(4, "{\"name\": \"clip\", \"type\": \"CLIP\", \"link\": 1}")))
          .endsWith("9 CheckpointSave filename_prefix=\"out\"");
    }

    @Test
    void aRerouteBehindABypassedNodeDoesNotHideWhatIsWanted() {
      assertThat(
              shown(
                  canvas(
                      LOADER
                          + """
                          , {"id": 5, "type": "Both", "mode": 4,
                             "inputs": [{"name": "clip", "type": "CLIP", "link": 1},
                                        {"name": "model", "type": "MODEL", "link": 2}],
                             "outputs": [{"type": "MODEL"}, {"type": "CLIP"}]},
                          {"id": 6, "type": "Reroute", "inputs": [{"type": "*", "link": 3}]},
                          {"id": 9, "type": "CheckpointSave",
                           "inputs": [{"name": "model", "type": "MODEL", "link": 4}]}\
                          """,
                      """
                      [1, 1, 1, 5, 0, "CLIP"], [2, 1, 0, 5, 1, "MODEL"],
                      [3, 5, 0, 6, 0, "MODEL"], [4, 6, 0, 9, 0, "MODEL"]\
                      """)))
          .endsWith("9 CheckpointSave model=1#0");
    }

    @Test
    void aLinkThatIsGoneIsNoLink() {
      assertThat(
              shown(
                  canvas(
                      "{\"id\": 9, \"type\": \"CheckpointSave\", \"inputs\": [{\"name\":"
                          + " \"model\", \"type\": \"MODEL\", \"link\": 77}]}",
                      "null, [1, 8, 0, 9, 0, \"MODEL\"]")))
          .isEqualTo("9 CheckpointSave");
    }

    @Test
    void reroutesInACircleAreRefused() {
      assertRefused(
          canvas(
              """
              {"id": 1, "type": "Reroute", "inputs": [{"type": "*", "link": 2}]},
              {"id": 2, "type": "Reroute", "inputs": [{"type": "*", "link": 1}]},
              {"id": 9, "type": "CheckpointSave",
               "inputs": [{"name": "model", "type": "MODEL", "link": 3}]}\
              """,
              "[1, 1, 0, 2, 0, \"*\"], [2, 2, 0, 1, 0, \"*\"], [3, 2, 0, 9, 0, \"*\"]"),
          "w.json: the links into node '2' go round in a circle of reroutes, bypassed nodes or"
              + " subgraphs and start nowhere; take one of them out in the editor.");
    }

    @Test
    void tenThousandReroutesInARowAreFollowed() {
      String nodes =
          IntStream.rangeClosed(2, 10_000)
              .mapToObj(i ->
                  "{\"id\": %d, \"type\": \"Reroute\", \"inputs\": [{\"link\": %d}]}"
                      .formatted(i, i))
              .collect(Collectors.joining(","));
      String links =
          IntStream.rangeClosed(2, 10_001)
              .mapToObj(i -> "[%d, %d, 0, %d, 0, \"MODEL\"]".formatted(i, i - 1, i))
              .collect(Collectors.joining(","));
      assertThat(
              shown(
                  canvas(
                      LOADER
                          + ","
                          + nodes
                          + ", {\"id\": 10001, \"type\": \"CheckpointSave\", \"inputs\":"
                          + " [{\"name\": \"model\", \"link\": 10001}]}",
                      links)))
          .endsWith("10001 CheckpointSave model=1#0");
    }
  }

  @Nested
  class Subgraphs {
    /// `sub` merges what it is given with its own loader, at a ratio that it shows.
    private static String withInstance(String instance, String more) {
      return """
      {"version": 1,
       "nodes": [%s, %s
         {"id": 9, "type": "CheckpointSave",
          "inputs": [{"name": "model", "type": "MODEL", "link": 2}]}],
       "links": [
         {"id": 1, "origin_id": 1, "origin_slot": 0, "target_id": 5, "target_slot": 0},
         {"id": 2, "origin_id": 5, "origin_slot": 0, "target_id": 9, "target_slot": 0}],
       "definitions": {"subgraphs": [
         {"id": "sub", "name": "Half",
          "inputs": [{"name": "model", "type": "MODEL"}, {"name": "share", "type": "FLOAT"}],
          "outputs": [{"name": "merged", "type": "MODEL"}, {"name": "same", "type": "MODEL"}],
          "nodes": [
            {"id": 3, "type": "ModelMergeSimple",
             "inputs": [{"name": "model1", "type": "MODEL", "link": 1},
                        {"name": "ratio", "type": "FLOAT", "link": 2, "widget": {"name": "ratio"}}],
             "outputs": [{"type": "MODEL"}], "widgets_values": [0.5]}],
          "links": [
            {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 3, "target_slot": 0},
            {"id": 2, "origin_id": -10, "origin_slot": 1, "target_id": 3, "target_slot": 1},
            {"id": 3, "origin_id": 3, "origin_slot": 0, "target_id": -20, "target_slot": 0},
            {"id": 4, "origin_id": -10, "origin_slot": 0, "target_id": -20, "target_slot": 1}]}
         %s]}}\
      """
          .formatted(LOADER, instance, more);
    }

    private static String instance(int mode, String rest) {
      return """
      {"id": 5, "type": "sub", "mode": %d,
       "inputs": [{"name": "model", "type": "MODEL", "link": 1},
                  {"name": "share", "type": "FLOAT", "link": null, "widget": {"name": "share"}}],
       "outputs": [{"type": "MODEL"}, {"type": "MODEL"}] %s},\
      """
          .formatted(mode, rest);
    }

    @Test
    void innerNodesHaveTheInstanceBeforeTheirId() {
      assertThat(shown(withInstance(instance(0, ""), "")))
          .isEqualTo(
              """
              1 CheckpointLoaderSimple ckpt_name="a.safetensors"
              5:3 ModelMergeSimple ratio=0.5 model1=1#0
              9 CheckpointSave model=5:3#0\
              """);
    }

    @Test
    void whatAnInstanceShowsItSets() {
      assertThat(shown(withInstance(instance(0, ", \"widgets_values\": [0.25]"), "")))
          .contains("5:3 ModelMergeSimple ratio=0.25 model1=1#0");
    }

    @Test
    void newerEditorsListWhatItShows() {
      assertThat(
              shown(
                  withInstance(
                      instance(
                          0,
                          """
                          , "widgets_values": ["inner", 0.125],
                          "properties": {"proxyWidgets": [["3", "x"], ["-1", "share"]]}\
                          """),
                      "")))
          .contains("5:3 ModelMergeSimple ratio=0.125 model1=1#0");
    }

    @Test
    void anInputMayGoStraightToAnOutput() {
      assertThat(
              shown(
                  withInstance(instance(0, ""), "")
                      .replace(
                          "\"origin_id\": 5, \"origin_slot\": 0",
                          "\"origin_id\": 5, \"origin_slot\": 1")))
          .endsWith("9 CheckpointSave model=1#0");
    }

    @Test
    void aMutedInstanceGivesNothing() {
      assertThat(shown(withInstance(instance(2, ""), "")))
          .isEqualTo(
              """
              1 CheckpointLoaderSimple ckpt_name="a.safetensors"
              9 CheckpointSave\
              """);
    }

    @Test
    void aBypassedInstancePassesItsInputOn() {
      assertThat(shown(withInstance(instance(4, ""), "")))
          .isEqualTo(
              """
              1 CheckpointLoaderSimple ckpt_name="a.safetensors"
              9 CheckpointSave model=1#0\
              """);
    }

    /// `outer` holds an instance of `sub` and shows the ratio once more.
    private static final String OUTER =
        """
        , {"id": "outer", "name": "Outer",
           "inputs": [{"name": "model", "type": "MODEL"}, {"name": "share", "type": "FLOAT"}],
           "nodes": [
             {"id": 7, "type": "sub",
              "inputs": [{"name": "model", "type": "MODEL", "link": 1},
                         {"name": "share", "type": "FLOAT", "link": 2,
                          "widget": {"name": "share"}}],
              "widgets_values": [0.75]}],
           "links": [
             {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 7, "target_slot": 0},
             {"id": 2, "origin_id": -10, "origin_slot": 1, "target_id": 7, "target_slot": 1},
             {"id": 3, "origin_id": 7, "origin_slot": 0, "target_id": -20, "target_slot": 0}]}\
        """;

    @Test
    void theyMayHoldOthersAndShowTheirValues() {
      assertThat(
              shown(
                  withInstance(
                      instance(0, ", \"widgets_values\": [0.125]").replace("\"sub\"", "\"outer\""),
                      OUTER)))
          .isEqualTo(
              """
              1 CheckpointLoaderSimple ckpt_name="a.safetensors"
              5:7:3 ModelMergeSimple ratio=0.125 model1=1#0
              9 CheckpointSave model=5:7:3#0\
              """);
    }

    @Test
    void oneThatContainsItselfIsRefused() {
      assertRefused(
          """
          {"nodes": [{"id": 1, "type": "a"}], "definitions": {"subgraphs": [
            {"id": "a", "name": "A", "nodes": [{"id": 2, "type": "b"}]},
            {"id": "b", "name": "B", "nodes": [{"id": 3, "type": "a"}]}]}}\
          """,
          "w.json: subgraph 'A' contains itself, as node '1:2:3', so it has no end; take that node"
              + " out.");
    }

    @Test
    void thirtyThreeInsideEachOtherAreRefused() {
      assertRefused(
          chain(1_000, 1),
          "w.json: more than 32 subgraphs lie inside each other, the most that Mokume reads; the"
              + " innermost read is 'S33'.");
      assertThat(shown(chain(32, 1))).endsWith("1:1:1:1:1:1:1:1 Leaf");
    }

    @Test
    void oneThatDoublesAtEachLevelIsRefused() {
      assertRefused(
          chain(30, 2),
          "w.json: the workflow has more than 20,000 nodes, its subgraphs laid out: the most that"
              + " Mokume reads.");
    }

    /// Subgraphs `s1`, `s2` ... each of which holds the next as often as said.
    private static String chain(int depth, int times) {
      String definitions =
          IntStream.rangeClosed(1, depth)
              .mapToObj(i ->
                  "{\"id\": \"s%d\", \"name\": \"S%d\", \"nodes\": [%s]}"
                      .formatted(i, i, nodes(i < depth ? "s" + (i + 1) : "Leaf", times)))
              .collect(Collectors.joining(","));
      return "{\"nodes\": [%s], \"definitions\": {\"subgraphs\": [%s]}}"
          .formatted(nodes("s1", 1), definitions);
    }

    private static String nodes(String type, int times) {
      return IntStream.rangeClosed(1, times)
          .mapToObj(id -> "{\"id\": %d, \"type\": \"%s\"}".formatted(id, type))
          .collect(Collectors.joining(","));
    }
  }

  @Nested
  class GroupNodes {
    /// A sampler and a merge of whose inputs two have the same name.
    private static String group(String type, String instance) {
      return """
      {"version": 0.4,
       "nodes": [%s,
         {"id": 7, "type": "%s", %s},
         {"id": 9, "type": "CheckpointSave",
          "inputs": [{"name": "model", "type": "MODEL", "link": 3}]}],
       "links": [[1, 1, 0, 7, 0, "MODEL"], [2, 1, 0, 7, 1, "MODEL"], [3, 7, 1, 9, 0, "MODEL"],
                 [4, 1, 3, 7, 2, "FLOAT"]],
       "extra": {"groupNodes": {"mine": {
         "nodes": [
           {"id": -1, "index": 0, "type": "KSampler", "outputs": [{"type": "LATENT"}],
            "inputs": [{"name": "model", "type": "MODEL", "link": null}],
            "widgets_values": [1, "fixed", 2, 3.5, "heun"]},
           {"id": -1, "index": 1, "type": "ModelMergeSimple", "outputs": [{"type": "MODEL"}],
            "inputs": [{"name": "model", "type": "MODEL", "link": null}],
            "widgets_values": [0.5]},
           {"id": -1, "index": 2, "type": "VAEDecode", "outputs": [{"type": "IMAGE"}],
            "inputs": [{"name": "samples", "type": "LATENT", "link": 99}]}],
         "links": [[0, 0, 2, 0, 12, "LATENT"]],
         "external": [[0, 0, "LATENT"]]}}}}\
      """
          .formatted(LOADER, type, instance);
    }

    private static final String INPUTS =
        """
        "inputs": [{"name": "model", "type": "MODEL", "link": 1},
                   {"name": "ModelMergeSimple model", "type": "MODEL", "link": 2}],
        "widgets_values": [8, "randomize", 30, 6.5, "euler", 0.75]\
        """;

    @Test
    void areLaidOutWithTheValuesOfTheInstance() {
      for (String type : new String[] {"workflow/mine", "workflow>mine"}) {
        assertThat(shown(group(type, INPUTS)))
            .isEqualTo(
                """
                1 CheckpointLoaderSimple ckpt_name="a.safetensors"
                7:0 KSampler seed=8 steps=30 cfg=6.5 sampler_name="euler" model=1#0
                7:1 ModelMergeSimple ratio=0.75 model=1#0
                7:2 VAEDecode samples=7:0#0
                9 CheckpointSave model=7:1#0\
                """);
      }
    }

    @Test
    void aWidgetMadeAnInputOfTheGroupIsLinked() {
      assertThat(
              shown(
                  group(
                      "workflow/mine",
                      INPUTS.replace(
                          "\"link\": 2}]",
                          "\"link\": 2}, {\"name\": \"ratio\", \"type\": \"FLOAT\", \"link\": 4,"
                              + " \"widget\": {\"name\": \"ratio\"}}]"))))
          .contains("7:1 ModelMergeSimple ratio=1#3 model=1#0");
    }

    @Test
    void aValueThatTheGroupDoesNotSetIsTheNodesOwn() {
      assertThat(shown(group("workflow/mine", INPUTS.replace(", 0.75]", "]"))))
          .contains("7:1 ModelMergeSimple ratio=0.5 model=1#0");
    }

    @Test
    void oneWithoutADefinitionIsANodeThatNobodyKnows() {
      assertThat(shown(group("workflow/other", INPUTS)))
          .contains("7 workflow/other model=1#0 ModelMergeSimple model=1#0");
    }

    @Test
    void oneThatContainsItselfIsRefused() {
      assertRefused(
          """
          {"nodes": [{"id": 1, "type": "workflow/a"}],
           "extra": {"groupNodes": {"a": {"nodes": [{"type": "workflow/a"}]}}}}\
          """,
          "w.json: subgraph 'workflow/a' contains itself, as node '1:0', so it has no end; take"
              + " that node out.");
    }
  }

  @Nested
  class Damage {
    @Test
    void aNodeWithoutAnId() {
      assertRefused(
          "{\"nodes\": [{\"type\": \"A\"}]}",
          "w.json: a node of the canvas has no id: save it from the editor again.");
    }

    @Test
    void aNodeWithoutAType() {
      assertRefused(
          "{\"nodes\": [{\"id\": 4}]}",
          "w.json: node '4' of the canvas has no type: save it from the editor again.");
    }

    @Test
    void twoNodesWithOneId() {
      assertRefused(
          "{\"nodes\": [{\"id\": 4, \"type\": \"A\"}, {\"id\": \"4\", \"type\": \"B\"}]}",
          "w.json: two nodes have the id '4': save it from the editor again.");
    }

    @Test
    void anIdThatAPathWouldRepeat() {
      assertRefused(
          "{\"nodes\": [{\"id\": \"" + "x".repeat(101) + "\", \"type\": \"A\"}]}",
          "w.json: a node of the canvas has an id of more than 100 characters: save it from the"
              + " editor again.");
    }

    @Test
    void moreInputsThanANodeHas() {
      assertRefused(
          "{\"nodes\": [{\"id\": 4, \"type\": \"A\", \"inputs\": ["
              + "{},".repeat(1_000)
              + "{}]}]}",
          "w.json: node '4' of the canvas has more than 1,000 inputs: save it from the editor"
              + " again.");
    }

    @Test
    void aHundredThousandNodes() {
      String nodes =
          IntStream.range(0, 100_000)
              .mapToObj(id -> "{\"id\":" + id + ",\"type\":\"A\"}")
              .collect(Collectors.joining(","));
      assertRefused(
          canvas(nodes, ""),
          "w.json: the workflow has more than 20,000 nodes, its subgraphs laid out: the most that"
              + " Mokume reads.");
    }

    @Test
    void manyNodesWithManyValues() {
      String values = "0,".repeat(9_999) + "0";
      String nodes =
          IntStream.range(0, 101)
              .mapToObj(id ->
                  "{\"id\": " + id + ", \"type\": \"A\", \"widgets_values\": [" + values + "]}")
              .collect(Collectors.joining(","));
      assertRefused(
          canvas(nodes, ""),
          "w.json: the nodes of the workflow, its subgraphs laid out, have more than 1,000,000"
              + " inputs and values: the most that Mokume reads.");
    }
  }
}
