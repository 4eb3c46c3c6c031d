package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.workflow.Node;
import java.util.Locale;
import java.util.Optional;

/// One thing that is wrong with a node's inputs.
///
/// @param kind ComfyUI's type of the error
/// @param node that has it
/// @param input of the node, if it is about one
/// @param details what was found, what was wanted and what to do, as a clause
/// @param code the category that Mokume has for it
public record NodeError(
    Kind kind, Node node, Optional<String> input, String details, ErrorCode code) {
  /// ComfyUI's types of errors, in the order in which it checks, and what each means.
  public enum Kind {
    REQUIRED_INPUT_MISSING("a required input is missing"),
    BAD_LINKED_INPUT("the link is not a pair of a node and an output's number"),
    RETURN_TYPE_MISMATCH("the linked output is of another type"),
    INVALID_INPUT_TYPE("the value is of another type"),
    VALUE_SMALLER_THAN_MIN("the value is too small"),
    VALUE_BIGGER_THAN_MAX("the value is too large"),
    VALUE_NOT_IN_LIST("the value is not in the list"),
    CUSTOM_VALIDATION_FAILED("the value makes no sense here"),
    /// ComfyUI's `invalid_prompt` for a class that it does not have.
    INVALID_PROMPT("the node is not known");

    private final String message;

    Kind(String message) {
      this.message = message;
    }

    /// As ComfyUI's replies have it: `value_not_in_list`.
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// What it means, as a clause.
    public String message() {
      return message;
    }
  }

  /// The error as a sentence that names the node.
  public Problem problem() {
    return new Problem(
        code,
        label(node)
            + input.map(name -> ": input " + Quoted.name(name)).orElse("")
            + ": "
            + details
            + (details.endsWith("?") ? "" : "."));
  }

  /// How messages name a node: `node 7 (DM_DareModelMerger "Merge both")`.
  static String label(Node node) {
    String title =
        node.title().equals(node.type()) ? "" : " \"" + Quoted.printable(node.title()) + "\"";
    return "node "
        + Quoted.printable(node.id())
        + " ("
        + Quoted.printable(node.type())
        + title
        + ")";
  }
}
