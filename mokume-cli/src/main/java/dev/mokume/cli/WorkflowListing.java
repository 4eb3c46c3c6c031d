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
  /// Titles that are longer have a line of their own.
  private static final int WIDEST_TITLE = 30;

  /// A blank at which no line breaks.
  private static final char TIED = '\u00A0';

  /// @return the exit code that a run would end with, as far as can be told
  int show(Interpretation meaning) {
    if (json) {
      Json.write(session.out(), out -> describe(out, meaning));
    } else {
      print(session.out(), meaning);
    }
    return ExitCode.of(meaning.problems());
  }

  private static void print(PrintWriter out, Interpretation meaning) {
    out.println("Nodes");
    List<NodeReading> shown =
        meaning.nodes().stream().filter(node -> node.state() != State.LEFT_OUT).toList();
    int ids = widest(shown.stream().map(WorkflowListing::id).toList(), Integer.MAX_VALUE);
    int titles = widest(shown.stream().map(WorkflowListing::title).toList(), WIDEST_TITLE);
    for (NodeReading node : shown) {
      print(out, node, words(node, meaning.isAnythingWanted()), ids, titles);
    }
    section(out, "Left out", leftOut(meaning));
    printOutputs(out, meaning.products());
    section(out, "Notes", meaning.notes());
    section(out, "Problems", meaning.problems().stream().map(Problem::message).toList());
  }

  private static void printOutputs(PrintWriter out, List<Product> products) {
    if (!products.isEmpty()) {
      out.println();
      out.println("Outputs");
    }
    for (Product product : products) {
      out.println("  " + product.file());
      WrappedText.lines(product.words(), WrappedText.WIDTH - 4)
          .forEach(line -> out.println("    " + line));
    }
  }

  private static String id(NodeReading node) {
    return Quoted.printable(node.node().id());
  }

  private static String title(NodeReading node) {
    return Quoted.printable(node.node().title());
  }

  private static int widest(List<String> cells, int most) {
    return cells.stream().mapToInt(String::length).filter(width -> width <= most).max().orElse(0);
  }

  /// Id, title and words beside each other; words go on below themselves, and begin there if the
  /// title leaves them no room.
  private static void print(PrintWriter out, NodeReading node, String words, int ids, int titles) {
    String id = " ".repeat(Math.max(0, ids - id(node).length())) + id(node);
    String start = "  " + id + "  " + title(node);
    int column = 2 + ids + 2 + titles + 2;
    List<String> lines = WrappedText.lines(words, WrappedText.WIDTH - column);
    int next = 0;
    if (start.length() <= column - 2) {
      out.println(start + " ".repeat(column - start.length()) + lines.getFirst());
      next = 1;
    } else {
      out.println(start);
    }
    lines.subList(next, lines.size()).forEach(line -> out.println(" ".repeat(column) + line));
  }

  /// What others call it, and what it does.
  private static String words(NodeReading node, boolean isAnythingWanted) {
    String words = Quoted.printable(node.words());
    String meaning = node.gives().isEmpty() ? words : node.gives() + " = " + words;
    return switch (node.state()) {
      case RUN, LEFT_OUT -> meaning;
      case NOT_NEEDED -> meaning + (isAnythingWanted ? " (no output needs it)" : "");
      case FAULTY -> "(!) " + words;
    };
  }

  /// The nodes by the reason why they are left out.
  private static List<String> leftOut(Interpretation meaning) {
    SequencedMap<String, List<String>> byReason = new LinkedHashMap<>();
    for (NodeReading node : meaning.nodes()) {
      if (node.state() == State.LEFT_OUT) {
        byReason
            .computeIfAbsent(node.words(), _ -> new ArrayList<>())
            .add(together(Quoted.printable(node.node().id() + " " + node.node().title())));
      }
    }
    List<String> lines = new ArrayList<>();
    byReason.forEach((reason, nodes) -> lines.add(String.join(", ", nodes) + ": " + reason));
    return lines;
  }

  /// The words of a node's name on one line.
  private static String together(String words) {
    return words.replace(' ', TIED);
  }

  private static void section(PrintWriter out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      out.println();
      out.println(title);
      for (String line : lines) {
        String indent = "  ";
        for (String part : WrappedText.lines(line, WrappedText.WIDTH - 4)) {
          out.println(indent + part.replace(TIED, ' '));
          indent = "    ";
        }
      }
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
