/// A ComfyUI workflow: the graph of nodes that a person drew, read from whatever file holds it and
/// brought to one form. What the nodes do is said in `recipe.comfyui`. Start with
/// [dev.mokume.workflow.Workflow].
@NullMarked
package dev.mokume.workflow;

import org.jspecify.annotations.NullMarked;
