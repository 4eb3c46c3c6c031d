/// A ComfyUI workflow: the graph of nodes that a person drew, read from whatever file holds it and
/// brought to one form. What the nodes do is said in `recipe.comfyui`. Start with
/// [dev.mokume.workflow.WorkflowReader], which gives a [dev.mokume.workflow.Workflow]; how the
/// editor's form is resolved begins in `CanvasConversion`.
@NullMarked
package dev.mokume.workflow;

import org.jspecify.annotations.NullMarked;
