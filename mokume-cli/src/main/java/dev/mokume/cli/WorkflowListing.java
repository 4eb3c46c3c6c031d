package dev.mokume.cli;

import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.recipe.comfyui.Interpretation;
import dev.mokume.recipe.comfyui.Interpretation.NodeReading;
import dev.mokume.recipe.comfyui.Interpretation.NodeReading.State;
import dev.mokume.recipe.comfyui.Product;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

/// A workflow as text: what each node would do, what is left out and why, what is written.
record WorkflowListing(Session session, boolean json) {
  /// @return the exit code that a run would end with, as far as can be told
  int show(Interpretation meaning) {
    if (json) {
      Json.write(session.out(), out -> describe(out, meaning));
    } else {
      print(session.out(), meaning);
    }
    return meaning.problems().isEmpty()
        ? ExitCode.OK
        : ExitCode.of(meaning.problems().getFirst().code());
  }

  private static void print(PrintWriter out, Interpretation meaning) {
    out.println("Nodes");
    Table table = Table.of(">id", "node", "gives", "what it does");
    for (NodeReading node : meaning.nodes()) {
      if (node.state() != State.LEFT_OUT) {
        table.row(
            node.node().id(),
            node.node().title(),
            node.gives(),
            words(node, meaning.isAnythingWanted()));
      }
    }
    table.print(out, "  ");
    section(out, "Left out", leftOut(meaning));
    List<String> outputs =
        meaning.products().stream()
            .map(product -> product.file() + ": " + product.words())
            .toList();
    section(out, "Outputs", outputs);
    section(out, "Notes", meaning.notes());
    section(out, "Problems", meaning.problems().stream().map(Problem::message).toList());
  }

  private static String words(NodeReading node, boolean isAnythingWanted) {
    return switch (node.state()) {
      case RUN, LEFT_OUT -> node.words();
      case NOT_NEEDED -> node.words() + (isAnythingWanted ? " (no output needs it)" : "");
      case FAULTY -> "(!) " + node.words();
    };
  }

  /// The nodes by the reason why they are left out.
  private static List<String> leftOut(Interpretation meaning) {
    SequencedMap<String, List<String>> byReason = new LinkedHashMap<>();
    for (NodeReading node : meaning.nodes()) {
      if (node.state() == State.LEFT_OUT) {
        byReason
            .computeIfAbsent(node.words(), _ -> new ArrayList<>())
            .add(Quoted.printable(node.node().id() + " " + node.node().title()));
      }
    }
    List<String> lines = new ArrayList<>();
    byReason.forEach((reason, nodes) -> lines.add(String.join(", ", nodes) + ": " + reason));
    return lines;
  }

  private static void section(PrintWriter out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      out.println();
      out.println(title);
      lines.forEach(line -> out.println("  " + line));
    }
  }

  private static void describe(Json out, Interpretation meaning) {
    out.objects(
        "nodes",
        meaning.nodes(),
        (item, node) -> {
          item.text("id", node.node().id());
          item.text("type", node.node().type());
          item.text("title", node.node().title());
          item.text("state", node.state().name().toLowerCase(Locale.ROOT));
          item.text("gives", node.gives());
          item.text("words", node.words());
        });
    out.objects("outputs", meaning.products(), WorkflowListing::describe);
    out.texts("notes", meaning.notes());
    out.objects(
        "problems",
        meaning.problems(),
        (item, problem) -> {
          item.text("code", problem.code().name());
          item.text("message", problem.message());
        });
  }

  private static void describe(Json item, Product product) {
    item.text("node", product.node().id());
    item.text("file", product.file().toString());
    item.text("words", product.words());
  }
}
