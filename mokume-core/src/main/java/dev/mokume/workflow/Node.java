package dev.mokume.workflow;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// One node of a workflow.
///
/// @param id unique in the workflow
/// @param type what ComfyUI calls `class_type`: `CheckpointLoaderSimple`
/// @param title what the person called it, or `type`
/// @param inputs by name, in the order of the file
public record Node(String id, String type, String title, SequencedMap<String, Input> inputs) {
  public Node {
    inputs = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(inputs));
  }
}
