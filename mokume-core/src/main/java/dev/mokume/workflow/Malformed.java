package dev.mokume.workflow;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;

/// The failures of a workflow: it is what the user asked for, so its category is that of a recipe.
final class Malformed {
  private Malformed() {}

  /// @param file as the user named it
  /// @param problem the rest of the sentence
  static MokumeException workflow(String file, String problem) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, file + ": " + problem);
  }

  /// `node '5:3' (VAELoader)`
  static String node(String id, String type) {
    return "node " + Quoted.name(id) + " (" + Quoted.printable(shortened(type)) + ")";
  }

  private static String shortened(String type) {
    return type.length() <= 100 ? type : type.substring(0, 100) + "...";
  }
}
