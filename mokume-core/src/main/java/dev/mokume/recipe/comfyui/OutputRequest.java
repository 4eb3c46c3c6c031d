package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// A file that the user wants of an output of a node, whether or not the workflow saves it.
///
/// @param text the node, and perhaps `.` and the output's number or name
/// @param file where it goes
public record OutputRequest(String text, Path file) {
  private static final String OPTION = "--output";

  /// `NODE=FILE` or `NODE.SLOT=FILE`.
  ///
  /// @throws MokumeException `INVALID_RECIPE` for any other form
  public static OutputRequest parse(String text) {
    int equals = text.indexOf('=');
    if (equals <= 0 || equals == text.length() - 1) {
      throw invalid("'" + text + "' is not NODE=FILE; write --output 7=merged.safetensors");
    }
    try {
      return new OutputRequest(text.substring(0, equals), Path.of(text.substring(equals + 1)));
    } catch (InvalidPathException e) {
      throw invalid("'" + text.substring(equals + 1) + "' cannot be a file: " + e.getReason());
    }
  }

  /// The node, and the output if one was named.
  record Place(Node node, Optional<String> output) {}

  Place place(Workflow workflow) {
    Optional<Node> whole = NodeReference.lookUp(workflow, text, OPTION);
    int dot = text.lastIndexOf('.');
    if (whole.isPresent() || dot <= 0) {
      return new Place(
          whole.orElseGet(() -> NodeReference.find(workflow, text, OPTION)), Optional.empty());
    }
    return new Place(
        NodeReference.find(workflow, text.substring(0, dot), OPTION),
        Optional.of(text.substring(dot + 1)));
  }

  /// The number of the output that is meant.
  static int slot(NodeType type, Optional<String> output) {
    List<OutputSpec> outputs = type.outputs();
    if (output.isEmpty()) {
      return 0;
    }
    String wanted = output.get();
    OptionalInt number = number(wanted);
    for (int i = 0; i < outputs.size(); i++) {
      if (number.isPresent()
          ? number.getAsInt() == i
          : outputs.get(i).name().equalsIgnoreCase(wanted)) {
        return i;
      }
    }
    throw invalid(
        "%s has no output '%s'; it has %s"
            .formatted(
                type.name(),
                wanted,
                String.join(", ", outputs.stream().map(OutputSpec::name).toList())));
  }

  private static OptionalInt number(String text) {
    try {
      return OptionalInt.of(Integer.parseInt(text));
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, OPTION + ": " + message + ".");
  }
}
