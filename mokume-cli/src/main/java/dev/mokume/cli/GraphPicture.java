package dev.mokume.cli;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plot.WorkflowDrawing;
import dev.mokume.recipe.comfyui.Interpretation;
import dev.mokume.recipe.comfyui.Interpretation.NodeReading;
import dev.mokume.recipe.comfyui.NodeRegistry;
import dev.mokume.workflow.Workflow;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The graph of a workflow as a file, SVG or PNG by its name; what a run leaves out is grey.
record GraphPicture(Path file, Session session, RunOptions run, boolean json) {
  private enum Format {
    SVG,
    PNG;

    private static Format of(Path file) {
      String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
      for (Format format : values()) {
        if (name.endsWith("." + format.name().toLowerCase(Locale.ROOT))) {
          return format;
        }
      }
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          file + ": a graph is drawn as SVG or PNG; give --draw a name that ends in .svg or .png.");
    }
  }

  /// @return the exit code
  int draw(Workflow workflow, Interpretation meaning) {
    Format format = Format.of(file);
    Set<String> leftOut =
        meaning.nodes().stream()
            .filter(node -> isLeftOut(node, meaning.isAnythingWanted()))
            .map(node -> node.node().id())
            .collect(Collectors.toSet());
    WorkflowDrawing drawing =
        WorkflowDrawing.of(workflow).withLeftOut(leftOut).withTypes(GraphPicture::type);
    byte[] picture =
        switch (format) {
          case SVG -> drawing.svg().getBytes(StandardCharsets.UTF_8);
          case PNG -> drawing.png();
        };
    WholeFile.createFolder(file);
    new WholeFile(file, picture, run.output()).write();
    int nodes = workflow.nodes().size();
    if (json) {
      Json.write(
          session.out(),
          out -> {
            out.text("output", file.toString());
            out.number("nodes", nodes);
            out.number("leftOut", leftOut.size());
          });
    } else {
      session
          .out()
          .println(
              "wrote "
                  + file
                  + ": a graph of "
                  + Amount.count(nodes, "node", "nodes")
                  + (leftOut.isEmpty() ? "" : ", " + leftOut.size() + " of them left out"));
    }
    return ExitCode.OK;
  }

  private static boolean isLeftOut(NodeReading node, boolean isAnythingWanted) {
    return switch (node.state()) {
      case RUN, FAULTY -> false;
      case NOT_NEEDED -> isAnythingWanted;
      case LEFT_OUT -> true;
    };
  }

  private static Optional<String> type(String nodeType, int slot) {
    return NodeRegistry.all()
        .type(nodeType)
        .filter(type -> slot >= 0 && slot < type.outputs().size())
        .map(type -> type.outputs().get(slot).type().name());
  }
}
