/// What the nodes of a ComfyUI workflow do, said as recipes. One definition a node, from which its
/// description for editors, the check of its inputs and its meaning come. Start with
/// [dev.mokume.recipe.comfyui.NodeRegistry] and [dev.mokume.recipe.comfyui.Interpretation].
///
/// Source: ComfyUI 0.3.64's nodes for merging, loading and saving, and all of ComfyUI-DareMerge's,
/// of both its generations.
@NullMarked
package dev.mokume.recipe.comfyui;

import org.jspecify.annotations.NullMarked;
