package dev.mokume.workflow;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The texts that a file carries beside its pixels or tensors.
///
/// @param prompt the graph that ran, in API form, if there is one
/// @param workflow the canvas, if there is one
/// @param others names of further texts, for the message that there is no workflow
record Embedded(@Nullable Text prompt, @Nullable Text workflow, List<String> others) {
  /// @param place where in the file, for messages: `the chunk 'prompt'`
  record Text(String place, String json) {}
}
